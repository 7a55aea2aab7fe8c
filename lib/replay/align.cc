#include "replay/align.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "mvcc/status.h"
#include "raft/payload.h"

namespace etcdf::replay {
namespace {

constexpr uint32_t kPut = 4;  // field of InternalRaftRequest
constexpr size_t kPutsBehind = 8;
constexpr size_t kAlignmentsMax = 12;
constexpr size_t kRevisionsOfAValue = 64;

// An entry that puts a key, whatever there is.
struct Put {
  size_t position = 0;
  uint64_t hash = 0;
};

std::vector<Put> PutsOf(const Entries& entries) {
  std::vector<Put> puts;
  raft::Payload payload;
  for (size_t position = 0; position < entries.size(); ++position) {
    if (entries[position].type != wire::EntryType::kNormal) continue;
    payload.Decode(entries[position].data);
    const raft::MessageView put = payload.request();
    const bool keeps_something = put.Has(5) || put.Has(6);  // ignore_value, ignore_lease
    if (payload.request_number() != kPut || keeps_something) continue;
    puts.push_back({.position = position, .hash = HashContent(put.BytesOf(1), put.BytesOf(2))});
  }
  return puts;
}

class Aligning {
 public:
  explicit Aligning(const StoredRows& rows) {
    for (const apply::StoredRow& row : rows.After(std::max<int64_t>(rows.compacted(), 0))) {
      if (row.tombstone) continue;
      auto& revisions = revisions_[HashContent(row.key, row.value)];
      if (revisions.size() < kRevisionsOfAValue) revisions.push_back(row.revision.main);
    }
  }

  // Adds the revisions in front of the first of the puts that fit those behind it.
  void Add(std::span<const Put> puts, std::vector<Alignment>& alignments) const {
    const auto stored = revisions_.find(puts.front().hash);
    if (stored == revisions_.end()) return;
    for (const int64_t revision : stored->second) {
      if (!Fits(puts, revision)) continue;
      alignments.push_back({.position = puts.front().position, .revision = revision - 1});
    }
  }

 private:
  // One of them may be missing: there are anomalies.
  bool Fits(std::span<const Put> puts, int64_t revision) const {
    size_t missing = 0;
    size_t position = puts.front().position;
    for (const Put& put : puts.subspan(1)) {
      const auto stored = revisions_.find(put.hash);
      const auto next = stored == revisions_.end()
                            ? std::optional<int64_t>()
                            : NextIn(stored->second, revision, put.position - position);
      missing += next ? 0 : 1;
      if (!next) continue;
      revision = *next;
      position = put.position;
    }
    return missing <= 1;
  }

  // The first revision behind `revision`, at most `entries` behind it.
  static std::optional<int64_t> NextIn(const std::vector<int64_t>& revisions, int64_t revision,
                                       size_t entries) {
    const auto next = std::ranges::upper_bound(revisions, revision);
    if (next == revisions.end() || static_cast<uint64_t>(*next - revision) > entries) {
      return std::nullopt;
    }
    return *next;
  }

  std::unordered_map<uint64_t, std::vector<int64_t>> revisions_;  // ascending
};

}  // namespace

std::vector<Alignment> FindAlignments(const Entries& entries, const StoredRows& rows) {
  const Aligning aligning(rows);
  const std::vector<Put> puts = PutsOf(entries);
  std::vector<Alignment> alignments;
  for (size_t i = 0; i < puts.size() && alignments.size() < kAlignmentsMax; ++i) {
    const size_t count = std::min(puts.size() - i, 1 + kPutsBehind);
    aligning.Add(std::span(puts).subspan(i, count), alignments);
  }
  alignments.resize(std::min(alignments.size(), kAlignmentsMax));
  return alignments;
}

std::vector<Alignment> FindRestored(const Entries& entries, const StoredRows& rows,
                                    size_t position) {
  constexpr size_t kWithoutEffect = 4;  // entries that may write, in front of a put, and do not
  constexpr size_t kMax = 24;
  std::vector<Alignment> found;
  const auto add = [&](int64_t revision) {
    const Alignment start{.position = position, .revision = revision};
    const bool is_stored = revision >= std::max<int64_t>(rows.compacted(), 1);
    if (is_stored && found.size() < kMax && std::ranges::find(found, start) == found.end()) {
      found.push_back(start);
    }
  };
  for (const Alignment& alignment : FindAlignments(entries, rows)) {
    if (alignment.position < position) continue;
    const size_t count = alignment.position - position;
    const size_t writes = CountWrites(entries.all().subspan(position, count));
    for (size_t i = 0; i <= std::min(writes, kWithoutEffect); ++i) {
      add(alignment.revision - static_cast<int64_t>(writes - i));
    }
  }
  const size_t writes = CountWrites(entries.all().subspan(std::min(position, entries.size())));
  for (size_t i = 0; i <= std::min(writes, kMax); ++i) {
    add(rows.last() - static_cast<int64_t>(writes - i));
  }
  add(rows.last());
  return found;
}

std::vector<Alignment> FindAlignmentsAcross(const Entries& entries, const mvcc::Store& peer) {
  auto alignments = FindAlignments(entries, StoredRows(peer));
  const mvcc::Status status = mvcc::ReadStatus(peer);
  const auto next = std::ranges::lower_bound(entries.all(), status.consistent_index.value_or(0) + 1,
                                             {}, &wire::Entry::index);
  const auto position = static_cast<size_t>(next - entries.all().begin());
  if (position < entries.size() && next->index == status.consistent_index.value_or(0) + 1) {
    alignments.push_back({.position = position, .revision = status.CurrentRevision()});
  }
  std::ranges::stable_sort(alignments, {}, &Alignment::position);
  return alignments;
}

}  // namespace etcdf::replay
