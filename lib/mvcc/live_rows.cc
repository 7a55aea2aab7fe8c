#include "mvcc/live_rows.h"

#include <array>
#include <atomic>
#include <utility>

#include "checksum/fingerprint.h"
#include "mvcc/hash_range.h"
#include "mvcc/key_row.h"
#include "mvcc/key_table.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::mvcc {
namespace {

constexpr unsigned kIndexBits = 32;
static_assert((kMaxParts << kIndexBits) - 1 <= KeyTable::kRowLimit);

class Walk {
 public:
  Walk(const Store& store, const backend::Bucket& bucket, int64_t revision)
      : store_(store), bucket_(bucket), revision_(revision) {}

  struct Ran {
    bool fits = true;
    bool rows_are_whole = true;
  };

  // Fills the table with the keys in `range`, and counts the rows of each part. If the keys do not
  // fit, too, all rows are shown to `rows_seen`.
  Ran Run(HashRange range, KeyTable& table, FindingSink& findings,
          std::vector<uint64_t>& rows_of_parts, const RowsSeen& rows_seen) const {
    std::atomic<bool> full = false;
    const bool is_whole = ForEachPart(bucket_, findings, [&](PartScan& part) {
      uint64_t row = uint64_t{part.ordinal()} << kIndexBits;
      for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
        const bool was_full = full.load(std::memory_order_relaxed);
        if (was_full && !rows_seen) return;
        if (rows_seen) rows_seen(part.ordinal(), rows);
        if (!was_full && !OfferRows(rows, row, range, table, part.findings())) full = true;
        row += rows.size();
      }
      rows_of_parts[part.ordinal()] = row & ((uint64_t{1} << kIndexBits) - 1);
    });
    return {.fits = !full, .rows_are_whole = is_whole};
  }

 private:
  bool OfferRows(std::span<const backend::Row> rows, uint64_t row, HashRange range, KeyTable& table,
                 FindingSink& findings) const {
    std::array<KeyTable::Offered, 64> offers;
    size_t count = 0;
    for (const backend::Row& each : rows) {
      const uint64_t number = row++;
      const auto decoded = DecodeKeyRow(each, store_.file, findings);
      // etcd reads its index from revision 1 on.
      if (!decoded || decoded->at.revision.main < 1 || decoded->at.revision.main > revision_) {
        continue;
      }
      const uint64_t hash = Fingerprint(decoded->kv.key);
      if (!range.Holds(hash)) continue;
      table.PrefetchSlot(hash);
      offers[count++] = {
          .key = decoded->kv.key, .hash = hash, .row = number, .live = !decoded->at.tombstone};
    }
    const std::span<const KeyTable::Offered> offered = std::span(offers).first(count);
    for (const KeyTable::Offered& each : offered) table.PrefetchKey(each.hash, each.key.size());
    for (const KeyTable::Offered& each : offered) {
      if (table.Offer(each)) continue;
      if (!range.is_last()) return false;
      table.OfferAnyway(each);
    }
    return true;
  }

  const Store& store_;
  const backend::Bucket& bucket_;
  int64_t revision_;
};

}  // namespace

LiveRows FindLiveRows(const Store& store, int64_t revision, const RowsSeen& rows_seen) {
  LiveRows live;
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (!bucket) {
    live.rows_are_whole_ = live.is_whole_ = store.database.names_are_whole();
    return live;
  }
  const Walk walk(store, *bucket, revision);
  bool told = false;
  bool seen = false;
  unsigned log2_slots = store.limits.log2_slots_small;
  for (HashRanges ranges; !ranges.empty();) {
    KeyTable table(log2_slots);
    FindingList findings;
    std::vector<uint64_t> rows_of_parts(kMaxParts);
    const bool show = !std::exchange(seen, true);
    const auto ran =
        walk.Run(ranges.next(), table, findings, rows_of_parts, show ? rows_seen : RowsSeen());
    if (!ran.fits) {
      if (log2_slots == store.limits.log2_slots_large) ranges.Halve();
      log2_slots = store.limits.log2_slots_large;
      continue;
    }
    if (!std::exchange(told, true)) {
      for (const Finding& finding : findings.findings()) store.findings.Report(finding);
      live.rows_are_whole_ = ran.rows_are_whole;
      live.is_whole_ = ran.rows_are_whole && findings.worst() != Severity::kDamage;
      for (const uint64_t rows : rows_of_parts) live.bits_.emplace_back(rows);
    }
    table.ForEachLive([&](uint64_t row) {
      std::vector<bool>& bits = live.bits_[row >> kIndexBits];
      const uint64_t index = row & ((uint64_t{1} << kIndexBits) - 1);
      if (index >= bits.size()) return;  // the file changed meanwhile
      bits[index] = true;
      ++live.count_;
    });
    ranges.Done();
  }
  return live;
}

}  // namespace etcdf::mvcc
