#include "compare/committed.h"

#include <algorithm>
#include <vector>

namespace etcdf::compare {
namespace {

// The log's entry at `index`, unless it was overwritten or is doubtful.
std::optional<wire::Entry> EntryAt(const wal::Log& log, uint64_t index) {
  if (index == 0 || index > log.summary().index_trusted) return std::nullopt;
  const wal::IndexRange range = {.after = index - 1, .until = index};
  std::vector<wal::LogEntry> entries;
  for (const wal::Chunk& chunk : log.chunks()) {
    if (!wal::Log::MayHold(chunk, range)) continue;
    log.ReadChunk(chunk, entries);
    for (const wal::LogEntry& entry : entries) {
      if (!entry.superseded_by && entry.entry.index == index) return entry.entry;
    }
  }
  return std::nullopt;
}

uint64_t LastOf(const wal::Log& log) {
  return std::min(log.summary().entries.index_last, log.summary().index_trusted);
}

bool IsWhole(const wal::Log& log) { return LastOf(log) == log.summary().entries.index_last; }

// The first configuration change behind `after` and up to `until`; `until` + 1 if there is none.
uint64_t FirstConfChange(const wal::Log& log, const wal::IndexRange& range) {
  std::vector<wal::LogEntry> entries;
  for (const wal::Chunk& chunk : log.chunks()) {
    if (!wal::Log::MayHold(chunk, range)) continue;
    log.ReadChunk(chunk, entries);
    for (const wal::LogEntry& entry : entries) {
      if (!entry.superseded_by && range.Holds(entry.entry.index) &&
          entry.entry.type != wire::EntryType::kNormal) {
        return entry.entry.index;
      }
    }
  }
  return range.until + 1;
}

// The second rule, for entries of one voter's log.
class MajorityRule {
 public:
  MajorityRule(std::vector<const wal::Log*> voters, const wal::Log& log)
      : voters_(std::move(voters)), log_(log) {
    for (const wal::Log* voter : voters_) {
      agree_until_.push_back(voter == &log ? LastOf(log) : AgreeUntil(log, *voter));
    }
  }

  // The highest index that a majority has and nobody can take back; 0 if there is none.
  uint64_t Committed() const {
    std::vector<uint64_t> candidates = agree_until_;
    std::ranges::sort(candidates, std::greater());
    // From the first that a majority has.
    for (size_t i = voters_.size() / 2; i < candidates.size(); ++i) {
      if (IsSafe(candidates[i])) return candidates[i];
    }
    return 0;
  }

 private:
  bool IsSafe(uint64_t index) const {
    const auto entry = EntryAt(log_, index);
    if (!entry) return false;
    for (size_t i = 0; i < voters_.size(); ++i) {
      if (agree_until_[i] >= index) continue;
      const auto last = EntryAt(*voters_[i], LastOf(*voters_[i]));
      if (!last || last->term > entry->term) return false;
    }
    return true;
  }

  std::vector<const wal::Log*> voters_;
  std::vector<uint64_t> agree_until_;  // by voter
  const wal::Log& log_;
};

}  // namespace

uint64_t AgreeUntil(const wal::Log& a, const wal::Log& b) {
  const auto same = [&](uint64_t index) {
    const auto in_a = EntryAt(a, index);
    const auto in_b = EntryAt(b, index);
    return in_a && in_b && in_a->term == in_b->term;
  };
  // What is the same at an index is the same before it, so the place can be found by halves.
  uint64_t least =
      std::max({a.summary().entries.index_first, b.summary().entries.index_first, uint64_t{1}});
  uint64_t beyond = std::min(LastOf(a), LastOf(b)) + 1;
  if (least >= beyond || !same(least)) return 0;
  while (beyond - least > 1) {
    const uint64_t middle = least + (beyond - least) / 2;
    (same(middle) ? least : beyond) = middle;
  }
  return least;
}

CommittedIndex FindCommitted(std::span<const LogWitness> witnesses, const Electorate& electorate) {
  CommittedIndex found;
  std::vector<const wal::Log*> voters;
  for (size_t i = 0; i < witnesses.size(); ++i) {
    const LogWitness& witness = witnesses[i];
    if (witness.committed > found.index) found = {.index = witness.committed, .witness = i};
    // What lies behind damage may be of any term.
    if (witness.votes && witness.log != nullptr && IsWhole(*witness.log)) {
      voters.push_back(witness.log);
    }
  }
  if (voters.empty() || voters.size() != electorate.voters) return found;
  for (size_t i = 0; i < witnesses.size(); ++i) {
    if (std::ranges::find(voters, witnesses[i].log) == voters.end()) continue;
    const wal::Log& log = *witnesses[i].log;
    const uint64_t index = MajorityRule(voters, log).Committed();
    if (index <= found.index) continue;
    const uint64_t change = FirstConfChange(log, {.after = electorate.as_of, .until = index});
    if (change - 1 > found.index) found = {.index = change - 1, .witness = i, .by_majority = true};
  }
  return found;
}

}  // namespace etcdf::compare
