#include "salvage/anchors.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

#include "apply/key_requests.h"
#include "raft/payload.h"
#include "replay/contents.h"

namespace etcdf::salvage {
namespace {

// What stands at a place, a position in the log or a revision.
struct Placed {
  uint64_t hash = 0;
  int64_t place = 0;

  friend auto operator<=>(const Placed&, const Placed&) = default;
};

// Those whose hash stands at one place only; ascending by hash.
void KeepUnique(std::vector<Placed>& placed) {
  std::ranges::sort(placed);
  size_t kept = 0;
  for (size_t i = 0; i < placed.size();) {
    size_t end = i + 1;
    while (end < placed.size() && placed[end].hash == placed[i].hash) ++end;
    if (end == i + 1) placed[kept++] = placed[i];
    i = end;
  }
  placed.resize(kept);
}

std::vector<Placed> PutsOf(std::span<const wire::Entry> entries) {
  std::vector<Placed> puts;
  raft::Payload payload;
  for (size_t position = 0; position < entries.size(); ++position) {
    if (entries[position].type != wire::EntryType::kNormal) continue;
    payload.Decode(entries[position].data);
    replay::ForEachPut(payload, [&](raft::MessageView put) {
      puts.push_back({.hash = replay::HashContent(put.BytesOf(1), put.BytesOf(2)),
                      .place = static_cast<int64_t>(position)});
    });
  }
  return puts;
}

std::vector<Placed> RowsOf(const PageRows& pages) {
  // Beyond this no cluster comes; and the arithmetic behind an anchor stays within its numbers.
  constexpr int64_t kMainMax = std::numeric_limits<int64_t>::max() / 2;
  std::vector<Placed> rows;
  for (const FoundRow& row : pages.all()) {
    if (row.at.revision.main > kMainMax || row.at.tombstone) continue;
    if (row.confidence == Confidence::kDoubtful) continue;
    const apply::StoredRow content = pages.Content(row);
    rows.push_back(
        {.hash = replay::HashContent(content.key, content.value), .place = row.at.revision.main});
  }
  return rows;
}

// Pairs of equal content, ascending by revision.
std::vector<Anchor> Pairs(std::vector<Placed> puts, std::vector<Placed> rows) {
  KeepUnique(puts);
  KeepUnique(rows);
  std::vector<Anchor> pairs;
  auto put = puts.begin();
  for (const Placed& row : rows) {
    while (put != puts.end() && put->hash < row.hash) ++put;
    if (put == puts.end() || put->hash != row.hash) continue;
    pairs.push_back({.position = static_cast<size_t>(put->place), .main = row.place});
  }
  // Of several entries for one revision at most one can be chosen: the last comes first.
  std::ranges::sort(pairs, [](const Anchor& a, const Anchor& b) {
    return std::tuple(a.main, b.position) < std::tuple(b.main, a.position);
  });
  const auto copies = std::ranges::unique(pairs);
  pairs.erase(copies.begin(), copies.end());
  return pairs;
}

// By how many the entry is ahead of the revision. Never less farther on: no entry writes two.
int64_t LeadOf(const Anchor& pair) { return static_cast<int64_t>(pair.position) - pair.main; }

}  // namespace

// The longest subsequence whose leads do not fall.
std::vector<Anchor> FindAnchors(std::span<const wire::Entry> entries, const PageRows& pages) {
  constexpr size_t kNone = SIZE_MAX;
  const std::vector<Anchor> pairs = Pairs(PutsOf(entries), RowsOf(pages));
  std::vector<size_t> last_of_length;  // the pair with the lowest lead that ends so long a one
  std::vector<size_t> before(pairs.size(), kNone);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto place = std::ranges::upper_bound(last_of_length, LeadOf(pairs[i]), {},
                                                [&](size_t at) { return LeadOf(pairs[at]); });
    if (place != last_of_length.begin()) before[i] = *(place - 1);
    if (place == last_of_length.end()) {
      last_of_length.push_back(i);
    } else {
      *place = i;
    }
  }
  std::vector<Anchor> anchors;
  size_t at = last_of_length.empty() ? kNone : last_of_length.back();
  for (; at != kNone; at = before[at]) anchors.push_back(pairs[at]);
  std::ranges::reverse(anchors);
  return anchors;
}

}  // namespace etcdf::salvage
