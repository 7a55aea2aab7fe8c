#include "wal/log_findings.h"

#include <algorithm>
#include <string>

#include "base/counted.h"
#include "base/escape.h"
#include "wal/findings.h"
#include "wal/log.h"

namespace etcdf::wal {
namespace {

// How many stretches of lost entries one message names.
constexpr size_t kMaxRangesShown = 3;

// A jump of the index that a damaged entry may make and still be believed.
constexpr uint64_t kCredibleGap = 1 << 16;

std::string CrcText(uint32_t crc) { return FixedHex(crc, 8); }

std::string Text(const EntryId& id) {
  return "index " + std::to_string(id.index) + ", term " + std::to_string(id.term);
}

// Segments are in the order of their names.
bool Follows(const LogSegment& segment, const LogSegment& before) {
  return segment.name.sequence > before.name.sequence &&
         segment.name.sequence - before.name.sequence == 1;
}

bool SameEntry(const std::optional<EntryId>& a, const std::optional<EntryId>& b) {
  return a.has_value() == b.has_value() && (!a || (a->index == b->index && a->term == b->term));
}

void AppendClause(std::string& text, const std::string& clause) {
  if (!text.empty()) text += "; ";
  text += clause;
}

class Reporter {
 public:
  Reporter(const std::vector<LogSegment>& segments, const LogExtent& extent, LogSummary& summary,
           FindingSink& findings)
      : segments_(segments), extent_(extent), summary_(summary), findings_(findings) {}

  void Run() {
    summary_.index_unbroken = summary_.entries.index_first;
    ReportHead();
    for (size_t i = 0; i < segments_.size(); ++i) {
      ReportSegmentHead(segments_[i]);
      if (i > 0) ReportBoundary(i);
      ReportInside(i);
      const SegmentSummary& s = segments_[i].summary;
      if (s.entry_last) previous_ = s.entry_last;
      if (!s.snapshots.empty()) previous_snapshot_ = &s.snapshots.back();
      if (s.state_last) previous_state_ = s.state_last;
    }
    ReportEnd();
    summary_.index_trusted = trusted_.value_or(summary_.entries.index_last);
  }

 private:
  // --- what only the list of segments shows

  // Whether a snapshot record in the log makes the entries up to `index` obsolete.
  bool SnapshotCovers(uint64_t index) const {
    for (const LogSegment& segment : segments_) {
      for (const SnapshotEvent& snapshot : segment.summary.snapshots) {
        if (snapshot.id.index >= index) return true;
      }
    }
    return false;
  }

  // A log begins with entry 1 in segment 0, unless a snapshot made its head obsolete: etcd removes
  // only segments below a snapshot, whose record stands in what is left. A segment begins with the
  // entry that its name tells, or an earlier one that it overwrites (etcd v3.6.9, wal.go, cut).
  void ReportHead() {
    const LogSegment& first = segments_.front();
    const uint64_t expected = std::max<uint64_t>(first.name.index, 1);
    const auto& entry = first.summary.entry_first;
    if (entry && entry->index > expected && first.summary.damage.empty()) {
      ReportGap(0, first.summary.entry_first_at, {.index = expected - 1}, *entry);
    }
    if (first.name.sequence == 0) return;
    if (extent_.start && first.name.index <= *extent_.start) return;
    const bool covered = first.name.index > 0 && SnapshotCovers(first.name.index - 1);
    Finding finding{.kind = kPurgedHead,
                    .file = first.path,
                    .what = "the log begins with segment " + std::to_string(first.name.sequence) +
                            ", near index " + std::to_string(first.name.index),
                    .figures = {{"sequence", first.name.sequence}, {"index", first.name.index}}};
    if (covered || !extent_.is_directory) {
      finding.consequence =
          "earlier segments are not here; etcd purges those that snapshots made obsolete";
    } else {
      finding.kind = kMissingHead;
      finding.consequence =
          "no snapshot in the log makes the earlier segments obsolete: they are missing";
    }
    findings_.Report(std::move(finding));
  }

  void ReportSegmentHead(const LogSegment& segment) {
    const SegmentSummary& s = segment.summary;
    if (s.tail.at == 0 && s.damage.empty()) {
      Report({.kind = kEmpty,
              .file = segment.path,
              .offset = 0,
              .length = s.file_bytes,
              .what = s.file_bytes == 0 ? "the file is empty" : "the file holds no record",
              .consequence = "etcd begins every segment with a crc and a metadata record"});
    } else if (!s.metadata && s.tail.at > 0) {
      findings_.Report({.kind = kMissingMetadata,
                        .file = segment.path,
                        .what = "the segment does not say which member and cluster it belongs to",
                        .consequence = "etcd writes that at the head of each: the head is damaged, "
                                       "or another program wrote the segment"});
    }
  }

  // A segment against the ones before it.
  void ReportBoundary(size_t i) {
    const LogSegment& segment = segments_[i];
    const SegmentSummary& s = segment.summary;
    const LogSegment& before = segments_[i - 1];
    if (!Follows(segment, before)) {
      ReportMissingSegments(i);
    } else if (s.chain_begin && before.summary.chain_end != 0 &&
               before.summary.tail.kind != Tail::Kind::kDamaged &&
               before.summary.chain_end != *s.chain_begin) {
      Report({.kind = kChainBreak,
              .file = segment.path,
              .offset = 0,
              .what = "the segment continues a log whose checksum was " + CrcText(*s.chain_begin) +
                      ", and the segment before ends with " + CrcText(before.summary.chain_end),
              .consequence = "records at the end of the segment before are missing, or the two are "
                             "not of one log",
              .figures = {{"stored_crc", *s.chain_begin},
                          {"computed_crc", before.summary.chain_end}}});
    }
    if (s.metadata && (s.metadata->node_id != summary_.metadata.node_id ||
                       s.metadata->cluster_id != summary_.metadata.cluster_id)) {
      Report({.kind = kConflictingMetadata,
              .file = segment.path,
              .what = "the segment names another member or cluster than the first one",
              .consequence = "segments of different members lie in one directory"});
    }
    if (s.entry_first && previous_) ReportSeam(i);
    if (s.state_first && previous_state_ &&
        (s.state_first->term < previous_state_->term ||
         s.state_first->commit < previous_state_->commit)) {
      ReportRegression(
          i, {.at = s.state_first_at, .before = *previous_state_, .state = *s.state_first});
    }
  }

  void ReportMissingSegments(size_t i) {
    const LogSegment& before = segments_[i - 1];
    const LogSegment& segment = segments_[i];
    std::string what = "segment number " + std::to_string(segment.name.sequence) + " follows " +
                       std::to_string(before.name.sequence);
    std::vector<FindingFigure> figures = {{"found_sequence", segment.name.sequence}};
    if (segment.name.sequence > before.name.sequence) {
      const uint64_t expected = before.name.sequence + 1;
      what += ": the sequence has a gap, missing from " + FixedHex(expected, 16) + " on";
      figures.insert(figures.begin(), {"expected_sequence", expected});
    }
    std::string consequence;
    const auto& first = segment.summary.entry_first;
    if (first && previous_ && first->index > previous_->index + 1) {
      consequence = LossOf(previous_->index + 1, first->index - 1, {}).text;
    }
    Report({.kind = kMissingSegment,
            .file = segment.path,
            .what = what,
            .consequence = consequence,
            .figures = std::move(figures)});
  }

  // The first entry of a segment against the last one of those before.
  void ReportSeam(size_t i) {
    const SegmentSummary& s = segments_[i].summary;
    const bool explained = !Follows(segments_[i], segments_[i - 1]) ||
                           segments_[i - 1].summary.tail.kind == Tail::Kind::kDamaged ||
                           (!s.damage.empty() && !s.damage.front().before);
    ReportBreak(i, {.at = s.entry_first_at,
                    .before = *previous_,
                    .entry = *s.entry_first,
                    .commit = previous_state_ ? previous_state_->commit : 0,
                    .follows_damage = explained});
  }

  void ReportEnd() {
    const LogSegment& last = segments_.back();
    uint64_t known = previous_ ? previous_->index : 0;
    for (const LogSegment& segment : segments_) {
      for (const SnapshotEvent& snapshot : segment.summary.snapshots) {
        known = std::max(known, snapshot.id.index);
      }
    }
    const EntryId end = previous_.value_or(EntryId{});
    if (previous_snapshot_ != nullptr && previous_snapshot_->id.index > end.index && !trusted_) {
      ReportGap(segments_.size() - 1, last.summary.tail.at, end, previous_snapshot_->id.index,
                "the log ends at index " + std::to_string(end.index));
    }
    if (last.name.index > 0) known = std::max(known, last.name.index - 1);
    const uint64_t commit = summary_.state.commit;
    if (commit > known) {
      findings_.Report({.kind = kCommitBeyondLog,
                        .file = last.path,
                        .what = "the hard state says that index " + std::to_string(commit) +
                                " is committed, and the log ends at " + std::to_string(known),
                        .consequence = LossOf(known + 1, commit, {}).text,
                        .figures = {{"commit", commit}, {"index_last", known}}});
    }
  }

  // --- what the scan of one segment met, in file order

  void ReportInside(size_t i) {
    const SegmentSummary& s = segments_[i].summary;
    auto next_break = s.breaks.begin();
    for (size_t k = 0; k < s.damage.size(); ++k) {
      for (; next_break != s.breaks.end() && next_break->at < s.damage[k].damage.at; ++next_break) {
        ReportBreak(i, *next_break);
      }
      ReportDamage(i, k);
    }
    for (; next_break != s.breaks.end(); ++next_break) ReportBreak(i, *next_break);
    for (const StateRegression& regression : s.regressions) ReportRegression(i, regression);
    if (s.events_dropped > 0) {
      findings_.Report({.kind = kMoreDamage,
                        .file = segments_[i].path,
                        .what = Counted(s.events_dropped, "more place like those above is",
                                        "more places like those above are") +
                                " not listed",
                        .figures = {{"count", s.events_dropped}}});
    }
  }

  void ReportDamage(size_t i, size_t k) {
    const DamageEvent& event = segments_[i].summary.damage[k];
    const Damage& damage = event.damage;
    Finding finding{.kind = damage.kind,
                    .file = segments_[i].path,
                    .offset = damage.at,
                    .length = damage.end - damage.at,
                    .what = damage.what};
    if (damage.mismatch) {
      const auto [stored, computed] = *damage.mismatch;
      finding.what += " (stored " + CrcText(stored) + ", computed " + CrcText(computed) + ")";
      finding.figures.push_back({"stored_crc", stored});
      finding.figures.push_back({"computed_crc", computed});
    }
    if (damage.length_field) {
      finding.what += " (0x" + FixedHex(*damage.length_field, 16) + ")";
      finding.figures.push_back({"length_field", *damage.length_field});
    }
    DescribeResumption(damage, finding);
    if (event.damaged) {
      AppendClause(finding.consequence, "it reads as an entry, " + Text(*event.damaged));
      finding.figures.push_back({"damaged_index", event.damaged->index});
    }
    DescribeLoss(i, k, finding);
    const bool chain_holds =
        !damage.skipped && (damage.kind.id == kBadLength.id || damage.kind.id == kTruncated.id);
    if (chain_holds) return findings_.Report(std::move(finding));
    Report(std::move(finding), event.before);
  }

  // How many bytes were passed over, and where reading went on.
  static void DescribeResumption(const Damage& damage, Finding& finding) {
    if (!damage.skipped) {
      if (damage.is_tail) {
        AppendClause(finding.consequence, "etcd drops that record when it starts");
      }
      return;
    }
    const uint64_t bytes = damage.end - damage.at;
    finding.figures.push_back({"skipped_bytes", bytes});
    if (!damage.is_tail) {
      AppendClause(finding.consequence, Counted(bytes, "byte", "bytes") +
                                            " skipped, reading resumed at " +
                                            std::to_string(damage.end));
      finding.figures.push_back({"resumed_at", damage.end});
    } else if (damage.kind.id == kTornTail.id) {
      AppendClause(finding.consequence,
                   "the last write did not complete, as happens when power fails; etcd drops it "
                   "when it starts");
    } else {
      AppendClause(finding.consequence, "nothing after it can be read in this segment");
    }
  }

  // Which entries a stretch of damage cost. Several stretches may lie between the same two entries;
  // the loss is told with the first.
  void DescribeLoss(size_t i, size_t k, Finding& finding) const {
    const std::vector<DamageEvent>& events = segments_[i].summary.damage;
    const DamageEvent& event = events[k];
    if (k > 0 && SameEntry(events[k - 1].after, event.after) &&
        SameEntry(events[k - 1].before, event.before)) {
      return;
    }
    const std::optional<EntryId> before = event.before ? event.before : previous_;
    std::optional<EntryId> after = event.after ? event.after : FirstEntryAfter(i);
    std::vector<uint64_t> still_read;
    for (size_t other = k; other < events.size() && SameEntry(events[other].after, event.after);
         ++other) {
      if (events[other].damaged) still_read.push_back(events[other].damaged->index);
    }
    // At the log's end the damaged entry itself tells what is missing before it, unless its index
    // looks damaged, too.
    if (before && !after && !still_read.empty() && still_read[0] > before->index &&
        still_read[0] - before->index <= kCredibleGap) {
      after = EntryId{.index = still_read[0], .term = 0};
    }
    if (!before || !after || after->index <= before->index + 1) return;
    std::ranges::sort(still_read);
    const Loss loss = LossOf(before->index + 1, after->index - 1, still_read);
    if (loss.entries == 0) return;
    AppendClause(finding.consequence, loss.text);
    finding.figures.push_back({"entries_lost", loss.entries});
    finding.figures.push_back({"entries_lost_committed", loss.committed});
  }

  void ReportBreak(size_t i, const IndexBreak& at_break) {
    const EntryId& before = at_break.before;
    const EntryId& entry = at_break.entry;
    if (entry.index == before.index + 1) {
      if (entry.term >= before.term) return;
      Report(
          {.kind = kTermRegression,
           .file = segments_[i].path,
           .offset = at_break.at,
           .what =
               "the entry (" + Text(entry) + ") follows one of a later term (" + Text(before) + ")",
           .consequence = "terms never decrease along a raft log: one of the two is not genuine"},
          before);
    } else if (entry.index > before.index + 1) {
      if (!at_break.follows_damage) ReportGap(i, at_break.at, before, entry);
    } else if (entry.index <= at_break.commit) {
      Report({.kind = kCommittedOverwritten,
              .file = segments_[i].path,
              .offset = at_break.at,
              .what = "the entry (" + Text(entry) + ") overwrites index " +
                      std::to_string(entry.index) + ", while " + std::to_string(at_break.commit) +
                      " was already committed",
              .consequence = "raft never takes back what is committed"},
             EntryId{.index = entry.index - 1});
    }
  }

  // Whether entries up to `last` are not in the log because the member took this snapshot from the
  // leader in their place: the log goes on right behind it (raft v3.6.0, log.go, restore). A member
  // that votes alone has no leader but itself.
  bool TakesPlace(const SnapshotEvent* snapshot, uint64_t last) const {
    return snapshot != nullptr && snapshot->id.index == last &&
           (snapshot->only_voter == 0 || snapshot->only_voter != summary_.metadata.node_id);
  }

  // The entries behind `before`, up to `last`, are not in the log, as `what` shows at offset `at`
  // of segment `i`.
  void ReportGap(size_t i, uint64_t at, const EntryId& before, uint64_t last, std::string what) {
    const auto& here = segments_[i].summary.snapshots;
    const auto next = std::ranges::lower_bound(here, at, {}, &SnapshotEvent::at);
    const SnapshotEvent* const snapshot = next == here.begin() ? previous_snapshot_ : &*(next - 1);
    const uint64_t first = before.index + 1;
    if (TakesPlace(snapshot, last)) {
      summary_.index_unbroken = last + 1;
      if (snapshot->commit < before.index) {
        summary_.dropped.push_back({.after = snapshot->commit, .until = before.index});
      }
      return findings_.Report({.kind = kSnapshotJump,
                               .file = segments_[i].path,
                               .offset = at,
                               .what = std::move(what) + "; the snapshot of index " +
                                       std::to_string(last) + " takes the place of the others",
                               .consequence = "a member that lagged behind, or joined late, has "
                                              "it from the leader",
                               .figures = {{"index_first", first}, {"index_last", last}}});
    }
    const Loss loss = LossOf(first, last, {});
    Report(
        {.kind = kIndexGap,
         .file = segments_[i].path,
         .offset = at,
         .what = std::move(what),
         .consequence = loss.text,
         .figures = {{"entries_lost", loss.entries}, {"entries_lost_committed", loss.committed}}},
        before);
  }
  void ReportGap(size_t i, uint64_t at, const EntryId& before, const EntryId& entry) {
    ReportGap(i, at, before, entry.index - 1,
              "index " + std::to_string(entry.index) + " stands where " +
                  std::to_string(before.index + 1) + " is expected");
  }

  void ReportRegression(size_t i, const StateRegression& regression) {
    Report({.kind = kStateRegression,
            .file = segments_[i].path,
            .offset = regression.at,
            .what = "the hard state goes back from term " + std::to_string(regression.before.term) +
                    ", commit " + std::to_string(regression.before.commit) + " to term " +
                    std::to_string(regression.state.term) + ", commit " +
                    std::to_string(regression.state.commit),
            .consequence = "neither ever decreases on a member"},
           regression.entry_before);
  }

  // --- what both need

  // Reports, and remembers the last entry before all damage.
  void Report(Finding finding, std::optional<EntryId> before = {}) {
    if (finding.kind.severity == Severity::kDamage) {
      const std::optional<EntryId> last = before ? before : previous_;
      const uint64_t trusted = last ? last->index : 0;
      if (!trusted_ || trusted < *trusted_) {
        trusted_ = trusted;
        if (trusted > 0) {
          AppendClause(finding.consequence,
                       "the log can be trusted up to index " + std::to_string(trusted));
        }
        finding.figures.push_back({"last_trusted_index", trusted});
      }
    }
    findings_.Report(std::move(finding));
  }

  struct Loss {
    uint64_t entries = 0;
    uint64_t committed = 0;
    std::string text;
  };

  // The entries from `first` to `last`, but for those that were `still_read` (ascending).
  Loss LossOf(uint64_t first, uint64_t last, const std::vector<uint64_t>& still_read) const {
    Loss loss;
    std::string ranges;
    size_t shown = 0;
    const auto lose = [&](uint64_t from, uint64_t to) {
      if (from > to) return;
      loss.entries += to - from + 1;
      if (summary_.commit >= from) loss.committed += std::min(summary_.commit, to) - from + 1;
      if (++shown > kMaxRangesShown) return;
      ranges += shown > 1 ? ", " : (from == to ? "entry " : "entries ");
      ranges += std::to_string(from);
      if (from != to) ranges += " to " + std::to_string(to);
    };
    uint64_t next = first;
    for (const uint64_t index : still_read) {
      if (index < next || index > last) continue;
      lose(next, index - 1);
      next = index + 1;
    }
    lose(next, last);
    if (loss.entries == 0) return loss;
    if (shown > kMaxRangesShown) ranges += ", ...";
    const bool one = loss.entries == 1;
    loss.text = ranges + (one ? " is lost, " : " are lost, ");
    if (loss.committed == loss.entries) {
      loss.text += one ? "and was committed" : "all of them committed";
    } else if (loss.committed == 0) {
      loss.text += one ? "not known to be committed" : "none known to be committed";
    } else {
      loss.text += std::to_string(loss.committed) + " of them committed";
    }
    return loss;
  }

  std::optional<EntryId> FirstEntryAfter(size_t segment) const {
    for (size_t i = segment + 1; i < segments_.size(); ++i) {
      if (segments_[i].summary.entry_first) return segments_[i].summary.entry_first;
    }
    return std::nullopt;
  }

  const std::vector<LogSegment>& segments_;
  const LogExtent& extent_;
  LogSummary& summary_;
  FindingSink& findings_;
  std::optional<EntryId> previous_;                   // the last entry of the segments before
  const SnapshotEvent* previous_snapshot_ = nullptr;  // likewise, the last snapshot record
  std::optional<wire::HardState> previous_state_;     // the last hard state of the segments before
  std::optional<uint64_t> trusted_;
};

}  // namespace

void ReportLogFindings(const std::vector<LogSegment>& segments, const LogExtent& extent,
                       LogSummary& summary, FindingSink& findings) {
  Reporter(segments, extent, summary, findings).Run();
}

}  // namespace etcdf::wal
