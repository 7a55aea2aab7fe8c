#include "compare/parting.h"

#include <algorithm>
#include <map>
#include <utility>

#include "compare/row_stream.h"
#include "compare/same_stretches.h"
#include "compare/state_rows.h"
#include "mvcc/parallel_scan.h"

namespace etcdf::compare {
namespace {

using mvcc::Revision;

using Group = std::vector<size_t>;

// The rows of some members side by side, in the order of their revisions as each counts.
class SideBySide {
 public:
  SideBySide(std::span<const mvcc::Store> members, const Group& group) : group_(group) {
    streams_.reserve(group.size());
    for (const size_t member : group) {
      streams_.emplace_back(member, members[member].database, unheard_);
    }
  }

  void Seek(int64_t main) {
    for (RowStream& stream : streams_) stream.SeekOwn(main);
  }

  // Goes through the revisions up to `last`, as long as `visit` wants.
  template <typename Visit>
  void Walk(int64_t last, Visit visit) {
    while (const auto revision = Lowest()) {
      if (revision->main > last || !visit(*revision)) return;
      for (RowStream& stream : streams_) {
        if (IsAt(stream, *revision)) stream.Advance();
      }
    }
  }

  const Group& group() const { return group_; }
  // Of the group's member at `place`; null if it has none at the revision.
  const RowStream* At(size_t place, Revision revision) const {
    return IsAt(streams_[place], revision) ? &streams_[place] : nullptr;
  }

 private:
  static bool IsAt(const RowStream& stream, Revision revision) {
    return stream.has_row() && stream.own().revision == revision;
  }

  std::optional<Revision> Lowest() const {
    std::optional<Revision> lowest;
    for (const RowStream& stream : streams_) {
      if (!stream.has_row()) continue;
      if (!lowest || stream.own().revision < *lowest) lowest = stream.own().revision;
    }
    return lowest;
  }

  Group group_;
  mvcc::UnheardFindings unheard_;
  std::vector<RowStream> streams_;
};

bool Same(const RowStream* a, const RowStream* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return SameRow(*a, *b);
}

class Parter {
 public:
  Parter(std::span<const mvcc::Store> members, std::span<const Extent> extents,
         const Window* window, const Nodes& nodes)
      : members_(members), extents_(extents), window_(window), nodes_(nodes) {
    result_.compared = Pairs(members.size());
    result_.parted = Pairs(members.size());
    for (size_t b = 0; b < members.size(); ++b) {
      for (size_t a = 0; a < b; ++a) {
        if (Last(a, b) > 0 && Compacted(a, b) <= Last(a, b)) result_.compared.Add(a, b);
      }
    }
  }

  HistoryParting Run(const KeyHistoryComparison& history) {
    if (window_ != nullptr && !history.same()) PartInWindow(history.ranges);
    PartOutside();
    return std::move(result_);
  }

 private:
  int64_t Last(size_t a, size_t b) const { return std::min(extents_[a].until, extents_[b].until); }
  int64_t Compacted(size_t a, size_t b) const {
    return std::max(extents_[a].compacted, extents_[b].compacted);
  }

  // Whether the row counts where only the state as of `compacted` can be compared.
  bool InState(size_t member, const RowStream* row, int64_t compacted) {
    if (row == nullptr || row->own().tombstone) return false;
    const auto state = states_.try_emplace({member, compacted}, members_[member], compacted).first;
    return state->second.Holds(row->own().revision);
  }

  bool AreSameAt(Revision revision, size_t a, size_t b, const RowStream* row_a,
                 const RowStream* row_b) {
    const int64_t compacted = Compacted(a, b);
    if (revision.main > compacted) return Same(row_a, row_b);
    const bool in_a = InState(a, row_a, compacted);
    const bool in_b = InState(b, row_b, compacted);
    return in_a == in_b && (!in_a || Same(row_a, row_b));
  }

  // In the window, to be the same is handed on: groups fall apart, range by range.
  void PartInWindow(std::span<const RevisionRange> ranges) {
    std::vector<Group> groups(1);
    for (size_t i = 0; i < members_.size(); ++i) groups.front().push_back(i);
    std::map<Group, std::vector<std::optional<SameStretch>>> same;
    for (size_t r = 0; r < ranges.size(); ++r) {
      std::vector<Group> next;
      for (const Group& group : groups) {
        if (group.size() < 2) continue;
        const auto [found, is_new] = same.try_emplace(group);
        if (is_new) found->second = SameStretchesOf(group, ranges);
        std::vector<Group> parts = {group};
        if (!found->second[r]) parts = Split(group, ranges[r], r == 0);
        std::ranges::move(parts, std::back_inserter(next));
      }
      groups = std::move(next);
    }
  }

  std::vector<std::optional<SameStretch>> SameStretchesOf(
      const Group& group, std::span<const RevisionRange> ranges) const {
    std::vector<mvcc::Store> stores;
    for (const size_t member : group) stores.push_back(members_[member]);
    return FindSameStretches(stores, ranges);
  }

  std::vector<Group> Split(const Group& group, const RevisionRange& range, bool is_first) {
    SideBySide rows(members_, group);
    if (!is_first) rows.Seek(range.first);
    std::vector<size_t> part_of(group.size());  // by place in the group
    size_t parts = 1;
    rows.Walk(range.last, [&](Revision revision) {
      // The first of the members that are the same, up to here and at this revision.
      std::vector<size_t> first(group.size());
      for (size_t i = 0; i < group.size(); ++i) {
        for (first[i] = 0; first[i] < i; ++first[i]) {
          const size_t j = first[i];
          if (first[j] == j && part_of[i] == part_of[j] &&
              AreSameAt(revision, group[i], group[j], rows.At(i, revision), rows.At(j, revision))) {
            break;
          }
        }
      }
      part_of = std::move(first);
      parts = 0;
      for (size_t i = 0; i < group.size(); ++i) parts += part_of[i] == i ? 1 : 0;
      return parts < group.size();
    });
    std::map<size_t, Group> by_part;
    for (size_t i = 0; i < group.size(); ++i) {
      by_part[part_of[i]].push_back(group[i]);
      for (size_t j = 0; j < i; ++j) {
        if (part_of[i] != part_of[j]) result_.parted.Add(group[i], group[j]);
      }
    }
    std::vector<Group> result;
    for (auto& [part, members] : by_part) result.push_back(std::move(members));
    return result;
  }

  // Whether there is something to compare of the two at a revision outside the window. The state
  // as of the window's compact revision is compared there.
  bool MeetOutside(size_t a, size_t b, int64_t main) const {
    if (!result_.compared.Has(a, b) || main > Last(a, b)) return false;
    if (window_ == nullptr || main > window_->until) return true;
    return main <= window_->compacted && Compacted(a, b) < window_->compacted;
  }

  // All revisions outside the window at which any two members meet.
  void PartOutside() {
    const int64_t until = window_ == nullptr ? 0 : window_->until;
    int64_t last = 0;
    bool before = false;
    for (size_t b = 0; b < members_.size(); ++b) {
      for (size_t a = 0; a < b; ++a) {
        if (!result_.compared.Has(a, b)) continue;
        last = std::max(last, Last(a, b));
        before = before || window_ == nullptr || Compacted(a, b) < window_->compacted;
      }
    }
    Group all;
    for (size_t i = 0; i < members_.size(); ++i) all.push_back(i);
    if (window_ != nullptr && before) {
      SideBySide rows(members_, all);
      WalkOutside(rows, window_->compacted);
    }
    if (last <= until) return;
    SideBySide rows(members_, all);
    if (until > 0) rows.Seek(until + 1);
    WalkOutside(rows, last);
  }

  void WalkOutside(SideBySide& rows, int64_t last) {
    rows.Walk(last, [&](Revision revision) {
      PartAt(revision, rows);
      return true;
    });
  }

  void PartAt(Revision revision, const SideBySide& rows) {
    bool differs = false;
    for (size_t b = 0; b < members_.size(); ++b) {
      for (size_t a = 0; a < b; ++a) {
        if (!MeetOutside(a, b, revision.main) ||
            AreSameAt(revision, a, b, rows.At(a, revision), rows.At(b, revision))) {
          continue;
        }
        differs = true;
        result_.parted.Add(a, b);
      }
    }
    if (!differs) return;
    if (revision.main != last_main_) ++result_.revisions_beyond;
    last_main_ = revision.main;
    if (!result_.beyond) result_.beyond = Describe(revision, rows);
  }

  RevisionDifference Describe(Revision revision, const SideBySide& rows) {
    RevisionDifference difference{.revision = revision};
    std::vector<int> group_of(members_.size(), -2);  // -2: cannot be compared, -1: has no row
    for (size_t i = 0; i < members_.size(); ++i) {
      bool meets = false;
      for (size_t j = 0; j < members_.size(); ++j) {
        meets = meets || (i != j && MeetOutside(i, j, revision.main));
      }
      if (!meets) continue;
      difference.members.push_back(i);
      const RowStream* const row = rows.At(i, revision);
      group_of[i] = -1;
      if (row == nullptr) continue;
      difference.sides.push_back(row->Side());
      group_of[i] = static_cast<int>(i);
      for (size_t j = 0; j < i; ++j) {
        if (group_of[j] == static_cast<int>(j) && Same(row, rows.At(j, revision))) {
          group_of[i] = static_cast<int>(j);
          break;
        }
      }
    }
    const auto majority = nodes_.MajorityOf(group_of);
    if (majority && *majority != -2) {
      for (const size_t member : difference.members) {
        if (group_of[member] != *majority) difference.minority.push_back(member);
      }
    }
    difference.kind = KindOf(difference.sides, difference.members.size(), majority == -1);
    return difference;
  }

  std::span<const mvcc::Store> members_;
  std::span<const Extent> extents_;
  const Window* window_;
  const Nodes& nodes_;
  std::map<std::pair<size_t, int64_t>, StateRows> states_;  // by member and revision
  HistoryParting result_;
  int64_t last_main_ = 0;
};

}  // namespace

HistoryParting PartHistories(std::span<const mvcc::Store> members, std::span<const Extent> extents,
                             const Window* window, const KeyHistoryComparison& history,
                             const Nodes& nodes) {
  return Parter(members, extents, window, nodes).Run(history);
}

}  // namespace etcdf::compare
