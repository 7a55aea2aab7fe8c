// What may have happened to a member where its log and its database part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "audit/script.h"
#include "audit/walk.h"
#include "replay/contents.h"

namespace etcdf::audit {

struct Hypothesis {
  size_t place = 0;  // in the script, where the edit is to be put in
  Edit edit = {};
};

class Hypotheses {
 public:
  // Borrows both. `walk` stands at a mismatch, or at the end with stored rows left over; it is
  // moved while hypotheses are looked for, and comes back.
  Hypotheses(Walk& walk, const replay::Contents& contents);

  // All that are worth trying, the likeliest first. Most of them are wrong, and fail soon.
  std::vector<Hypothesis> Find();

 private:
  void AddSkips();
  void AddRepeats();
  void AddOtherEffects();
  void AddMissing(size_t revisions);
  void AddSurplus(size_t revisions);
  // By how many revisions the log may be ahead of what is stored around the mismatch and behind it,
  // the likeliest first: the next entries are applied with nothing held against the database, and
  // what they write is looked for there.
  std::vector<int64_t> EstimateOffsets();
  // In front of step number `step` of steps_.
  void Add(EditKind kind, size_t step, size_t count, std::string_view key = {});
  int RankOf(const Edit& edit) const;
  bool Writes(size_t step) const { return steps_[step].effect != StepEffect::kNone; }
  bool StoredIsInTheEntry() const;
  bool StoredIsOfBlindEntry() const;
  void AddUnlogged();

  Walk& walk_;
  const replay::Contents& contents_;
  // The last steps and, behind them, the one that is next. Copied, as the walk moves.
  std::vector<Step> steps_;
  size_t next_ = 0;         // the number of that one
  size_t blind_begin_ = 0;  // behind the last of them that is verified
  int64_t main_ = 0;        // what the next step would write, or the next revision
  std::span<const apply::StoredRow> stored_;  // at `main_`
  bool has_rows_left_ = false;                // there or behind
  bool has_other_keys_ = false;               // stored are rows that the entry does not write
  std::vector<Hypothesis> found_;
};

}  // namespace etcdf::audit
