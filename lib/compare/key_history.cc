#include "compare/key_history.h"

#include <algorithm>
#include <compare>
#include <set>
#include <string>
#include <string_view>

#include "compare/row_stream.h"
#include "compare/same_stretches.h"
#include "compare/state_rows.h"
#include "mvcc/parallel_scan.h"

namespace etcdf::compare {
namespace {

using mvcc::Revision;

// The window as ranges of one length, and in front the state that the compact revision left.
class Ranges {
 public:
  Ranges(Window window, size_t members) : window_(window) {
    const auto add = [&](int64_t first, int64_t last) {
      ranges_.push_back(
          {.first = first, .last = last, .members = std::vector<RevisionRange::Count>(members)});
    };
    const int64_t width = window.until - window.compacted;
    if (window.compacted > 0 || width == 0)
      add(std::min<int64_t>(1, window.compacted), window.compacted);
    in_window_ = ranges_.size();
    length_ = std::max<int64_t>(
        1, width / RevisionRange::kMaxRanges + (width % RevisionRange::kMaxRanges != 0 ? 1 : 0));
    for (int64_t offset = 0; offset < width;) {
      const int64_t length = std::min(length_, width - offset);
      add(window.compacted + offset + 1, window.compacted + offset + length);
      offset += length;
    }
  }

  std::span<RevisionRange> all() { return ranges_; }
  RevisionRange& At(int64_t main) { return ranges_[IndexOf(main)]; }
  size_t IndexOf(int64_t main) const {
    if (main <= window_.compacted) return 0;
    const int64_t offset = std::min(main, window_.until) - window_.compacted - 1;
    return in_window_ + static_cast<size_t>(offset / length_);
  }

  std::vector<RevisionRange> Take() { return std::move(ranges_); }

 private:
  Window window_;
  std::vector<RevisionRange> ranges_;
  size_t in_window_ = 0;
  int64_t length_ = 1;
};

// How the members' rows at one revision fall apart: members of the same number agree, -1 has none.
struct Groups {
  std::vector<int> of_member;
  // The number more members have than any other, whose rows the others' are held against.
  int leading = 0;
  bool leads = false;
  std::optional<int> majority;  // more than half of the nodes have it

  Groups(std::vector<int> numbers, const Nodes& nodes) : of_member(std::move(numbers)) {
    size_t most = 0;
    for (const int number : of_member) {
      const auto count = static_cast<size_t>(std::ranges::count(of_member, number));
      if (number == leading && most > 0) continue;
      leads = count == most ? false : count > most || leads;
      if (count > most) {
        most = count;
        leading = number;
      }
    }
    majority = nodes.MajorityOf(of_member);
    if (majority) {
      leading = *majority;
      leads = true;
    }
  }
  bool agreed() const {
    return std::ranges::all_of(of_member, [&](int number) { return number == of_member.front(); });
  }
};

// How well one member's following rows fit another's when its numbers are moved.
struct Fit {
  int met = 0;
  int matched = 0;  // of them: the same key, value and lease
  int proven = 0;   // of these: the same version and create revision, too

  bool good() const { return met > 0 && matched * 4 >= met * 3; }
};

class Comparer {
 public:
  Comparer(std::span<const mvcc::Store> members, Window window, const Nodes& nodes)
      : members_(members),
        window_(window),
        nodes_(nodes),
        ranges_(window, members.size()),
        scouts_(members.size()) {
    for (size_t i = 0; i < members.size(); ++i) {
      streams_.emplace_back(i, members[i].database, members[i].findings);
      states_.emplace_back(members[i], window.compacted);
    }
  }

  KeyHistoryComparison Run() {
    same_ = FindSameStretches(members_, ranges_.all());
    while (const auto revision = Lowest()) {
      if (IsBehindEnd(*revision)) break;
      if (PassSameStretch(*revision)) continue;
      const Groups groups = GroupAt(*revision, /*state_only=*/false);
      if (!groups.agreed()) {
        if (TryShift(*revision, groups)) continue;
        Record(*revision);
      }
      ++result_.rows_compared;
      ++ranges_.At(revision->main).rows;
      AdvanceFrom(*revision);
    }
    result_.ranges = ranges_.Take();
    return std::move(result_);
  }

 private:
  // Rows looked at ahead before a shift is believed, and the shifts tried.
  static constexpr int kAhead = 24;
  static constexpr int64_t kMaxShift = 16;
  // Where no shift explains what follows, the next attempt waits; at most so many revisions.
  static constexpr int64_t kMaxPatience = 4096;
  static constexpr size_t kMaxTouched = 100'000;

  std::optional<Revision> Lowest() const {
    std::optional<Revision> lowest;
    for (const RowStream& stream : streams_) {
      if (stream.has_row() && (!lowest || stream.revision() < *lowest)) lowest = stream.revision();
    }
    return lowest;
  }

  // If all members stand at the beginning of a stretch that is the same on all, goes behind it.
  bool PassSameStretch(Revision revision) {
    const size_t range = ranges_.IndexOf(revision.main);
    if (!same_[range]) return false;
    for (size_t i = 0; i < streams_.size(); ++i) {
      const RowStream& stream = streams_[i];
      if (stream.is_shifted() || !stream.has_row() ||
          stream.row().key.data() != same_[range]->first_keys[i]) {
        return false;
      }
    }
    RevisionRange& passed = ranges_.all()[range];
    passed.rows += same_[range]->rows;
    result_.rows_compared += same_[range]->rows;
    for (RowStream& stream : streams_) stream.PassOwn(passed.last);
    return true;
  }

  // A member that is ahead of the others has its last revision before theirs of the same number:
  // what they have behind it, it may have yet to write.
  bool IsBehindEnd(Revision revision) const {
    return revision.main > window_.until ||
           std::ranges::any_of(streams_, [&](const RowStream& stream) {
             return stream.is_shifted() && !stream.has_row() &&
                    revision.main > stream.Common(stream.own().revision.main);
           });
  }

  bool IsAt(size_t member, Revision revision) const {
    return streams_[member].has_row() && streams_[member].revision() == revision;
  }

  // With `state_only`, rows count as absent that are not part of the state as of the compact
  // revision.
  Groups GroupAt(Revision revision, bool state_only) {
    std::vector<int> numbers(streams_.size(), -1);
    for (size_t i = 0; i < streams_.size(); ++i) {
      if (!IsAt(i, revision) || (state_only && !InState(i))) continue;
      numbers[i] = static_cast<int>(i);
      for (size_t j = 0; j < i; ++j) {
        if (numbers[j] != static_cast<int>(j) || !SameRow(streams_[i], streams_[j])) continue;
        numbers[i] = static_cast<int>(j);
        break;
      }
    }
    return {std::move(numbers), nodes_};
  }

  bool InState(size_t member) {
    const mvcc::RowRevision& own = streams_[member].own();
    return !own.tombstone && states_[member].Holds(own.revision);
  }

  void AdvanceFrom(Revision revision) {
    for (size_t i = 0; i < streams_.size(); ++i) {
      if (IsAt(i, revision)) streams_[i].Advance();
    }
  }

  void Record(Revision revision) {
    result_.same_keys = result_.same_keys && AreOfOneKey(revision);
    const bool compacted = revision.main <= window_.compacted;
    const Groups groups = GroupAt(revision, compacted);
    if (groups.agreed()) {
      CountCompacted(revision);
      return;
    }
    RevisionDifference difference{.revision = revision};
    for (size_t i = 0; i < streams_.size(); ++i) {
      if (groups.of_member[i] >= 0) difference.sides.push_back(streams_[i].Side());
      if (groups.majority && groups.of_member[i] != *groups.majority) {
        difference.minority.push_back(i);
      }
    }
    difference.kind = KindOf(difference.sides, streams_.size(), groups.majority == -1);
    const bool consequence = difference.kind == DifferenceKind::kMetadata &&
                             touched_.contains(AsText(difference.sides.front().row.key));
    std::vector<RevisionRange::Count>& counts = ranges_.At(revision.main).members;
    for (size_t i = 0; i < streams_.size(); ++i) {
      if (groups.leads && groups.of_member[i] == groups.leading) continue;
      ++(consequence ? counts[i].consequences : counts[i].different);
    }
    if (consequence) {
      ++result_.consequences;
    } else {
      Keep(std::move(difference));
    }
  }

  bool AreOfOneKey(Revision revision) const {
    std::optional<Bytes> key;
    return std::ranges::all_of(streams_, [&](const RowStream& stream) {
      if (!stream.has_row() || stream.revision() != revision) return false;
      const auto row = mvcc::ParseKeyValue(stream.row().value);
      if (!key && row) key = row->key;
      return row && Equal(row->key, *key) &&
             stream.own().tombstone == streams_.front().own().tombstone;
    });
  }

  void Keep(RevisionDifference difference) {
    if (result_.revisions_differing == 0 || difference.revision.main != last_main_) {
      ++result_.revisions_differing;
    }
    last_main_ = difference.revision.main;
    for (const RowSide& side : difference.sides) {
      if (touched_.size() < kMaxTouched) touched_.emplace(AsText(side.row.key));
    }
    if (result_.differences.size() < KeyHistoryComparison::kMaxDifferences) {
      result_.differences.push_back(std::move(difference));
    }
  }

  void CountCompacted(Revision revision) {
    const auto tombstone = [&](size_t i) {
      return IsAt(i, revision) && streams_[i].own().tombstone;
    };
    bool any = false;
    for (size_t i = 0; i < streams_.size(); ++i) any = any || tombstone(i);
    ++(any ? result_.tombstones_of_compaction : result_.rows_of_compaction);
  }

  // If one member's rows from here on fit the others' with its numbers moved, moves them.
  bool TryShift(Revision revision, const Groups& groups) {
    if (revision.main < next_attempt_) return false;
    for (size_t subject = 0; subject < streams_.size(); ++subject) {
      const auto reference = ReferenceFor(subject, groups);
      if (!reference) continue;
      if (FitsUnmoved(subject, *reference, revision)) return Postpone(revision, 1);
      for (int64_t by = 1; by <= kMaxShift; ++by) {
        for (const int64_t shift : {by, -by}) {
          const Fit fit = FitOf(subject, *reference, shift, revision);
          // Where the same writes come again and again, contents fit and versions do not.
          if (!fit.good() || fit.proven == 0) continue;
          Move(subject, shift);
          patience_ = 1;
          next_attempt_ = revision.main + by;
          return true;
        }
      }
    }
    return Postpone(revision, std::min(patience_ * 2, kMaxPatience));
  }

  // Behind this revision, or at least behind as many as a shift might explain: a member that counts
  // otherwise does not come to count as the others do again.
  bool FitsUnmoved(size_t subject, size_t reference, Revision revision) {
    return FitOf(subject, reference, 0, revision).good() ||
           FitOf(subject, reference, 0, {.main = revision.main + kMaxShift, .sub = 0}).good();
  }

  bool Postpone(Revision revision, int64_t patience) {
    patience_ = patience;
    next_attempt_ = revision.main + patience_;
    return false;
  }

  // The member to hold `subject` against: of the majority, which it is not of; of two members, the
  // other one, the first being held against the second.
  std::optional<size_t> ReferenceFor(size_t subject, const Groups& groups) const {
    if (!streams_[subject].has_row()) return std::nullopt;
    for (size_t i = 0; i < streams_.size(); ++i) {
      const bool stands = groups.leads ? groups.of_member[i] == groups.leading &&
                                             groups.of_member[subject] != groups.leading
                                       : streams_.size() == 2 && i != subject;
      if (stands) return i;
    }
    return std::nullopt;
  }

  // A stream to look ahead with, at the member's row. One for each member, as making one costs more
  // than a look.
  RowStream& ScoutFor(size_t member) {
    std::optional<RowStream>& scout = scouts_[member];
    if (!scout) scout.emplace(member, members_[member].database, unheard_);
    scout->Follow(streams_[member]);
    return *scout;
  }

  Fit FitOf(size_t subject, size_t reference, int64_t by, Revision from) {
    RowStream& a = ScoutFor(subject);
    RowStream& b = ScoutFor(reference);
    if (!a.has_row() || !b.has_row()) return {};
    const int64_t own = a.own().revision.main;
    if (by < 0) a.SeekOwn(own - by);
    if (by != 0) a.AddShift(by < 0 ? own - by : own, by);
    const int64_t begin = by == 0 ? from.main + 1 : std::max(from.main, from.main + by);
    const auto skip = [begin](RowStream& stream) {
      while (stream.has_row() && stream.revision().main < begin) stream.Advance();
    };
    skip(a);
    skip(b);
    Fit fit;
    for (; fit.met < kAhead && a.has_row() && b.has_row(); ++fit.met) {
      const auto order = a.revision() <=> b.revision();
      if (std::is_eq(order) && SameContent(a, b)) {
        ++fit.matched;
        if (SameRow(a, b)) ++fit.proven;
      }
      if (std::is_lteq(order)) a.Advance();
      if (std::is_gteq(order)) b.Advance();
    }
    return fit;
  }

  // A member with revisions that the others lack has these recorded as extra, and goes on behind
  // them.
  void Move(size_t member, int64_t by) {
    RowStream& stream = streams_[member];
    const int64_t own = stream.own().revision.main;
    const int64_t from = by < 0 ? own - by : own;
    while (stream.has_row() && stream.own().revision.main < from) {
      RecordExtra(member);
      stream.Advance();
    }
    stream.AddShift(from, by);
    result_.same_keys = false;
    result_.shifts.push_back({.member = member, .from = from, .by = by});
  }

  void RecordExtra(size_t member) {
    const RowStream& stream = streams_[member];
    // Where no majority lacks it, the others may as well have missed it.
    std::vector<int> has(streams_.size(), -1);
    has[member] = 1;
    const bool outvoted = nodes_.MajorityOf(has) == -1;
    RevisionDifference extra{.revision = stream.revision(),
                             .kind = outvoted ? DifferenceKind::kExtra : DifferenceKind::kMissing,
                             .sides = {stream.Side()}};
    if (outvoted) extra.minority.push_back(member);
    ++ranges_.At(extra.revision.main).members[member].different;
    Keep(std::move(extra));
  }

  std::span<const mvcc::Store> members_;
  Window window_;
  const Nodes& nodes_;
  Ranges ranges_;
  std::vector<std::optional<SameStretch>> same_;  // of each range
  std::vector<RowStream> streams_;
  std::vector<std::optional<RowStream>> scouts_;
  std::vector<StateRows> states_;
  mvcc::UnheardFindings unheard_;
  KeyHistoryComparison result_;
  std::set<std::string, std::less<>> touched_;  // keys of the rows that differ
  int64_t last_main_ = 0;
  int64_t next_attempt_ = 0;
  int64_t patience_ = 1;
};

}  // namespace

const char* DifferenceKindName(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::kMissing: return "missing";
    case DifferenceKind::kExtra: return "extra";
    case DifferenceKind::kKey: return "key";
    case DifferenceKind::kValue: return "value";
    case DifferenceKind::kLease: return "lease";
    case DifferenceKind::kMetadata: return "metadata";
  }
  return "";
}

DifferenceKind KindOf(std::span<const RowSide> sides, size_t members, bool majority_lacks) {
  if (sides.size() < members) {
    return majority_lacks ? DifferenceKind::kExtra : DifferenceKind::kMissing;
  }
  const auto all_same = [&](auto part) {
    return std::ranges::all_of(sides,
                               [&](const RowSide& side) { return part(side, sides.front()); });
  };
  using Side = const RowSide&;
  if (!all_same([](Side a, Side b) { return Equal(a.row.key, b.row.key); })) {
    return DifferenceKind::kKey;
  }
  if (!all_same([](Side a, Side b) {
        return a.at.tombstone == b.at.tombstone && Equal(a.row.value, b.row.value);
      })) {
    return DifferenceKind::kValue;
  }
  return all_same([](Side a, Side b) { return a.row.lease == b.row.lease; })
             ? DifferenceKind::kMetadata
             : DifferenceKind::kLease;
}

KeyHistoryComparison CompareKeyHistories(std::span<const mvcc::Store> members, Window window,
                                         const Nodes& nodes) {
  return Comparer(members, window, nodes).Run();
}

KeyHistoryComparison CompareKeyHistories(std::span<const mvcc::Store> members, Window window) {
  return CompareKeyHistories(members, window, Nodes(members.size()));
}

}  // namespace etcdf::compare
