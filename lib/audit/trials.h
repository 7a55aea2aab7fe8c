// Scripts tried on a walk, with an eye on how much that takes.
#pragma once

#include <cstdint>
#include <functional>

#include "audit/script.h"
#include "audit/walk.h"

namespace etcdf::audit {

// How far a script gets.
struct Reach {
  bool ends = false;  // all entries are taken, and no stored row is left
  uint64_t verified = 0;

  friend auto operator<=>(const Reach&, const Reach&) = default;
};

class Trials {
 public:
  using Progress = std::function<bool(uint64_t done, uint64_t total)>;

  // Borrows `walk`. `progress`: AuditInput::progress.
  Trials(Walk& walk, Progress progress);

  // Steps that a search may take, all told (Walk::work). None until it is said.
  void Allow(uint64_t work_max) { work_max_ = work_max; }

  // Leaves the walk where the script got, or at the limit.
  Reach Try(const Script& script, const Limit& limit = {});

  Walk& walk() { return walk_; }
  // Who asked wants no more.
  bool cancelled() const { return cancelled_; }
  // So is that, and all that a search may take.
  bool IsSpent() const;

 private:
  bool GoesOn();

  Walk& walk_;
  Progress progress_;
  uint64_t work_max_ = 0;
  uint64_t next_progress_ = 0;  // when walk_.work() is that
  bool cancelled_ = false;
};

}  // namespace etcdf::audit
