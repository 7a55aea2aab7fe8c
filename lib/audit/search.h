// Looks for the shortest script with which a log gives a database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/conclusion.h"
#include "audit/hypotheses.h"
#include "audit/plan.h"
#include "audit/trials.h"
#include "audit/walk.h"
#include "mvcc/store.h"
#include "replay/contents.h"

namespace etcdf::audit {

// Goes through the log, and where it parts with the database tries what may have happened. Plans
// with one edit are looked at before those with two, and of those with equally many only the ones
// that get farthest are followed.
class Search {
 public:
  // Borrows both. `walk` is at its beginning. `progress` as of Trials.
  Search(Walk& walk, const mvcc::Store& database, Trials::Progress progress);

  // Of the log as it stands.
  Reach Begin() { return trials_.Try({}); }
  // Leaves the walk at its end, under the script that is returned. `work_max` as of Trials.
  Explanation Run(uint64_t work_max);
  bool cancelled() const { return trials_.cancelled(); }
  Trials& trials() { return trials_; }

 private:
  struct Candidate {
    Plan plan = {};
    Reach reach = {};
    size_t place = 0;  // of the edit that came last
  };
  struct Trial {
    Hypothesis hypothesis;
    Reach reach = {};
  };

  // Where rows are torn: all of them that are not as the log says were altered, be it so.
  std::optional<Explanation> TakeAsAltered();
  // Improves the candidate without adding an edit; false if nothing does.
  bool Substitute(Candidate& candidate);
  void Extend(const Candidate& candidate, std::vector<Candidate>& extended);
  std::vector<std::string_view> KeysAtMismatch() const;
  Reach ExtendOne(const Candidate& candidate, std::vector<Candidate>& extended);
  std::vector<Trial> TryAll(const Candidate& candidate);
  static std::vector<Candidate> Best(std::vector<Candidate> candidates);

  Trials trials_;
  Walk& walk_;
  Conclusion conclusion_;
  std::optional<replay::Contents> contents_;  // made when it is needed
};

}  // namespace etcdf::audit
