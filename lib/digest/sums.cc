#include "digest/sums.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "mvcc/hash.h"
#include "mvcc/key_row.h"
#include "mvcc/live_rows.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"

namespace etcdf::digest {
namespace {

// Revisions in a file are never negative here: ParseRowKey refuses them, and -1 stands for never.
uint64_t Unsigned(int64_t revision) { return revision < 0 ? 0 : static_cast<uint64_t>(revision); }

void AddKeyBucket(const mvcc::Store& store, DatabaseSums& sums) {
  const auto bucket = store.database.Open(AsBytes(mvcc::kKeyBucket));
  if (!bucket) return;
  const uint64_t compacted = sums.history.span().after;
  mvcc::UnheardFindings unheard;  // the walk below meets the same rows
  const mvcc::LiveRows live = compacted == 0
                                  ? mvcc::LiveRows()
                                  : mvcc::FindLiveRows({store.database, store.file, unheard},
                                                       static_cast<int64_t>(compacted));
  const DatabaseSums none = sums;
  std::mutex mutex;
  mvcc::ForEachPart(*bucket, store.findings, [&](mvcc::PartScan& part) {
    DatabaseSums of_part = none;
    uint64_t index = 0;
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& row : rows) {
        const bool is_live = live.Holds(part.ordinal(), index++);
        const auto at = mvcc::DecodeRowKey(row, store.file, part.findings());
        if (!at) continue;
        const uint64_t revision = Unsigned(at->revision.main);
        if (revision <= compacted && !is_live) continue;
        const WideFingerprint fingerprint = FingerprintOf(row.key, row.value);
        of_part.history.Add(revision, fingerprint);
        if (is_live) of_part.compacted_state += fingerprint;
      }
    }
    const std::scoped_lock lock(mutex);
    sums.history.Add(of_part.history);
    sums.compacted_state += of_part.compacted_state;
  });
}

bool DiffersBetweenSoundMembers(std::string_view bucket, std::string_view key) {
  if (bucket != mvcc::kMetaBucket) return false;
  const auto ignored = mvcc::IgnoredSince36();
  return std::ranges::find(ignored, key) != ignored.end() || key == mvcc::kScheduledCompactName ||
         key == mvcc::kFinishedCompactName;
}

BucketSum SumBucket(const mvcc::Store& store, const backend::Bucket& bucket,
                    std::string_view name) {
  BucketSum sum{.name = std::string(name)};
  std::mutex mutex;
  mvcc::ForEachPart(bucket, store.findings, [&](mvcc::PartScan& part) {
    BucketSum of_part;
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& row : rows) {
        if (DiffersBetweenSoundMembers(name, AsText(row.key))) continue;
        of_part.sum += FingerprintOf(row.key, row.value);
        ++of_part.rows;
      }
    }
    const std::scoped_lock lock(mutex);
    sum.sum += of_part.sum;
    sum.rows += of_part.rows;
  });
  return sum;
}

// What tells an entry from others: index, term and type, as 24 bytes.
std::array<uint8_t, 24> KeyOf(const wire::Entry& entry) {
  std::array<uint8_t, 24> key;
  StoreLe64(key.data(), entry.index);
  StoreLe64(key.data() + 8, entry.term);
  StoreLe64(key.data() + 16, static_cast<uint64_t>(entry.type));
  return key;
}

}  // namespace

Span HistoryOf(const mvcc::Store& store) {
  const mvcc::Status status = mvcc::ReadStatus(store);
  return {.after = Unsigned(status.CompactRevision()), .until = Unsigned(status.CurrentRevision())};
}

DatabaseSums SumDatabase(const mvcc::Store& store) {
  DatabaseSums sums{.history = RangeSums(HistoryOf(store))};
  AddKeyBucket(store, sums);
  sums.buckets = SumBuckets(store);
  return sums;
}

std::vector<BucketSum> SumBuckets(const mvcc::Store& store) {
  std::vector<BucketSum> sums;
  for (const Bytes name : store.database.bucket_names()) {
    if (AsText(name) == mvcc::kKeyBucket) continue;
    const auto bucket = store.database.Open(name);
    if (bucket) sums.push_back(SumBucket(store, *bucket, AsText(name)));
  }
  return sums;
}

DatabaseSums SumHistory(const mvcc::Store& store, Span grid) {
  Span span = HistoryOf(store);
  span.after = std::max(span.after, grid.after);
  span.until = std::min(span.until, grid.until);
  DatabaseSums sums{.history = RangeSums(span, grid)};
  AddKeyBucket(store, sums);
  return sums;
}

RangeSums SumLog(const wal::Log& log) {
  const wal::EntryCount& entries = log.summary().entries;
  if (entries.live == 0 || entries.index_first == 0) return {};
  RangeSums sums({.after = log.summary().index_unbroken - 1,
                  .until = std::min(entries.index_last, log.summary().index_trusted)});
  std::vector<wal::LogEntry> of_chunk;
  for (const wal::Chunk& chunk : log.chunks()) {
    log.ReadChunk(chunk, of_chunk);
    for (const wal::LogEntry& each : of_chunk) {
      if (!each.superseded_by) {
        sums.Add(each.entry.index, FingerprintOf(KeyOf(each.entry), each.entry.data));
      }
    }
  }
  return sums;
}

}  // namespace etcdf::digest
