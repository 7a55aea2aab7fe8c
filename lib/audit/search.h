// Looks for the shortest script with which a log gives a database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apply/compare.h"
#include "audit/contents.h"
#include "audit/hypotheses.h"
#include "audit/script.h"
#include "audit/walk.h"
#include "mvcc/store.h"

namespace etcdf::audit {

// A script, and of each of its edits what seemed as good where it was chosen.
struct Plan {
  Script script = {};
  std::vector<std::vector<Edit>> others = {};
};

struct Explanation {
  Plan plan = {};         // the others are those that give the same bytes, everything else as it is
  bool too_many = false;  // edits; the search was given up
  bool gave_up = false;   // it took too long
  std::optional<int64_t> left_over;  // the first stored revision that nothing explains
  // Of what the script gives, with bucket `key`.
  apply::Comparison comparison = {};

  bool complete() const { return !too_many && !gave_up && !left_over && comparison.equal(); }
  bool IsBetterThan(const Explanation& other) const;
};

// Goes through the log, and where it parts with the database tries what may have happened. Plans
// with one edit are looked at before those with two, and of those with equally many only the ones
// that get farthest are followed.
class Search {
 public:
  using Progress = std::function<bool(uint64_t done, uint64_t total)>;

  // Borrows both. `walk` is at its beginning. `progress`: AuditInput::progress.
  Search(Walk& walk, const mvcc::Store& database, Progress progress);

  // How far a script gets.
  struct Reach {
    bool ends = false;  // all entries are taken, and no stored row is left
    uint64_t verified = 0;

    friend auto operator<=>(const Reach&, const Reach&) = default;
  };
  // Of the log as it stands.
  Reach Begin() { return Try({}); }
  // Leaves the walk at its end, under the script that is returned.
  Explanation Run();
  bool cancelled() const { return cancelled_; }

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

  Reach Try(const Script& script, const Limit& limit = {});
  // Improves the candidate without adding an edit; false if nothing does.
  bool Substitute(Candidate& candidate);
  void Extend(const Candidate& candidate, std::vector<Candidate>& extended);
  void NameKeys(Plan& plan) const;
  Reach ExtendOne(const Candidate& candidate, std::vector<Candidate>& extended);
  std::vector<Trial> TryAll(const Candidate& candidate);
  std::vector<Candidate> Best(std::vector<Candidate> candidates) const;

  // At the end of the log: makes the buckets equal, if it can.
  Explanation Conclude(Plan plan);
  bool SubstituteAtEnd(Plan& plan);
  void SkipCompactions(Plan& plan);
  void TakeAsAbsent(Plan& plan, const apply::Comparison& comparison);
  apply::Comparison Compare();
  void ConfirmOthers(Plan& plan);
  bool IsSpent() const;

  Walk& walk_;
  const mvcc::Store& database_;
  Progress progress_;
  std::optional<Contents> contents_;  // made when it is needed
  bool cancelled_ = false;
};

}  // namespace etcdf::audit
