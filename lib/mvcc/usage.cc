#include "mvcc/usage.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "checksum/fingerprint.h"
#include "mvcc/hash_range.h"
#include "mvcc/key_row.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::mvcc {
namespace {

using Group = UsageReport::Group;

bool IsLarger(const Group& a, const Group& b) {
  return a.usage.bytes != b.usage.bytes ? a.usage.bytes > b.usage.bytes : a.name < b.name;
}

// Groups, filled by several threads. Some 130 bytes each.
class GroupTable {
 public:
  // Returns how many groups there are.
  uint64_t Add(uint64_t hash, std::string_view name, const Usage& usage) {
    Shard& shard = shards_[hash % shards_.size()];
    const std::scoped_lock lock(shard.mutex);
    const auto [group, is_new] = shard.groups.try_emplace(name);
    group->second.Add(usage);
    return is_new ? ++count_ : count_.load(std::memory_order_relaxed);
  }

  void MoveTo(std::vector<Group>& groups) {
    for (Shard& shard : shards_) {
      for (const auto& [name, usage] : shard.groups) groups.push_back({name, usage});
      shard.groups.clear();
    }
  }

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string_view, Usage> groups;
  };
  std::array<Shard, 64> shards_;
  std::atomic<uint64_t> count_ = 0;
};

class Measurement {
 public:
  Measurement(const Store& store, const UsageQuery& query, const LiveRows* live)
      : store_(store), query_(query), live_(live) {}

  // Counts the groups in `range`; false if there are more than fit.
  bool Run(const backend::Bucket& bucket, HashRange range, GroupTable& groups,
           FindingSink& findings) const {
    std::atomic<bool> full = false;
    ForEachPart(bucket, findings, [&](PartScan& part) {
      const UsageQuery::RowGroup group_of = GroupOfRow();
      uint64_t index = 0;
      for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
        if (full.load(std::memory_order_relaxed)) return;
        for (const backend::Row& row : rows) {
          const bool is_live = live_ != nullptr && live_->Holds(part.ordinal(), index++);
          const uint64_t count = AddRow(row, is_live, group_of, range, groups, part.findings());
          if (count > store_.limits.usage_groups && !range.is_last()) full = true;
        }
      }
    });
    return !full;
  }

 private:
  UsageQuery::RowGroup GroupOfRow() const {
    if (query_.row_grouper) return query_.row_grouper();
    return [this](const KeyRow& row) { return query_.group_of(AsText(row.kv.key)); };
  }

  uint64_t AddRow(const backend::Row& row, bool is_live, const UsageQuery::RowGroup& group_of,
                  HashRange range, GroupTable& groups, FindingSink& findings) const {
    const auto decoded = DecodeKeyRow(row, store_.file, findings);
    if (!decoded) return 0;
    const int64_t revision = decoded->at.revision.main;
    if (revision < query_.revision_first || revision > query_.revision_last) return 0;
    const std::string_view key = AsText(decoded->kv.key);
    if (!key.starts_with(query_.prefix)) return 0;
    const std::string_view name = group_of(*decoded);
    const uint64_t hash = Fingerprint(AsBytes(name));
    if (!range.Holds(hash)) return 0;
    const uint64_t bytes = row.key.size() + row.value.size();
    const bool tombstone = decoded->at.tombstone;
    return groups.Add(hash, name,
                      {.puts = tombstone ? 0U : 1U,
                       .tombstones = tombstone ? 1U : 0U,
                       .bytes = bytes,
                       .live_keys = is_live ? 1U : 0U,
                       .live_bytes = is_live ? bytes : 0,
                       .largest_value_bytes = decoded->kv.value.size(),
                       .largest_value_key = key});
  }

  const Store& store_;
  const UsageQuery& query_;
  const LiveRows* live_;
};

// Leaves the largest in report.groups, and adds what does not fit to the others.
void KeepLargest(UsageReport& report, size_t top) {
  if (report.groups.size() <= top) return;
  const auto end = report.groups.begin() + static_cast<ptrdiff_t>(top);
  std::nth_element(report.groups.begin(), end, report.groups.end(), IsLarger);
  for (auto group = end; group != report.groups.end(); ++group) report.others.Add(group->usage);
  report.other_groups += report.groups.size() - top;
  report.groups.erase(end, report.groups.end());
}

}  // namespace

void Usage::Add(const Usage& other) {
  puts += other.puts;
  tombstones += other.tombstones;
  bytes += other.bytes;
  live_keys += other.live_keys;
  live_bytes += other.live_bytes;
  const bool same_size = other.largest_value_bytes == largest_value_bytes;
  if (other.largest_value_bytes > largest_value_bytes ||
      (same_size && (largest_value_key.empty() || other.largest_value_key < largest_value_key))) {
    largest_value_bytes = other.largest_value_bytes;
    largest_value_key = other.largest_value_key;
  }
}

UsageReport MeasureUsage(const Store& store, const UsageQuery& query, const LiveRows* live) {
  UsageReport report;
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (!bucket) return report;
  const size_t top =
      query.top == 0 ? UsageReport::kMaxGroups
                     : static_cast<size_t>(std::min<uint64_t>(query.top, UsageReport::kMaxGroups));
  const Measurement measurement(store, query, live);
  bool told = live != nullptr;
  for (HashRanges ranges; !ranges.empty();) {
    GroupTable groups;
    FindingList findings;
    if (!measurement.Run(*bucket, ranges.next(), groups, findings)) {
      ranges.Halve();
      continue;
    }
    if (!std::exchange(told, true)) {
      for (const Finding& finding : findings.findings()) store.findings.Report(finding);
    }
    groups.MoveTo(report.groups);
    KeepLargest(report, top);
    ranges.Done();
  }
  std::sort(report.groups.begin(), report.groups.end(), IsLarger);
  report.total = report.others;
  for (const Group& group : report.groups) report.total.Add(group.usage);
  return report;
}

}  // namespace etcdf::mvcc
