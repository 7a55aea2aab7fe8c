// A member's log, taken step by step under an edit script, and held against the stored rows.
//
// Whatever was walked can be gone back over, so that many scripts can be tried from where they
// begin to differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "apply/member_store.h"
#include "audit/script.h"
#include "raft/payload.h"
#include "replay/entries.h"
#include "replay/stored_rows.h"

namespace etcdf::audit {

enum class StepEffect : uint8_t {
  kNone,      // nothing was written
  kVerified,  // what was written is stored, as far as it has not been compacted
  kBlind,     // all that was written has been compacted
  kForced,    // by kForce
  kIgnored,   // by kIgnore
};

// An entry taken, be it for the first time or again.
struct Step {
  size_t position = 0;   // of the entry
  int64_t revision = 0;  // of the member behind it
  uint32_t edits = 0;    // how many of the script had happened in front of it
  StepEffect effect = StepEffect::kNone;
};

// What the steps so far came to.
struct Tally {
  uint64_t verified = 0;
  uint64_t untold = 0;  // only their proposer refused them
};

// Why a walk stands where it does.
enum class Pause : uint8_t {
  kEnd,       // no entry is left
  kMismatch,  // the next entry writes what is not stored
  kLimit,     // as many steps or verified ones as were asked for
};

struct Limit {
  size_t step = SIZE_MAX;          // stands in front of this one
  uint64_t verified = UINT64_MAX;  // stands when the tally has so many
};

class Walk {
 public:
  // Borrows all. `store` is as it was in front of the entry at `position`.
  Walk(const replay::Entries& entries, const replay::StoredRows& rows, apply::MemberStore& store,
       size_t position);

  // Goes back to where the two scripts begin to differ, or stays if nothing that happened differs.
  void SetScript(Script script);
  const Script& script() const { return script_; }

  // Is told from now on what each entry did that is taken as the log says.
  using Observer = std::function<void(const Step&, const apply::Outcome&)>;
  void Observe(Observer observer) { observer_ = std::move(observer); }

  // Goes on. An entry with a mismatch is not taken.
  Pause Run(const Limit& limit = {});
  // Goes back to where step number `step` is next, and none of the edits in front of it is done.
  void GoBack(size_t step);
  // The same, to where edit number `edit` of the script is next, which has happened.
  void GoBackToEdit(size_t edit);

  // The next entry.
  size_t position() const { return state_.position; }
  const Tally& tally() const { return state_.tally; }
  // Those taken.
  std::span<const Step> steps() const { return steps_; }
  // Edits of the script that have happened.
  size_t edits() const { return state_.edit; }
  // At a mismatch: whether all that is stored there is of what the next entry writes.
  bool IsForWantOfRows() const;
  // At a mismatch: what the next entry writes.
  std::span<const apply::StoredRow> predicted() const { return predicted_; }
  // Steps taken in all, those gone back over included. One that writes many rows counts as many.
  uint64_t work() const { return work_; }
  // Something else was done, which took as long as so many steps.
  void CountWork(uint64_t steps) { work_ += steps; }

  const replay::Entries& entries() const { return entries_; }
  const replay::StoredRows& rows() const { return rows_; }
  // The member as it is behind the last step. Who changes it to try something takes it back.
  apply::MemberStore& store() { return store_; }

 private:
  struct State {
    size_t step = 0;
    size_t position = 0;
    size_t edit = 0;  // the next of the script
    Tally tally = {};
  };
  struct Checkpoint {
    State state;
    apply::MemberStore::Mark mark;
  };
  // An edit that has happened: in front of which step, and which entry was next then.
  struct Done {
    size_t step = 0;
    size_t position = 0;
  };

  // An entry that was decoded. Most steps of a search are taken right behind where it went back to,
  // again and again; those that go on from there to the end of a long log are not worth keeping.
  struct Decoded {
    size_t position = SIZE_MAX;
    raft::Payload payload = {};
  };

  apply::Outcome Apply(size_t position);
  bool IsNext(bool in_front) const;
  void DoEditInFront();
  void Shift(const Edit& edit);
  bool TakeStep();
  bool Matches(std::span<const apply::StoredRow> written, StepEffect& effect) const;

  const replay::Entries& entries_;
  const replay::StoredRows& rows_;
  apply::MemberStore& store_;
  Script script_;
  State state_;
  std::vector<Step> steps_;
  std::vector<Done> done_;
  std::vector<Checkpoint> checkpoints_;
  std::vector<apply::StoredRow> predicted_;
  Observer observer_;
  uint64_t work_ = 0;
  std::vector<Decoded> decoded_;  // by position, modulo its size
  size_t decoded_from_ = SIZE_MAX;
};

}  // namespace etcdf::audit
