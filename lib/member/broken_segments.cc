#include "member/broken_segments.h"

#include <map>
#include <string>
#include <vector>

#include "base/counted.h"
#include "io/mapped_file.h"
#include "wal/credible.h"
#include "wal/segment_scan.h"

namespace etcdf::member {
namespace {

constexpr std::string_view kSuffix = ".wal.broken";

using TermsByIndex = std::map<uint64_t, uint64_t>;

// As the copy's last word has them: an entry takes the place of those from its index on.
TermsByIndex EntriesOf(Bytes segment) {
  TermsByIndex terms;
  wal::SegmentReader reader(segment, wal::SegmentRole::kLast, wal::Checking::kOn, nullptr);
  wal::ScannedRecord scanned;
  while (reader.Next(scanned)) {
    if (scanned.record.type != wal::RecordType::kEntry) continue;
    if (scanned.crc_state != wal::CrcState::kMatches || scanned.after_damage) continue;
    const auto entry = wire::DecodeEntry(scanned.record.data);
    if (!entry || !wal::IsCredible(*entry)) continue;
    terms.erase(terms.lower_bound(entry->index), terms.end());
    terms.emplace(entry->index, entry->term);
  }
  return terms;
}

// Takes away those that the log has, and those of its head that was purged.
void TakeAwayLogged(const wal::Log& log, TermsByIndex& terms) {
  const uint64_t first = log.summary().entries.index_first;
  if (first > 0) terms.erase(terms.begin(), terms.lower_bound(first));
  std::vector<wal::LogEntry> entries;
  for (const wal::Chunk& chunk : log.chunks()) {
    if (terms.empty()) return;
    const wal::IndexRange range{.after = terms.begin()->first - 1, .until = terms.rbegin()->first};
    if (!wal::Log::MayHold(chunk, range)) continue;
    log.ReadChunk(chunk, entries);
    for (const wal::LogEntry& logged : entries) {
      const auto found = terms.find(logged.entry.index);
      const bool is_same = found != terms.end() && found->second == logged.entry.term;
      if (is_same && !logged.superseded_by) terms.erase(found);
    }
  }
}

void ReportMore(const std::string& path, const std::string& copy, const TermsByIndex& missing,
                uint64_t commit, FindingSink& findings) {
  const uint64_t first = missing.begin()->first;
  const uint64_t last = missing.rbegin()->first;
  const auto committed =
      static_cast<uint64_t>(std::distance(missing.begin(), missing.upper_bound(commit)));
  std::string text = copy + ", of which the log does not have " +
                     Counted(missing.size(), "entry", "entries") + ", index " +
                     std::to_string(first);
  if (first != last) text += " to " + std::to_string(last);
  const std::string known = committed == 0 ? "none is known to be committed"
                                           : Counted(committed, "was known to be committed",
                                                     "were known to be committed");
  findings.Report({.kind = kBrokenHoldsMore,
                   .file = path,
                   .what = text,
                   .consequence = "they are whole, and were cut off; " + known,
                   .figures = {{"index_first", first},
                               {"index_last", last},
                               {"entries_lost", missing.size()},
                               {"entries_lost_committed", committed}}});
}

void Check(const std::string& path, const wal::Log& log, FindingSink& findings) {
  const auto mapped = io::MappedFile::Open(path);
  if (!mapped) {
    findings.Report({.kind = io::kUnreadable, .file = path, .what = mapped.error().Reason()});
    return;
  }
  const wal::SegmentSummary broken =
      wal::ScanSegment(mapped->bytes(), 0, wal::SegmentRole::kLast, nullptr);
  uint64_t records = 0;
  for (const uint64_t count : broken.records_by_type) records += count;
  const std::string copy =
      "the copy of a segment that etcd made before it repaired the log holds " +
      Counted(records, "record", "records") + ", " + Counted(broken.entries, "entry", "entries");
  TermsByIndex missing = EntriesOf(mapped->bytes());
  TakeAwayLogged(log, missing);
  if (!missing.empty()) return ReportMore(path, copy, missing, broken.commit, findings);
  findings.Report({.kind = kBrokenSegment,
                   .file = path,
                   .what = copy,
                   .consequence = "the log has all of them that are whole"});
}

}  // namespace

void CheckBrokenSegments(const wal::Log& log, const io::DataDir& dir, FindingSink& findings) {
  for (const std::string& path : dir.leftovers) {
    if (path.ends_with(kSuffix)) Check(path, log, findings);
  }
}

}  // namespace etcdf::member
