// Two databases of any rows: each is the same as itself, and who stands first does not matter.
//
// The input: rows, each a byte (its bucket, and on which member it is), a key and a value. In
// bucket `key` the key's first two bytes are the revision, and the value is that of a key of one
// byte.
#include <algorithm>
#include <array>

#include "compare/buckets.h"
#include "compare/key_history.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "testing/fuzz.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::compare {
namespace {

using testing::FuzzInput;
using testing::Require;

constexpr std::array kBuckets = {
    mvcc::kKeyBucket,   mvcc::kKeyBucket,       mvcc::kKeyBucket,     mvcc::kMetaBucket,
    mvcc::kAuthBucket,  mvcc::kAuthUsersBucket, mvcc::kMembersBucket, mvcc::kLeaseBucket,
    mvcc::kAlarmBucket, mvcc::kAuthRolesBucket, mvcc::kClusterBucket};

std::string RevisionKey(Bytes input) {
  std::string key(17, '\0');
  if (!input.empty()) key[7] = static_cast<char>(input[0]);
  key[8] = '_';
  if (input.size() > 1) key[16] = static_cast<char>(input[1]);
  return key;
}

std::string StoredValue(FuzzInput input) {
  testing::ProtoWriter row;
  row.Bytes(1, AsText(input.Take(1)));
  row.Number(2, input.Byte()).Number(3, input.Byte()).Number(4, input.Byte());
  return row.Bytes(5, AsText(input.Rest())).bytes();
}

using Pair = std::array<testing::MemoryDatabase, 2>;

Pair DatabasesOf(FuzzInput input) {
  Pair databases;
  for (auto& database : databases) {
    database.Put(mvcc::kKeyBucket, RevisionKey({}), StoredValue({nullptr, 0}));
  }
  while (!input.empty()) {
    const uint8_t choice = input.Byte();
    const std::string_view bucket = kBuckets[choice / 4 % kBuckets.size()];
    const Bytes key = input.Piece();
    const Bytes value = input.Piece();
    for (size_t member = 0; member < databases.size(); ++member) {
      if (choice % 4 == member + 1) continue;  // the other one alone has it
      if (bucket == mvcc::kKeyBucket) {
        databases[member].Put(bucket, RevisionKey(key), StoredValue({value.data(), value.size()}));
      } else {
        databases[member].Put(bucket, AsText(key), AsText(value));
      }
    }
  }
  return databases;
}

struct NothingKnown final : LagWitness {
  Answer Explains(std::string_view, Bytes, const RowDifference::Side&,
                  const RowDifference::Side&) override {
    return Answer::kNo;
  }
  Answer Salts(Bytes) override { return Answer::kYes; }
  bool RestoredBetween(size_t, size_t) override { return false; }
  bool ReachesBetween(size_t, size_t) override { return true; }
};

struct Verdict {
  bool same_history = false;
  uint64_t rows_compared = 0;
  std::vector<std::tuple<std::string, BucketVerdict, uint64_t, uint64_t>> buckets;

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

Verdict Compare(const testing::MemoryDatabase& a, const testing::MemoryDatabase& b) {
  FindingList findings;
  const std::string file = "fuzz";
  const mvcc::MemoryLimits limits = {.log2_slots_small = 8, .log2_slots_large = 8};
  const std::array stores = {mvcc::Store{a, file, findings, limits},
                             mvcc::Store{b, file, findings, limits}};
  Window window = {.compacted = 0, .until = INT64_MAX};
  for (const mvcc::Store& store : stores) {
    const mvcc::Status status = mvcc::ReadStatus(store);
    window.compacted = std::max(window.compacted, status.CompactRevision());
    window.until = std::min(window.until, status.CurrentRevision());
  }
  NothingKnown nothing_known;
  Verdict verdict;
  if (window.compacted <= window.until) {
    const KeyHistoryComparison keys = CompareKeyHistories(stores, window);
    verdict.same_history = keys.same();
    Require(keys.differences.size() <= KeyHistoryComparison::kMaxDifferences);
    Require(keys.same() == keys.differences.empty());
    Require(keys.ranges.size() <= RevisionRange::kMaxRanges + 1);
  }
  for (const BucketComparison& bucket :
       CompareBuckets(stores, Nodes(stores.size()), nothing_known)) {
    Require(bucket.rows_guilty <= bucket.rows_differing);
    Require((bucket.verdict == BucketVerdict::kSame) == (bucket.rows_differing == 0));
    Require((bucket.verdict == BucketVerdict::kDifferent) == (bucket.rows_guilty > 0));
    verdict.buckets.emplace_back(bucket.name, bucket.verdict, bucket.rows_differing,
                                 bucket.rows_guilty);
  }
  return verdict;
}

void RequireSame(const testing::MemoryDatabase& database) {
  const Verdict verdict = Compare(database, database);
  for (const auto& [name, of_bucket, differing, guilty] : verdict.buckets) {
    Require(of_bucket == BucketVerdict::kSame);
  }
}

}  // namespace
}  // namespace etcdf::compare

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const compare::Pair databases = compare::DatabasesOf({data, size});
  testing::Require(compare::Compare(databases[0], databases[1]) ==
                   compare::Compare(databases[1], databases[0]));
  for (const auto& database : databases) compare::RequireSame(database);
  return 0;
}
