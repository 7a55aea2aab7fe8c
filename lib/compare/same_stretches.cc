#include "compare/same_stretches.h"

#include <algorithm>

#include "compare/row_stream.h"
#include "mvcc/parallel_scan.h"

namespace etcdf::compare {
namespace {

bool SameBytes(const backend::Row& a, const backend::Row& b) {
  return Equal(a.key, b.key) && Equal(a.value, b.value);
}

// The members' rows of one range, side by side.
class Stretch {
 public:
  Stretch(std::span<const mvcc::Store> members, const RevisionRange& range, bool is_first)
      : last_(range.last) {
    streams_.reserve(members.size());
    for (size_t i = 0; i < members.size(); ++i) {
      streams_.emplace_back(i, members[i].database, damage_);
      if (!is_first) streams_.back().SeekOwn(range.first);
    }
  }

  std::optional<SameStretch> Walk() {
    SameStretch stretch;
    if (InRange(streams_.front())) {
      for (const RowStream& stream : streams_) {
        if (!stream.has_row()) return std::nullopt;
        stretch.first_keys.push_back(stream.row().key.data());
      }
    }
    for (; InRange(streams_.front()); ++stretch.rows) {
      const RowStream& first = streams_.front();
      for (size_t i = 1; i < streams_.size(); ++i) {
        const RowStream& other = streams_[i];
        if (!other.has_row() || !SameBytes(first.row(), other.row())) return std::nullopt;
      }
      const mvcc::Revision before = first.own().revision;
      for (RowStream& stream : streams_) stream.Advance();
      if (first.has_row() && first.own().revision <= before) return std::nullopt;
    }
    const bool ended = std::ranges::none_of(streams_, [&](const auto& s) { return InRange(s); });
    if (!ended || !CanBePassed() || !damage_.findings().empty()) return std::nullopt;
    return stretch;
  }

 private:
  bool InRange(const RowStream& stream) const {
    return stream.has_row() && stream.own().revision.main <= last_;
  }

  // Whether to seek behind the range leads where walking through it has led.
  bool CanBePassed() {
    return std::ranges::all_of(streams_, [&](RowStream& stream) {
      const uint8_t* const walked = stream.has_row() ? stream.row().key.data() : nullptr;
      stream.PassOwn(last_);
      return walked == (stream.has_row() ? stream.row().key.data() : nullptr);
    });
  }

  int64_t last_;
  FindingList damage_;
  std::vector<RowStream> streams_;
};

}  // namespace

std::vector<std::optional<SameStretch>> FindSameStretches(std::span<const mvcc::Store> members,
                                                          std::span<const RevisionRange> ranges) {
  std::vector<std::optional<SameStretch>> stretches(ranges.size());
  mvcc::RunOnCores(ranges.size(),
                   [&](size_t i) { stretches[i] = Stretch(members, ranges[i], i == 0).Walk(); });
  return stretches;
}

}  // namespace etcdf::compare
