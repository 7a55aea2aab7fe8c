#include "mvcc/hash.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "checksum/crc32c.h"
#include "mvcc/key_row.h"
#include "mvcc/live_rows.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"

namespace etcdf::mvcc {
namespace {

// A checksum of pieces. Pieces that follow one another in memory, as the rows of a page do, are
// summed at once.
class Sum {
 public:
  void Add(Bytes bytes) {
    if (bytes.empty()) return;
    if (bytes.data() == run_.data() + run_.size()) {
      run_ = Bytes(run_.data(), run_.size() + bytes.size());
      return;
    }
    Flush();
    run_ = bytes;
  }
  void Add(const Sum& other) {
    Flush();
    crc_ = Crc32cCombine(crc_, other.crc_, other.length_);
    length_ += other.length_;
  }
  void Flush() {
    crc_ = Crc32cExtend(crc_, run_);
    length_ += run_.size();
    run_ = {};
  }
  uint32_t Finish() {
    Flush();
    return crc_;
  }

 private:
  uint32_t crc_ = 0;
  uint64_t length_ = 0;
  Bytes run_;
};

// The sums of a bucket's parts, each written by the thread that reads the part.
class PartSums {
 public:
  void AddRow(size_t part, const backend::Row& row) {
    Part& mine = parts_[part];
    mine.sum.Add(row.key);
    mine.sum.Add(row.value);
    ++mine.rows;
  }
  // Adds the parts in their order, once all are read, and returns the number of rows.
  uint64_t MoveTo(Sum& sum) {
    uint64_t rows = 0;
    for (Part& part : parts_) {
      part.sum.Flush();
      sum.Add(part.sum);
      rows += part.rows;
    }
    return rows;
  }

 private:
  struct alignas(64) Part {  // no two in a cache line
    Sum sum;
    uint64_t rows = 0;
  };
  std::array<Part, kMaxParts> parts_;
};

// Adds the rows of the bucket that `counts(part, index, row)` wants, and returns their number.
template <typename Counts>
uint64_t AddBucket(Sum& sum, const backend::Bucket& bucket, FindingSink& findings, Counts counts) {
  PartSums sums;
  ForEachPart(bucket, findings, [&](PartScan& part) {
    uint64_t index = 0;
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& row : rows) {
        if (counts(part, index++, row)) sums.AddRow(part.ordinal(), row);
      }
    }
  });
  return sums.MoveTo(sum);
}

// Adds the rows of `key`, and tells in the same walk how many keys are live.
ContentHash AddKeyBucket(Sum& sum, const Store& store) {
  PartSums sums;
  const LiveRows live = FindLiveRows(store, std::numeric_limits<int64_t>::max(),
                                     [&](size_t part, std::span<const backend::Row> rows) {
                                       for (const auto& row : rows) sums.AddRow(part, row);
                                     });
  return {.rows = sums.MoveTo(sum), .live_keys = live.count()};
}

bool IsIgnored(std::string_view bucket, const backend::Row& row,
               std::span<const std::string_view> ignored) {
  return bucket == kMetaBucket && std::ranges::find(ignored, AsText(row.key)) != ignored.end();
}

struct KvBounds {
  int64_t revision;
  int64_t compact;
};

// The rows that count in HashKV (mvcc/hash.go, WriteKeyValue). Up to the compact revision those are
// what a compaction at `revision` would keep: not the compact revision, so the digest does not
// depend on how much is deleted yet. Where nothing would be kept, etcd takes the empty set for none
// and all rows count. Tombstones at the compact revision never do, as etcd before 3.4.34 and 3.5.16
// deleted them.
void AddKvRows(Sum& sum, const Store& store, const backend::Bucket& bucket, KvBounds bounds) {
  std::optional<LiveRows> kept;
  if (bounds.compact >= 0) kept = FindLiveRows(store, bounds.revision);
  const bool drops = kept && kept->count() > 0;
  UnheardFindings unheard;  // what FindLiveRows has reported
  FindingSink& findings = kept ? static_cast<FindingSink&>(unheard) : store.findings;
  AddBucket(sum, bucket, findings, [&](PartScan& part, uint64_t index, const backend::Row& row) {
    const auto at = DecodeRowKey(row, store.file, part.findings());
    if (!at || at->revision.main > bounds.revision) return false;
    if (at->revision.main > bounds.compact) return true;
    if (drops && !kept->Holds(part.ordinal(), index)) return false;
    return at->revision.main < bounds.compact || !at->tombstone;
  });
}

constexpr std::array kIgnored = {kConsistentIndexName, kTermName, kStorageVersionName};

}  // namespace

ContentHash HashContent(const Store& store) {
  Sum sum;
  ContentHash content;
  for (const Bytes name : store.database.bucket_names()) {
    sum.Add(name);
    if (AsText(name) == kKeyBucket) {
      const ContentHash keys = AddKeyBucket(sum, store);
      content.rows += keys.rows;
      content.live_keys = keys.live_keys;
    } else if (const auto bucket = store.database.Open(name)) {
      content.rows += AddBucket(sum, *bucket, store.findings,
                                [](const auto&, uint64_t, const auto&) { return true; });
    }
  }
  content.hash = sum.Finish();
  return content;
}

std::span<const std::string_view> IgnoredSince34() { return std::span(kIgnored).first(1); }
std::span<const std::string_view> IgnoredSince35() { return std::span(kIgnored).first(2); }
std::span<const std::string_view> IgnoredSince36() { return kIgnored; }

uint32_t HashBackend(const Store& store, std::span<const std::string_view> ignored) {
  Sum sum;
  for (const Bytes name : store.database.bucket_names()) {
    sum.Add(name);
    const auto bucket = store.database.Open(name);
    if (!bucket) continue;
    AddBucket(sum, *bucket, store.findings, [&](const auto&, uint64_t, const backend::Row& row) {
      return !IsIgnored(AsText(name), row, ignored);
    });
  }
  return sum.Finish();
}

Result<KvHash> HashKv(const Store& store, int64_t revision) {
  return HashKv(store, {.revision = revision});
}

Result<KvHash> HashKv(const Store& store, KvHashAt wanted) {
  const Status status = ReadStatus(store);
  const int64_t compact = wanted.compacted > 0
                              ? std::max(status.CompactRevision(), wanted.compacted)
                              : status.CompactRevision();
  const auto at = status.ReadRevision(wanted.revision);
  if (!at) return Fail(at.error());
  Sum sum;
  sum.Add(AsBytes(kKeyBucket));
  if (const auto bucket = store.database.Open(AsBytes(kKeyBucket))) {
    AddKvRows(sum, store, *bucket, {.revision = *at, .compact = compact});
  }
  return KvHash{.hash = sum.Finish(), .revision = *at, .compact_revision = compact};
}

}  // namespace etcdf::mvcc
