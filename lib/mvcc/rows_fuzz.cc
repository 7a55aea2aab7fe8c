// Any rows as an etcd database: every question is answered, two ways to the same answer agree, and
// little memory gives what much does.
//
// The input: rows, each a byte (its bucket), a key and a value. In bucket `key` the key's first two
// bytes are the revision and its third the mark of a tombstone, so that rows of revisions are found
// soon; and a value that begins with a zero is written as the KeyValue of a key of one byte.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "mvcc/hash.h"
#include "mvcc/key_history.h"
#include "mvcc/key_row.h"
#include "mvcc/leases.h"
#include "mvcc/live_rows.h"
#include "mvcc/row_check.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "mvcc/usage.h"
#include "raft/message.h"
#include "testing/fuzz.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::mvcc {
namespace {

using testing::FuzzInput;
using testing::Require;

constexpr std::array kBuckets = {
    kKeyBucket,       kMetaBucket,      kLeaseBucket,   kAlarmBucket,          kAuthBucket,
    kAuthUsersBucket, kAuthRolesBucket, kMembersBucket, kMembersRemovedBucket, kClusterBucket};

std::string RevisionKey(Bytes input) {
  std::string key(17, '\0');
  if (!input.empty()) key[7] = static_cast<char>(input[0]);
  key[8] = '_';
  if (input.size() > 1) key[16] = static_cast<char>(input[1]);
  if (input.size() > 2 && input[2] % 2 == 1) key += 't';
  return key;
}

std::string StoredValue(Bytes input) {
  if (input.size() < 6 || input[0] != 0) return std::string(AsText(input));
  return testing::ProtoWriter()
      .Bytes(1, AsText(input.subspan(1, 1)))
      .Number(2, input[2])
      .Number(3, input[3])
      .Number(4, input[4])
      .Bytes(5, AsText(input.subspan(6)))
      .Number(6, input[5])
      .bytes();
}

testing::MemoryDatabase DatabaseOf(FuzzInput input) {
  testing::MemoryDatabase database;
  while (!input.empty()) {
    const std::string_view bucket = kBuckets[input.Byte() % kBuckets.size()];
    const Bytes key = input.Piece();
    const Bytes value = input.Piece();
    const bool revision = bucket == kKeyBucket && key.size() <= 3;
    database.Put(bucket, revision ? RevisionKey(key) : AsText(key),
                 bucket == kKeyBucket ? StoredValue(value) : AsText(value));
  }
  return database;
}

// The reader made for key values, against the generic one.
void BothReadersAgree(Bytes value) {
  raft::Message message;
  const auto& schema = *RowMessageOf(kKeyBucket).schema;
  const bool accepted = message.Parse(schema, value) == raft::ParseVerdict::kAccepted;
  Require(ParseKeyValue(value).has_value() == accepted);
}

class LeaseCounter : public LeaseVisitor {
 public:
  bool BeginLease(uint64_t id, const StoredLease&) override {
    Require(leases_++ == 0 || id > id_last_);
    id_last_ = id;
    key_last_.reset();
    return true;
  }
  bool AttachedKey(Bytes key) override {
    Require(!key_last_ || *key_last_ < AsText(key));
    key_last_ = AsText(key);
    ++keys_;
    return true;
  }
  bool EndLease() override { return true; }
  uint64_t leases() const { return leases_; }
  uint64_t keys() const { return keys_; }

 private:
  uint64_t leases_ = 0;
  uint64_t keys_ = 0;
  uint64_t id_last_ = 0;
  std::optional<std::string> key_last_;
};

struct Answers {
  uint64_t live = 0;
  uint64_t leases = 0;
  uint64_t attached = 0;
  uint64_t usage_bytes = 0;
  uint64_t usage_live = 0;

  friend bool operator==(const Answers&, const Answers&) = default;
};

Answers AnswersOf(const testing::MemoryDatabase& database, const MemoryLimits& limits) {
  FindingList findings;
  const std::string file = "fuzz";
  const Store store{database, file, findings, limits};
  const Status status = ReadStatus(store);
  CheckRows(store);
  const LiveRows live = FindLiveRows(store, status.revision);
  LeaseCounter leases;
  VisitLeases(store, leases);
  const UsageReport usage = MeasureUsage(
      store, {.group_of = [](std::string_view key) { return key.substr(0, 1); }}, &live);
  Usage sum = usage.others;
  for (const auto& group : usage.groups) sum.Add(group.usage);
  Require(sum.bytes == usage.total.bytes && sum.live_keys == usage.total.live_keys);
  return {live.count(), leases.leases(), leases.keys(), usage.total.bytes, usage.total.live_keys};
}

// Whether the rows of each key tell one story, as those that etcd writes do. HashContent trusts in
// that when it counts live keys without a table.
class Story {
 public:
  explicit Story(int64_t compacted) : compacted_(compacted) {}

  bool Goes(const KeyRow& row) {
    const auto [key, is_new] = versions_.try_emplace(std::string(AsText(row.kv.key)));
    int64_t& version = key->second;
    if (row.at.revision.main <= compacted_) {
      version = row.at.tombstone ? 0 : row.kv.version;
      return is_new;
    }
    if (row.at.tombstone) return std::exchange(version, 0) > 0;
    return row.kv.version == ++version;
  }

 private:
  int64_t compacted_;
  std::map<std::string, int64_t> versions_;  // 0: deleted
};

bool TellsOneStory(const Store& store) {
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (!bucket) return true;
  FindingList findings;
  Story story(ReadStatus({store.database, store.file, findings}).CompactRevision());
  bool goes = true;
  const auto cursor = bucket->NewCursor(findings);
  for (bool there = cursor->First(); there && goes; there = cursor->Next()) {
    const auto row = DecodeKeyRow(cursor->row(), store.file, findings);
    goes = row && story.Goes(*row);
  }
  return goes;
}

void HashesAgree(const testing::MemoryDatabase& database, const MemoryLimits& limits) {
  FindingList findings;
  const std::string file = "fuzz";
  const Store store{database, file, findings, limits};
  const ContentAndKvHash both = HashContentAndKv(store, {}, Keys::kCounted);
  const ContentHash content = HashContent(store);
  const auto kv = HashKv(store, 0);
  Require(both.content.hash == content.hash && both.content.rows == content.rows);
  const LiveRows live = FindLiveRows(store, std::numeric_limits<int64_t>::max());
  Require(content.live_keys == live.count() || !TellsOneStory(store));
  Require(both.kv.has_value() == kv.has_value());
  Require(!kv || (both.kv->hash == kv->hash && both.kv->revision == kv->revision));
  HashBackend(store, IgnoredSince36());
}

}  // namespace
}  // namespace etcdf::mvcc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  mvcc::BothReadersAgree({data, size});
  const testing::MemoryDatabase database = mvcc::DatabaseOf({data, size});
  const mvcc::MemoryLimits tight = {
      .log2_slots_small = 2, .log2_slots_large = 3, .sorted_rows = 3, .usage_groups = 2};
  const mvcc::MemoryLimits roomy = {.log2_slots_small = 10,
                                    .log2_slots_large = 10,
                                    .sorted_rows = 1 << 10,
                                    .usage_groups = 1 << 10};
  testing::Require(mvcc::AnswersOf(database, tight) == mvcc::AnswersOf(database, roomy));
  mvcc::HashesAgree(database, roomy);
  return 0;
}
