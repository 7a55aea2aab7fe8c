#include "mvcc/hash.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checksum/crc32c.h"
#include "mvcc/findings.h"
#include "mvcc/live_rows.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/revision.h"
#include "mvcc/schema.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"
#include "testing/seed.h"

namespace etcdf::mvcc {
namespace {

std::string Number(int64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<uint64_t>(number) >> shift);
  }
  return bytes;
}

std::string RowKey(Revision at, bool tombstone = false) {
  return Number(at.main) + "_" + Number(at.sub) + (tombstone ? "t" : "");
}

// A store as etcd keeps it, written down from its rules (mvcc/kvstore.go, kvstore_compaction.go,
// key_index.go at v3.6.9), without an eye on speed.
class SimpleStore {
 public:
  struct StoredRow {
    std::string user_key;
    bool tombstone = false;
    std::string row_key;
    std::string value;
  };

  void Put(Revision at, const std::string& key, const std::string& value) {
    Generation& generation = live_.try_emplace(key, Generation{.create = at.main}).first->second;
    ++generation.version;
    const auto message = testing::ProtoWriter()
                             .Bytes(1, key)
                             .Number(2, static_cast<uint64_t>(generation.create))
                             .Number(3, static_cast<uint64_t>(at.main))
                             .Number(4, generation.version)
                             .Bytes(5, value)
                             .bytes();
    rows_[at] = {key, false, RowKey(at), message};
  }
  void Delete(Revision at, const std::string& key) {
    rows_[at] = {key, true, RowKey(at, true), testing::ProtoWriter().Bytes(1, key).bytes()};
    live_.erase(key);
  }
  // The row of `snapshot restore --bump-revision`: a value of no bytes.
  void Bump(Revision at) {
    rows_[at] = {"", false, RowKey(at), ""};
    live_.try_emplace("", Generation{});
  }
  bool IsLive(const std::string& key) const { return live_.contains(key); }
  std::set<std::string> live() const {
    std::set<std::string> keys;
    for (const auto& [key, generation] : live_) keys.insert(key);
    return keys;
  }

  enum class Tombstones { kKept, kRemoved };  // at the compact revision: etcd from 3.5.16 on; older
  // `deleted`: how many of the rows to be deleted are, before etcd is killed.
  void Compact(int64_t revision, Tombstones style, size_t deleted) {
    scheduled_ = revision;
    std::set<Revision> kept;
    for (const auto& [key, generations] : Index()) {
      const Kept found = Keep(generations, revision);
      if (found.any && (!found.is_tombstone || style == Tombstones::kKept)) kept.insert(found.at);
    }
    for (auto row = rows_.begin(); row != rows_.end() && row->first.main <= revision;) {
      if (!kept.contains(row->first)) {
        if (deleted == 0) return;
        --deleted;
        row = rows_.erase(row);
      } else {
        ++row;
      }
    }
    finished_ = revision;
  }

  uint32_t HashAt(int64_t revision) const {
    std::set<Revision> keep;
    for (const auto& [key, generations] : Index()) {
      const Kept found = Keep(generations, revision);
      if (found.any && !found.is_tombstone) keep.insert(found.at);
    }
    uint32_t crc = Crc32cExtend(0, AsBytes("key"));
    for (const auto& [at, row] : rows_) {
      if (at.main > revision) continue;
      if (at.main <= compact() && !keep.empty() && !keep.contains(at)) continue;
      if (at.main == compact() && row.tombstone) continue;
      crc = Crc32cExtend(Crc32cExtend(crc, AsBytes(row.row_key)), AsBytes(row.value));
    }
    return crc;
  }

  int64_t compact() const { return scheduled_; }
  const std::map<Revision, StoredRow>& rows() const { return rows_; }

  testing::MemoryDatabase Database() const {
    testing::MemoryDatabase database;
    database.Put(kKeyBucket, "", "");
    database.Erase(kKeyBucket, "");
    for (const auto& [at, row] : rows_) database.Put(kKeyBucket, row.row_key, row.value);
    database.Put(kMetaBucket, kConsistentIndexName, Number(7));
    if (scheduled_ > 0) database.Put(kMetaBucket, kScheduledCompactName, RowKey({scheduled_, 0}));
    if (finished_ > 0) database.Put(kMetaBucket, kFinishedCompactName, RowKey({finished_, 0}));
    return database;
  }

 private:
  using Generations = std::vector<std::vector<Revision>>;
  struct Generation {
    int64_t create = 0;
    uint64_t version = 0;
  };
  struct Kept {
    bool any = false;
    bool is_tombstone = false;
    Revision at = {};
  };

  std::map<std::string, Generations> Index() const {
    std::map<std::string, Generations> index;
    for (const auto& [at, row] : rows_) {
      Generations& generations = index[row.user_key];
      if (generations.empty()) generations.emplace_back();
      const bool first = generations.size() == 1 && generations[0].empty();
      if (row.tombstone && generations.back().empty() && !first) continue;
      generations.back().push_back(at);
      if (row.tombstone) generations.emplace_back();
    }
    return index;
  }

  static Kept Keep(const Generations& generations, int64_t revision) {
    size_t g = 0;
    while (g + 1 < generations.size() && generations[g].back().main < revision) ++g;
    const std::vector<Revision>& revisions = generations[g];
    for (size_t i = revisions.size(); i > 0; --i) {
      if (revisions[i - 1].main > revision) continue;
      const bool ends = i == revisions.size() && g + 1 < generations.size();
      return {.any = true, .is_tombstone = ends, .at = revisions[i - 1]};
    }
    return {};
  }

  std::map<Revision, StoredRow> rows_;
  std::map<std::string, Generation> live_;
  int64_t scheduled_ = -1;
  int64_t finished_ = -1;
};

class HashProperty : public testing::SeededTest {
 protected:
  // One transaction; no key twice, as etcd has it.
  void Change(SimpleStore& store, int64_t main) {
    std::set<std::string> touched;
    const uint64_t changes = 1 + Below(3);
    int64_t sub = 0;
    for (uint64_t i = 0; i < changes; ++i) {
      const std::string key = "k" + std::to_string(Below(keys_));
      if (!touched.insert(key).second) continue;
      if (store.IsLive(key) && Below(3) == 0) {
        store.Delete({main, sub++}, key);
      } else {
        store.Put({main, sub++}, key, RandomBytes(Below(40)));
      }
    }
  }

  SimpleStore RandomStore() {
    SimpleStore store;
    keys_ = 1 + Below(20);
    current_ = 1;
    const uint64_t steps = Below(120);
    for (uint64_t i = 0; i < steps; ++i) {
      if (Below(25) == 0 && current_ > std::max<int64_t>(store.compact(), 0) + 1) {
        const auto span = static_cast<uint64_t>(current_ - std::max<int64_t>(store.compact(), 0));
        const auto style =
            Below(2) == 0 ? SimpleStore::Tombstones::kKept : SimpleStore::Tombstones::kRemoved;
        store.Compact(current_ - static_cast<int64_t>(Below(span)), style,
                      Below(4) == 0 ? Below(10) : std::numeric_limits<size_t>::max());
      } else if (Below(60) == 0) {
        current_ += 1000;
        store.Bump({current_, 0});
      } else if (Below(20) == 0 && !store.live().empty()) {
        ++current_;
        int64_t sub = 0;
        for (const std::string& key : std::set<std::string>(store.live())) {
          store.Delete({current_, sub++}, key);
        }
      } else {
        Change(store, ++current_);
      }
    }
    return store;
  }

  uint64_t keys_ = 0;
  int64_t current_ = 0;
};

TEST_F(HashProperty, HashKvIsThatOfTheDefinition) {
  const std::string file = "db";
  for (int round = 0; round < 20; ++round) {
    const SimpleStore simple = RandomStore();
    const testing::MemoryDatabase database = simple.Database();
    FindingList findings;
    const Store store{.database = database, .file = file, .findings = findings};
    for (int64_t revision = std::max<int64_t>(1, current_ - 60); revision <= current_ + 1;
         ++revision) {
      const auto fast = HashKv(store, revision);
      const bool refused = revision > current_ || revision < simple.compact();
      ASSERT_EQ(fast.has_value(), !refused) << "round " << round << " revision " << revision;
      if (refused) continue;
      ASSERT_EQ(fast->hash, simple.HashAt(revision)) << "round " << round << " at " << revision;
      ASSERT_EQ(fast->compact_revision, simple.compact());
    }
    EXPECT_TRUE(findings.findings().empty());
    ASSERT_EQ(HashContent(store).live_keys, simple.live().size());
  }
}

TEST_F(HashProperty, OneWalkSaysTheSameAsTwo) {
  const std::string file = "db";
  for (int round = 0; round < 20; ++round) {
    const SimpleStore simple = RandomStore();
    const testing::MemoryDatabase database = simple.Database();
    FindingList findings;
    const Store store{.database = database, .file = file, .findings = findings};
    const ContentHash content = HashContent(store);
    for (int64_t revision = std::max<int64_t>(1, current_ - 20); revision <= current_ + 1;
         ++revision) {
      const bool refused = revision > current_ || revision < simple.compact();
      for (const Keys keys : {Keys::kCounted, Keys::kUncounted}) {
        const auto both = HashContentAndKv(store, {.revision = revision}, keys);
        ASSERT_EQ(both.content.hash, content.hash);
        ASSERT_EQ(both.content.rows, content.rows);
        if (keys == Keys::kCounted) {
          ASSERT_EQ(both.content.live_keys, simple.live().size());
        }
        ASSERT_EQ(both.kv.has_value(), !refused) << "round " << round << " revision " << revision;
        if (refused) continue;
        ASSERT_EQ(both.kv->hash, simple.HashAt(revision)) << "at " << revision;
      }
    }
    EXPECT_TRUE(findings.findings().empty());
  }
}

TEST_F(HashProperty, ContentHashIsThatOfTheDefinition) {
  for (int round = 0; round < 20; ++round) {
    const testing::MemoryDatabase database = RandomStore().Database();
    uint32_t whole = 0;
    uint32_t backend = 0;
    uint64_t count = 0;
    UnheardFindings unheard;
    for (const Bytes name : database.bucket_names()) {
      whole = Crc32cExtend(whole, name);
      backend = Crc32cExtend(backend, name);
      const auto bucket = database.Open(name);
      const auto cursor = bucket->NewCursor(unheard);
      for (bool there = cursor->First(); there; there = cursor->Next(), ++count) {
        const auto& row = cursor->row();
        whole = Crc32cExtend(Crc32cExtend(whole, row.key), row.value);
        if (AsText(row.key) == kConsistentIndexName) continue;
        backend = Crc32cExtend(Crc32cExtend(backend, row.key), row.value);
      }
    }
    const std::string file = "db";
    const Store store{.database = database, .file = file, .findings = unheard};
    EXPECT_EQ(HashContent(store).hash, whole);
    EXPECT_EQ(HashContent(store).rows, count);
    EXPECT_EQ(HashBackend(store, IgnoredSince36()).hash, backend);
  }
}

// What etcd would stop at is left out, told once, and takes nothing else with it.
TEST(HashTest, BadRowsAreFindings) {
  SimpleStore simple;
  simple.Put({2, 0}, "a", "1");
  simple.Put({3, 0}, "b", "1");
  testing::MemoryDatabase database = simple.Database();
  database.Put(kKeyBucket, "short", "x");
  database.Put(kKeyBucket, RowKey({4, 0}), "\x0a\x7f");
  database.Damage(kKeyBucket, {.kind = {"test.lost", Severity::kDamage}, .file = "db", .what = ""});
  FindingList findings;
  const std::string file = "db";
  EXPECT_EQ(HashContent({.database = database, .file = file, .findings = findings}).live_keys, 2U);
  ASSERT_EQ(findings.findings().size(), 3U);
  EXPECT_EQ(findings.findings()[0].kind.id, "test.lost");
  EXPECT_EQ(findings.findings()[1].kind.id, kBadRowValue.id);
  EXPECT_EQ(findings.findings()[2].kind.id, kBadRowKey.id);
  EXPECT_EQ(findings.findings()[2].what,
            "a row of bucket key has the key 73686f7274, which is no revision");
}

// Of rows that damage hides, no number says anything; a row that cannot be decoded hides its key
// only.
TEST(HashTest, SaysIfItIsOfAllRows) {
  SimpleStore simple;
  simple.Put({2, 0}, "a", "1");
  testing::MemoryDatabase database = simple.Database();
  UnheardFindings unheard;
  const std::string file = "db";
  const Store store{.database = database, .file = file, .findings = unheard};
  EXPECT_TRUE(HashContent(store).is_whole && HashContent(store).keys_are_whole);
  EXPECT_TRUE(HashBackend(store, IgnoredSince36()).is_whole && HashKv(store, 0)->is_whole);

  database.Put(kKeyBucket, RowKey({3, 0}), "\x0a\x7f");
  EXPECT_TRUE(HashContent(store).is_whole);
  EXPECT_FALSE(HashContent(store).keys_are_whole);
  EXPECT_TRUE(HashKv(store, 0)->is_whole);

  database.Damage(kKeyBucket, {.kind = {"test.lost", Severity::kDamage}, .file = "db", .what = ""});
  EXPECT_FALSE(HashContent(store).is_whole);
  EXPECT_FALSE(HashBackend(store, IgnoredSince36()).is_whole || HashKv(store, 0)->is_whole);
}

// More keys than the tables take: the larger one, then by ranges of their hashes. The rows of all
// count in the hash, once.
TEST(LiveRowsTest, MoreKeysThanFit) {
  testing::MemoryDatabase database;
  constexpr int64_t kKeys = 5'000;
  for (int64_t i = 0; i < 2 * kKeys; ++i) {
    const bool tombstone = i % 20 == 19;
    const std::string key = "key" + std::to_string(i % kKeys);
    database.Put(kKeyBucket, RowKey({i + 2, 0}, tombstone),
                 testing::ProtoWriter().Bytes(1, key).bytes());
  }
  FindingList findings;
  const std::string file = "db";
  const Store roomy{.database = database, .file = file, .findings = findings};
  const Store tight{.database = database,
                    .file = file,
                    .findings = findings,
                    .limits = {.log2_slots_small = 4, .log2_slots_large = 8}};
  EXPECT_EQ(HashContent(tight).live_keys, static_cast<uint64_t>(kKeys - kKeys / 20));
  EXPECT_EQ(HashContent(tight).hash, HashContent(roomy).hash);
  EXPECT_EQ(HashContent(tight).rows, static_cast<uint64_t>(2 * kKeys));
  EXPECT_EQ(FindLiveRows(tight, 11).count(), 10U);
  const auto holds = [&](const Store& store, int64_t revision) {
    const LiveRows live = FindLiveRows(store, revision);
    std::string bits;
    ForEachPart(
        *database.Open(AsBytes(kKeyBucket)), findings,
        [&](PartScan& part) {
          uint64_t index = 0;
          for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
            for (size_t i = 0; i < rows.size(); ++i) {
              bits += live.Holds(part.ordinal(), index++) ? '1' : '0';
            }
          }
        },
        Cores::kOne);
    return bits;
  };
  EXPECT_EQ(holds(tight, 7'000), holds(roomy, 7'000));
}

}  // namespace
}  // namespace etcdf::mvcc
