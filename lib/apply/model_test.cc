// The store against a model that is as simple as the rules read: every row in one list, and every
// question answered by walking through it.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apply/member_store.h"
#include "testing/request_builder.h"
#include "testing/seed.h"
#include "testing/statements.h"

namespace etcdf::apply {
namespace {

struct ModelRow {
  int64_t main = 0;
  int64_t sub = 0;
  std::string key = {};
  std::string value = {};
  int64_t create = 0;
  int64_t version = 0;
  int64_t lease = 0;
  bool tombstone = false;

  friend bool operator==(const ModelRow&, const ModelRow&) = default;
};

// Copied to remember a moment.
class Model {
 public:
  const ModelRow* Live(const std::string& key) const {
    const auto newest = std::find_if(rows_.rbegin(), rows_.rend(),
                                     [&](const ModelRow& row) { return row.key == key; });
    return newest == rows_.rend() || newest->tombstone ? nullptr : &*newest;
  }

  std::set<std::string> LiveKeys(const std::string& from, const std::string& end) const {
    std::set<std::string> keys;
    for (const ModelRow& row : rows_) {
      if (row.key >= from && (end == std::string(1, '\0') || row.key < end) && Live(row.key)) {
        keys.insert(row.key);
      }
    }
    return keys;
  }

  void Put(const std::string& key, const std::string& value, int64_t lease) {
    const ModelRow* const before = Live(key);
    Add({.main = current_ + 1,
         .sub = sub_++,
         .key = key,
         .value = value,
         .create = before ? before->create : current_ + 1,
         .version = before ? before->version + 1 : 1,
         .lease = lease});
  }

  void Delete(const std::set<std::string>& keys) {
    for (const std::string& key : keys) {
      Add({.main = current_ + 1, .sub = sub_++, .key = key, .tombstone = true});
    }
  }

  void Commit() {
    if (sub_ > 0) ++current_;
    sub_ = 0;
  }

  void Revoke(int64_t lease) {
    std::set<std::string> keys;
    for (const std::string& key : LiveKeys("", std::string(1, '\0'))) {
      if (Live(key)->lease == lease) keys.insert(key);
    }
    Delete(keys);
    leases_.erase(lease);
  }

  // Removes what etcd would remove: of each key, all rows up to `revision` but the last one, and
  // that too if it is a tombstone below it.
  void Compact(int64_t revision) {
    std::vector<ModelRow> kept;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const ModelRow& row = rows_[i];
      const bool superseded = std::any_of(
          rows_.begin() + static_cast<std::ptrdiff_t>(i) + 1, rows_.end(),
          [&](const ModelRow& later) { return later.key == row.key && later.main <= revision; });
      const bool gone = row.tombstone ? row.main < revision : superseded;
      if (row.main > revision || (!gone && !superseded)) kept.push_back(row);
    }
    rows_ = kept;
    compact_ = revision;
  }

  std::set<int64_t> leases_;
  std::vector<ModelRow> rows_;
  int64_t current_ = 1;
  int64_t compact_ = -1;

 private:
  void Add(ModelRow row) { rows_.push_back(std::move(row)); }

  int64_t sub_ = 0;
};

class ModelTest : public testing::SeededTest {
 protected:
  std::string RandomKey() { return std::string(1, static_cast<char>('a' + Below(8))); }
  int64_t RandomLease() { return static_cast<int64_t>(Below(4)); }

  // Applies the request written as text; keeps its bytes, which the store refers to.
  Refusal Apply(const std::string& text) {
    const auto statements = testing::ParseStatements(text);
    testing::StatementReader reader(statements->front());
    const auto payload = testing::BuildEntryPayload(reader, {}, testing::WriterStyle::kGoogle);
    EXPECT_TRUE(reader.Finish()) << text;
    const wire::Entry entry{
        .term = 1, .index = store_.index() + 1, .data = AsBytes(kept_.emplace_back(payload.bytes))};
    return store_.Apply(entry).refusal;
  }

  void PutOrRefuse() {
    const std::string key = RandomKey();
    const int64_t lease = RandomLease();
    const std::string value = std::to_string(Below(3));
    const bool ignores = Below(4) == 0;
    const Refusal refusal = Apply("put key=" + key + " lease=" + std::to_string(lease) +
                                  (ignores ? " ignore_value=1" : " value=" + value));
    const ModelRow* const live = model_.Live(key);
    if (lease != 0 && !model_.leases_.contains(lease)) {
      EXPECT_EQ(refusal, Refusal::kLeaseNotFound);
    } else if (ignores && live == nullptr) {
      EXPECT_EQ(refusal, Refusal::kKeyNotFound);
    } else {
      EXPECT_EQ(refusal, Refusal::kNone);
      model_.Put(key, ignores ? std::string(live->value) : value, lease);
    }
  }

  void DeleteSome() {
    const std::string from = RandomKey();
    const std::string end = Below(8) == 0 ? std::string(1, '\0') : RandomKey();
    Apply("delete key=" + from + " range_end=" + (end == std::string(1, '\0') ? "\"\\0\"" : end));
    model_.Delete(model_.LiveKeys(from, end));
  }

  // Puts a key if a range of keys was never put twice, with a nested transaction in the other
  // branch.
  void RunTxn() {
    const std::string from = RandomKey();
    const std::string end = RandomKey();
    const std::string key = RandomKey();
    Apply("txn {\nif key=" + from + " range_end=" + end +
          " target=version result=less to=2\nthen put key=" + key +
          " value=then\nelse delete key=" + key + "\nelse txn {\nif key=" + key +
          " target=mod result=greater to=0\nthen put key=" + key +
          " value=nested\nelse put key=z value=nested\n}\n}");
    const auto keys = model_.LiveKeys(from, end);
    const bool holds = std::ranges::all_of(
        keys, [&](const std::string& each) { return model_.Live(each)->version < 2; });
    const bool was_live = model_.Live(key) != nullptr;
    if (holds) {
      model_.Put(key, "then", 0);
    } else {
      if (was_live) model_.Delete({key});
      model_.Put(was_live ? key : "z", "nested", 0);
    }
  }

  void GrantOrRevoke() {
    const int64_t lease = RandomLease() + 1;
    const std::string id = " id=" + std::to_string(lease);
    if (Below(2) == 0) {
      const bool fits = Apply("lease-grant ttl=60" + id) == Refusal::kNone;
      EXPECT_EQ(fits, model_.leases_.insert(lease).second);
    } else {
      const bool fits = Apply("lease-revoke" + id) == Refusal::kNone;
      EXPECT_EQ(fits, model_.leases_.contains(lease));
      if (fits) model_.Revoke(lease);
    }
  }

  void CompactSome() {
    const int64_t revision = model_.current_ - static_cast<int64_t>(Below(20)) + 2;
    const bool fits = Apply("compact rev=" + std::to_string(revision)) == Refusal::kNone;
    EXPECT_EQ(fits, revision > model_.compact_ && revision <= model_.current_);
    if (fits) model_.Compact(revision);
  }

  void Step() {
    switch (Below(16)) {
      case 0:
      case 1: DeleteSome(); break;
      case 2:
      case 3: RunTxn(); break;
      case 4:
      case 5: GrantOrRevoke(); break;
      case 6: CompactSome(); break;
      default: PutOrRefuse(); break;
    }
    model_.Commit();
  }

  void ExpectSame() {
    std::vector<ModelRow> rows;
    store_.ForEachRow([&](const StoredRow& row) {
      rows.push_back({.main = row.revision.main,
                      .sub = row.revision.sub,
                      .key = std::string(AsText(row.key)),
                      .value = std::string(AsText(row.value)),
                      .create = row.create_revision,
                      .version = row.version,
                      .lease = row.lease,
                      .tombstone = row.tombstone});
    });
    EXPECT_TRUE(rows == model_.rows_);
    EXPECT_EQ(store_.keys().current_revision(), model_.current_);
    EXPECT_EQ(store_.keys().compact_revision(), model_.compact_);
    EXPECT_EQ(store_.tables().rows(Table::kLease).size(), model_.leases_.size());
  }

  std::deque<std::string> kept_;
  MemberStore store_{RulesOf({3, 6, 9})};
  Model model_;
};

TEST_F(ModelTest, ManyRequestsLeaveTheSameRows) {
  for (int step = 0; step < 3000 && !HasFailure(); ++step) {
    Step();
    if (step % 10 == 0) ExpectSame();
    if (Below(200) == 0) store_.Settle();
  }
  ExpectSame();
  EXPECT_GT(model_.current_, 1000);
}

TEST_F(ModelTest, GoingBackLeavesWhatWasThere) {
  for (int round = 0; round < 200 && !HasFailure(); ++round) {
    for (uint64_t steps = Below(10); steps > 0; --steps) Step();
    const auto mark = store_.mark();
    const Model before = model_;
    for (uint64_t steps = Below(30); steps > 0; --steps) Step();
    store_.RollBack(mark);
    model_ = before;
    ExpectSame();
  }
  EXPECT_GT(model_.current_, 200);
}

// Enough rows for Settle to take some away; what is live stays, and so does all that a compaction
// spares.
TEST_F(ModelTest, SettlingTakesOnlyWhatIsGone) {
  MemberStore kept(RulesOf({3, 6, 9}));
  MemberStore settled(RulesOf({3, 6, 9}));
  MemberStore live(RulesOf({3, 6, 9}), KeyStore::History::kDropped);
  for (uint64_t i = 1; i <= 200'000; ++i) {
    const bool compacts = i % 10'000 == 0;
    const std::string key = std::to_string(Below(1000));
    const std::string text = compacts         ? "compact rev=" + std::to_string(i / 2)
                             : Below(10) == 0 ? "delete key=" + key
                                              : "put key=" + key + " value=" + std::to_string(i);
    const auto statements = testing::ParseStatements(text);
    testing::StatementReader reader(statements->front());
    const auto payload = testing::BuildEntryPayload(reader, {}, testing::WriterStyle::kGoogle);
    const wire::Entry entry{
        .term = 1, .index = i, .data = AsBytes(kept_.emplace_back(payload.bytes))};
    for (MemberStore* const store : {&kept, &settled, &live}) store->Apply(entry);
    settled.Settle();
    live.Settle();
  }
  const auto rows_of = [](const MemberStore& store) {
    std::vector<std::string> rows;
    store.ForEachRow([&](const StoredRow& row) { rows.push_back(EncodeRowValue(row)); });
    return rows;
  };
  const auto live_of = [](const MemberStore& store) {
    std::vector<std::string> rows;
    store.keys().ForEachLive({.key = {}, .range_end = AsBytes(std::string_view("\0", 1))},
                             [&](const StoredRow& row) {
                               rows.push_back(EncodeRowValue(row));
                               return true;
                             });
    return rows;
  };
  EXPECT_TRUE(rows_of(kept) == rows_of(settled));
  EXPECT_TRUE(live_of(kept) == live_of(settled));
  EXPECT_TRUE(live_of(kept) == live_of(live));
  EXPECT_LT(settled.mark().keys.rows, kept.mark().keys.rows);
  EXPECT_LT(live.mark().keys.rows, settled.mark().keys.rows);
}

}  // namespace
}  // namespace etcdf::apply
