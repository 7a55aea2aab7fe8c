#include "mvcc/hash.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <optional>

#include "checksum/crc32c.h"
#include "mvcc/key_row.h"
#include "mvcc/live_count.h"
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

struct Added {
  uint64_t rows = 0;
  bool is_whole = true;
};

// Adds the rows of the bucket that `counts(part, index, row)` wants.
template <typename Counts>
Added AddBucket(Sum& sum, const backend::Bucket& bucket, FindingSink& findings, Counts counts) {
  PartSums sums;
  const bool is_whole = ForEachPart(bucket, findings, [&](PartScan& part) {
    uint64_t index = 0;
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& row : rows) {
        if (counts(part, index++, row)) sums.AddRow(part.ordinal(), row);
      }
    }
  });
  return {.rows = sums.MoveTo(sum), .is_whole = is_whole};
}

bool IsIgnored(std::string_view bucket, const backend::Row& row,
               std::span<const std::string_view> ignored) {
  return bucket == kMetaBucket && std::ranges::find(ignored, AsText(row.key)) != ignored.end();
}

struct KvBounds {
  int64_t revision;
  int64_t compact;
  bool are_known;  // false if damage hides the last revision or the last compaction
};

// The rows that count in HashKV (mvcc/hash.go, WriteKeyValue). Up to the compact revision those are
// what a compaction at `revision` would keep: not the compact revision, so the digest does not
// depend on how much is deleted yet. Where nothing would be kept, etcd takes the empty set for none
// and all rows count. Tombstones at the compact revision never do, as etcd before 3.4.34 and 3.5.16
// deleted them. Returns if all rows could be read.
bool AddKvRows(Sum& sum, const Store& store, const backend::Bucket& bucket, KvBounds bounds,
               std::optional<LiveRows> kept = {}) {
  if (!kept && bounds.compact >= 0) kept = FindLiveRows(store, bounds.revision);
  const bool drops = kept && kept->count() > 0;
  UnheardFindings unheard;  // what FindLiveRows has reported
  FindingSink& findings = kept ? static_cast<FindingSink&>(unheard) : store.findings;
  std::atomic<bool> bad_keys = false;
  const Added added = AddBucket(sum, bucket, findings,
                                [&](PartScan& part, uint64_t index, const backend::Row& row) {
                                  const auto at = DecodeRowKey(row, store.file, part.findings());
                                  if (!at) bad_keys = true;
                                  if (!at || at->revision.main > bounds.revision) return false;
                                  if (at->revision.main > bounds.compact) return true;
                                  if (drops && !kept->Holds(part.ordinal(), index)) return false;
                                  return at->revision.main < bounds.compact || !at->tombstone;
                                });
  return added.is_whole && !bad_keys && bounds.are_known && (!kept || kept->is_whole());
}

// Walks through the rows of `key` for what HashContent says of them and, if HashKV is wanted, for
// that too: of a store that was never compacted in the same walk, else in one more.
class KeyBucketHashes {
 public:
  KeyBucketHashes(const Store& store, std::optional<KvBounds> kv, Keys keys)
      : store_(store), kv_(kv), kv_at_once_(kv && kv->compact < 0), keys_(keys) {
    kv_sum_.Add(AsBytes(kKeyBucket));
  }

  ContentHash AddTo(Sum& sum) {
    const bool kv_needs_live_rows = kv_ && !kv_at_once_;
    std::optional<LiveCount> count;
    if (keys_ == Keys::kCounted && !kv_needs_live_rows) count = LiveCount::For(store_);
    std::optional<LiveRows> live;
    ContentHash found;
    if (kv_needs_live_rows || (keys_ == Keys::kCounted && !count)) {
      live = FindLive();
      found = {.live_keys = live->count(),
               .is_whole = live->rows_are_whole(),
               .keys_are_whole = live->is_whole()};
    } else {
      found = count ? WalkAndCount(*count) : WalkUncounted();
    }
    found.rows = content_.MoveTo(sum);
    if (kv_needs_live_rows) {
      AddCompacted(*std::move(live));
    } else if (kv_) {
      counting_.MoveTo(kv_sum_);
      kv_is_whole_ = found.is_whole && !bad_keys_ && kv_->are_known;
    }
    return found;
  }

  KvHash FinishKv() {
    return {.hash = kv_sum_.Finish(),
            .revision = kv_->revision,
            .compact_revision = kv_->compact,
            .is_whole = kv_is_whole_};
  }

 private:
  void Add(size_t part, const backend::Row& row, const std::optional<RowRevision>& at) {
    content_.AddRow(part, row);
    if (!at) bad_keys_ = true;
    if (kv_at_once_ && at && at->revision.main <= kv_->revision) counting_.AddRow(part, row);
  }

  LiveRows FindLive() {
    return FindLiveRows(store_, std::numeric_limits<int64_t>::max(),
                        [&](size_t part, std::span<const backend::Row> rows) {
                          for (const auto& row : rows) Add(part, row, ParseRowKey(row.key));
                        });
  }

  // Calls see(part, row) with every row, and returns if all could be read.
  template <typename See>
  bool Walk(See see) {
    const auto bucket = store_.database.Open(AsBytes(kKeyBucket));
    if (!bucket) return store_.database.names_are_whole();
    return ForEachPart(*bucket, store_.findings, [&](PartScan& part) {
      for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
        for (const backend::Row& row : rows) see(part, row);
      }
    });
  }

  ContentHash WalkUncounted() {
    const bool is_whole = Walk([&](PartScan& part, const backend::Row& row) {
      Add(part.ordinal(), row, DecodeRowKey(row, store_.file, part.findings()));
    });
    return {.is_whole = is_whole, .keys_are_whole = is_whole};
  }

  ContentHash WalkAndCount(LiveCount& count) {
    const bool is_whole = Walk([&](PartScan& part, const backend::Row& row) {
      Add(part.ordinal(), row, ParseRowKey(row.key));
      count.Add(part.ordinal(), DecodeKeyRow(row, store_.file, part.findings()));
    });
    const auto live_keys = count.Count();
    if (is_whole && live_keys) return {.live_keys = *live_keys};
    UnheardFindings unheard;  // this walk has reported them
    const LiveRows live = FindLiveRows({store_.database, store_.file, unheard, store_.limits},
                                       std::numeric_limits<int64_t>::max());
    return {.live_keys = live.count(), .is_whole = is_whole, .keys_are_whole = live.is_whole()};
  }

  // What is live at the end is what a compaction there keeps.
  void AddCompacted(LiveRows live) {
    const auto bucket = store_.database.Open(AsBytes(kKeyBucket));
    if (!bucket) return;
    UnheardFindings unheard;
    const Store quiet{store_.database, store_.file, unheard, store_.limits};
    std::optional<LiveRows> kept;
    if (kv_->revision >= ReadStatus(quiet).revision) kept = std::move(live);
    kv_is_whole_ = AddKvRows(kv_sum_, quiet, *bucket, *kv_, std::move(kept));
  }

  const Store& store_;
  std::optional<KvBounds> kv_;
  bool kv_at_once_;
  Keys keys_;
  PartSums content_;
  PartSums counting_;
  Sum kv_sum_;
  std::atomic<bool> bad_keys_ = false;
  bool kv_is_whole_ = true;
};

// HashContent, with HashKV on the way.
ContentHash HashAllBuckets(const Store& store, KeyBucketHashes& key_bucket) {
  Sum sum;
  ContentHash content{.is_whole = store.database.names_are_whole(),
                      .keys_are_whole = store.database.names_are_whole()};
  for (const Bytes name : store.database.bucket_names()) {
    sum.Add(name);
    if (AsText(name) == kKeyBucket) {
      const ContentHash keys = key_bucket.AddTo(sum);
      content.rows += keys.rows;
      content.live_keys = keys.live_keys;
      content.is_whole = content.is_whole && keys.is_whole;
      content.keys_are_whole = keys.keys_are_whole;
    } else if (const auto bucket = store.database.Open(name)) {
      const Added added = AddBucket(sum, *bucket, store.findings,
                                    [](const auto&, uint64_t, const auto&) { return true; });
      content.rows += added.rows;
      content.is_whole = content.is_whole && added.is_whole;
    }
  }
  content.hash = sum.Finish();
  return content;
}

// Errors: as of HashKv.
Result<KvBounds> BoundsOf(const Store& store, KvHashAt wanted) {
  const Status status = ReadStatus(store);
  const auto at = status.ReadRevision(wanted.revision);
  if (!at) return Fail(at.error());
  const int64_t compact = wanted.compacted > 0
                              ? std::max(status.CompactRevision(), wanted.compacted)
                              : status.CompactRevision();
  const bool known = status.Knows(kMetaBucket) && (wanted.revision > 0 || status.Knows(kKeyBucket));
  return KvBounds{.revision = *at, .compact = compact, .are_known = known};
}

constexpr std::array kIgnored = {kConsistentIndexName, kTermName, kStorageVersionName};

}  // namespace

ContentHash HashContent(const Store& store) {
  KeyBucketHashes key_bucket(store, std::nullopt, Keys::kCounted);
  return HashAllBuckets(store, key_bucket);
}

ContentAndKvHash HashContentAndKv(const Store& store, KvHashAt wanted, Keys keys) {
  const auto bounds = BoundsOf(store, wanted);
  if (!bounds) return {.content = HashContent(store), .kv = Fail(bounds.error())};
  KeyBucketHashes key_bucket(store, *bounds, keys);
  const ContentHash content = HashAllBuckets(store, key_bucket);
  return {.content = content, .kv = key_bucket.FinishKv()};
}

std::span<const std::string_view> IgnoredSince34() { return std::span(kIgnored).first(1); }
std::span<const std::string_view> IgnoredSince35() { return std::span(kIgnored).first(2); }
std::span<const std::string_view> IgnoredSince36() { return kIgnored; }

BackendHash HashBackend(const Store& store, std::span<const std::string_view> ignored) {
  Sum sum;
  bool is_whole = store.database.names_are_whole();
  for (const Bytes name : store.database.bucket_names()) {
    sum.Add(name);
    const auto bucket = store.database.Open(name);
    if (!bucket) continue;
    const auto counts = [&](const auto&, uint64_t, const backend::Row& row) {
      return !IsIgnored(AsText(name), row, ignored);
    };
    is_whole = AddBucket(sum, *bucket, store.findings, counts).is_whole && is_whole;
  }
  return {.hash = sum.Finish(), .is_whole = is_whole};
}

Result<KvHash> HashKv(const Store& store, int64_t revision) {
  return HashKv(store, {.revision = revision});
}

Result<KvHash> HashKv(const Store& store, KvHashAt wanted) {
  const auto bounds = BoundsOf(store, wanted);
  if (!bounds) return Fail(bounds.error());
  Sum sum;
  sum.Add(AsBytes(kKeyBucket));
  bool is_whole = store.database.names_are_whole();
  if (const auto bucket = store.database.Open(AsBytes(kKeyBucket))) {
    is_whole = AddKvRows(sum, store, *bucket, *bounds);
  }
  return KvHash{.hash = sum.Finish(),
                .revision = bounds->revision,
                .compact_revision = bounds->compact,
                .is_whole = is_whole};
}

}  // namespace etcdf::mvcc
