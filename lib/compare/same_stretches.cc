#include "compare/same_stretches.h"

#include <algorithm>

#include "base/threads.h"
#include "compare/row_stream.h"

namespace etcdf::compare {
namespace {

bool SameBytes(const backend::Row& a, const backend::Row& b) {
  return Equal(a.key, b.key) && Equal(a.value, b.value);
}

// The work is cut into so many pieces, each of several ranges: to begin one costs time and memory
// that grow with the database.
constexpr size_t kPieces = 16;

// The members' rows, side by side.
class Walker {
 public:
  explicit Walker(std::span<const mvcc::Store> members) {
    streams_.reserve(members.size());
    for (size_t i = 0; i < members.size(); ++i) {
      streams_.emplace_back(i, members[i].database, damage_);
    }
  }

  std::optional<SameStretch> Walk(const RevisionRange& range, bool is_first) {
    if (!is_first) {
      for (RowStream& stream : streams_) stream.SeekOwn(range.first);
    }
    last_ = range.last;
    SameStretch stretch;
    if (InRange(streams_.front())) {
      for (const RowStream& stream : streams_) {
        if (!stream.has_row()) return std::nullopt;
        stretch.first_keys.push_back(stream.row().key.data());
      }
    }
    for (; InRange(streams_.front()); ++stretch.rows) {
      if (!RowsAreSame() || !AdvanceAll()) return std::nullopt;
    }
    const bool ended = std::ranges::none_of(streams_, [&](const auto& s) { return InRange(s); });
    if (!ended || !CanBePassed() || !damage_.findings().empty()) return std::nullopt;
    return stretch;
  }

 private:
  bool InRange(const RowStream& stream) const {
    return stream.has_row() && stream.own().revision.main <= last_;
  }

  bool RowsAreSame() const {
    const backend::Row& row = streams_.front().row();
    return std::all_of(streams_.begin() + 1, streams_.end(), [&](const RowStream& other) {
      return other.has_row() && SameBytes(row, other.row());
    });
  }

  // False where the next row is not behind this one.
  bool AdvanceAll() {
    const RowStream& first = streams_.front();
    const mvcc::Revision before = first.own().revision;
    for (RowStream& stream : streams_) stream.Advance();
    return !first.has_row() || first.own().revision > before;
  }

  // Whether to seek behind the range leads where walking through it has led.
  bool CanBePassed() {
    return std::ranges::all_of(streams_, [&](RowStream& stream) {
      const uint8_t* const walked = stream.has_row() ? stream.row().key.data() : nullptr;
      stream.PassOwn(last_);
      return walked == (stream.has_row() ? stream.row().key.data() : nullptr);
    });
  }

  int64_t last_ = 0;
  FindingList damage_;
  std::vector<RowStream> streams_;
};

}  // namespace

std::vector<std::optional<SameStretch>> FindSameStretches(std::span<const mvcc::Store> members,
                                                          std::span<const RevisionRange> ranges) {
  std::vector<std::optional<SameStretch>> stretches(ranges.size());
  RunOnThreads(CoreCount(), kPieces, [&](size_t piece) {
    Walker walker(members);
    const size_t end = ranges.size() * (piece + 1) / kPieces;
    for (size_t i = ranges.size() * piece / kPieces; i < end; ++i) {
      stretches[i] = walker.Walk(ranges[i], i == 0);
    }
  });
  return stretches;
}

}  // namespace etcdf::compare
