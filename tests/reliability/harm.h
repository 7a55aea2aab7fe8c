// What may have happened to a member, drawn by dice: entries of its log that it skipped or applied
// twice, a write that nobody logged, a row that was changed or lost later. The member's database as
// it then would be follows from applying the log that way, so everything behind the harm is right
// in the member's own world, compactions included.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "mvcc/revision.h"
#include "testing/memory_database.h"
#include "tests/reliability/member.h"

namespace etcdf::reliability {

enum class HarmKind : uint8_t {
  kSkip,
  kSkipRange,     // 2 to 25 entries in a row
  kDoubleRange,   // 1 to 25 entries in a row, applied once more behind the last of them
  kUnlogged,      // a put that is in no log
  kChangedValue,  // of a stored row
  kRemovedRow,
  kTwoSkips,
  kSkipAndDouble,
};
inline constexpr size_t kHarmKinds = 8;

// "skip", "skip_range", ...
std::string_view HarmKindName(HarmKind kind);
// Nothing if none has this name.
std::optional<HarmKind> ParseHarmKind(std::string_view name);

// One thing that happened.
struct Edit {
  enum class What : uint8_t { kSkip, kDouble, kUnlogged, kChangeValue, kRemoveRow };

  What what = What::kSkip;
  // The entries it is about; the first and the last write keys. Of kUnlogged, the entry in front of
  // which it happened; one more than the last if behind all.
  uint64_t index_first = 0;
  uint64_t index_last = 0;
  // Of kChangeValue and kRemoveRow: which of the entry's rows, counted round; a tombstone has no
  // value to be changed.
  size_t row = 0;
  // Of kUnlogged the key; of it and of kChangeValue the new value.
  std::string key = {};
  std::string value = {};
};

struct Harm {
  HarmKind kind = HarmKind::kSkip;
  std::vector<Edit> edits;  // ascending by index, and not next to each other
};

// What an edit came to, when the log was applied with it.
struct Effect {
  // The entries that did not write keys because they were skipped, or wrote once more; the entry
  // whose row it was. Both 0: nothing.
  uint64_t index_first = 0;
  uint64_t index_last = 0;
  // Of the row that was changed, removed or never logged; of the first that was written once more.
  mvcc::Revision revision = {};
  int64_t revisions = 0;  // too many from there on, or, below 0, too few
};

struct HarmedMember {
  testing::MemoryDatabase database;
  std::vector<Effect> effects;  // by edit
  // The bucket `key` is not that of the healthy member.
  bool is_visible = false;

  // Every edit came to something.
  bool has_happened() const;
  // The row of this revision is in bucket `key`.
  bool Holds(const mvcc::Revision& revision) const;
  // One is there whose main revision is from `first` to `last`.
  bool HoldsAnyOf(int64_t first, int64_t last) const;
};

// The member's database as it is after the harm. With a harm of no edits, its bucket `key` is that
// of the healthy member. `until`: as it was when this entry was the last one applied.
HarmedMember DoHarm(const Member& member, const Harm& harm, uint64_t until = UINT64_MAX);

// The last entry before the harmed member compacted behind its harm; nothing if it never did.
std::optional<uint64_t> LastBeforeCompaction(const Member& member, const HarmedMember& harmed);

// Which entries may be harmed. What is above the last compaction is stored row by row.
enum class Where : uint8_t { kAnywhere, kAboveCompaction };

// There must be at least 60 entries that write keys.
Harm DrawHarm(const Member& member, HarmKind kind, Where where, std::mt19937_64& dice);

// Whether the buckets `key` are the same, byte for byte.
bool SameKeys(const backend::Database& a, const backend::Database& b);

// Draws until every edit comes to something. The same seed draws the same, whatever the machine.
struct DrawnHarm {
  Harm harm;
  HarmedMember harmed;
};
DrawnHarm DrawAndDo(const Member& member, HarmKind kind, Where where, uint64_t seed);

}  // namespace etcdf::reliability
