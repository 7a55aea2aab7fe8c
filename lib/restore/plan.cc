#include "restore/plan.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace etcdf::restore {
namespace {

// Remedies that wait for a cluster that serves.
bool IsForLater(Remedy remedy) { return remedy == Remedy::kDisarmAlarm; }

// What the plan itself does, or does first of all.
bool IsInPlan(Remedy remedy) {
  return remedy == Remedy::kNone || remedy == Remedy::kStartOthers || remedy == Remedy::kJoinAnew ||
         remedy == Remedy::kCopyFirst;
}

class Planner {
 public:
  explicit Planner(const BestMember& best) : best_(best) {}

  Plan Make() {
    Add({.deed = Deed::kCopyAll});
    if (best_.best.empty()) {
      PlanWithoutStart();
    } else {
      plan_.from = best_.best.front();
      PlanStart();
    }
    return std::move(plan_);
  }

 private:
  const Candidate& Of(size_t ordinal) const { return best_.candidates[ordinal]; }
  void Add(Step step) { plan_.steps.push_back(std::move(step)); }

  // The members whose files are used, the best first, each node once.
  std::vector<size_t> FindStarters() const {
    std::vector<size_t> ordered = best_.best;
    std::vector<size_t> rest;
    for (size_t i = 0; i < best_.candidates.size(); ++i) {
      if (std::ranges::find(ordered, i) == ordered.end()) rest.push_back(i);
    }
    std::ranges::stable_sort(rest, {}, [&](size_t i) {
      return std::tuple(Of(i).lost ? Of(i).lost->count() : 0, ~Of(i).last_term, ~Of(i).last_index);
    });
    ordered.insert(ordered.end(), rest.begin(), rest.end());
    std::vector<size_t> starters;
    std::set<uint64_t> nodes;
    for (const size_t i : ordered) {
      if (IsStarter(i) && nodes.insert(Of(i).identity->node_id).second) starters.push_back(i);
    }
    return starters;
  }

  bool IsStarter(size_t ordinal) const {
    const Candidate& candidate = Of(ordinal);
    const bool is_best = ordinal == *plan_.from;
    if (!candidate.identity || !candidate.is_usable()) return false;
    if (is_best) return true;
    const bool votes = Voters().contains(candidate.identity->node_id);
    return candidate.shares_log && votes && !candidate.differs && !candidate.put_back &&
           candidate.standing() != Standing::kRefuted &&
           candidate.forecast()->worst() < Weight::kStopsWithOthers;
  }

  const std::set<uint64_t>& Voters() const { return Of(*plan_.from).voters; }

  void PlanStart() {
    const std::vector<size_t> starters = FindStarters();
    const size_t voters = Voters().size();
    const size_t needed = voters / 2 + 1;
    const size_t missing = needed - std::min(needed, starters.size());
    const bool is_hopeless = voters > 0 && missing > CountAbsent();
    if (is_hopeless) {
      StartAlone(starters.front());
      return;
    }
    size_t up = 0;
    for (const size_t i : starters) {
      Mend(i);
      Add({.deed = Deed::kStart, .member = i, .count = ++up, .voters = voters});
    }
    if (voters > 0 && missing > 0) {
      Add({.deed = Deed::kStartOthers, .count = missing, .voters = CountAbsent()});
      Add({.deed = Deed::kStartAlone, .member = starters.front(), .is_last_resort = true});
    } else {
      JoinOthers(starters);
    }
    for (const size_t i : starters) MendLater(i);
  }

  void StartAlone(size_t ordinal) {
    Mend(ordinal);
    Add({.deed = Deed::kStartAlone, .member = ordinal});
    JoinOthers({ordinal});
    MendLater(ordinal);
  }

  // Voters whose directories are not at hand. They may be somewhere.
  size_t CountAbsent() const {
    size_t absent = Voters().size();
    for (const uint64_t id : Voters()) {
      absent -= std::ranges::any_of(best_.candidates, [&](const Candidate& candidate) {
        return candidate.identity && candidate.identity->node_id == id && candidate.shares_log;
      });
    }
    return absent;
  }

  // The voters whose files are of no use.
  void JoinOthers(const std::vector<size_t>& started) {
    std::set<uint64_t> done;
    for (const size_t i : started) done.insert(Of(i).identity->node_id);
    for (size_t i = 0; i < best_.candidates.size(); ++i) {
      const Candidate& candidate = Of(i);
      if (!candidate.identity || !candidate.shares_log || candidate.forecast() == nullptr) continue;
      if (!Voters().contains(candidate.identity->node_id)) continue;
      if (done.insert(candidate.identity->node_id).second) {
        Add({.deed = Deed::kJoinAnew, .member = i});
      }
    }
  }

  void Mend(size_t ordinal) {
    for (const Remark& remark : Of(ordinal).forecast()->remarks) {
      if (remark.weight < Weight::kHarms || IsInPlan(remark.remedy)) continue;
      if (!IsForLater(remark.remedy)) {
        Add({.deed = Deed::kMend, .member = ordinal, .remark = remark});
      }
    }
  }

  void MendLater(size_t ordinal) {
    for (const Remark& remark : Of(ordinal).forecast()->remarks) {
      const bool is_told = std::ranges::any_of(plan_.steps, [&](const Step& step) {
        return step.deed == Deed::kMend && step.remark->matter == remark.matter;
      });
      if (IsForLater(remark.remedy) && !is_told) {
        Add({.deed = Deed::kMend, .member = ordinal, .remark = remark});
      }
    }
  }

  // etcd serves from none as it is: from one after its remedy, or from a database.
  void PlanWithoutStart() {
    std::optional<size_t> mended, restored;
    for (size_t i = 0; i < best_.candidates.size(); ++i) {
      if (CanBeMended(i) && (!mended || IsBetter(i, *mended))) mended = i;
      if (CanBeRestored(i) && (!restored || IsBetter(i, *restored))) restored = i;
    }
    if (mended && (!restored || !IsBetter(*restored, *mended))) {
      plan_.from = mended;
      Add({.deed = Deed::kMend, .member = *mended, .remark = *Of(*mended).forecast()->gravest()});
      Add({.deed = Deed::kAskAgain});
    } else if (restored) {
      plan_.from = restored;
      Add({.deed = Deed::kRestore, .member = *restored});
    }
  }

  // Of a damaged database, etcd makes no sound one.
  bool CanBeRestored(size_t ordinal) const {
    return Of(ordinal).revision > 0 &&
           std::ranges::none_of(Of(ordinal).objections, [](const Objection& objection) {
             return objection.kind == Objection::Kind::kDamaged ||
                    objection.kind == Objection::Kind::kNoDatabase;
           });
  }

  bool CanBeMended(size_t ordinal) const {
    const Forecast* const forecast = Of(ordinal).forecast();
    if (forecast == nullptr || forecast->gravest() == nullptr || forecast->loses_all())
      return false;
    const Remedy remedy = forecast->gravest()->remedy;
    return !IsInPlan(remedy) && remedy != Remedy::kRestoreFromDatabase;
  }

  // Of two that do not serve: whose files are sounder, and who has more.
  bool IsBetter(size_t a, size_t b) const {
    const auto rank = [&](const Candidate& candidate) {
      return std::tuple(candidate.standing(), candidate.lost ? candidate.lost->count() : 0,
                        -std::max(candidate.revision, candidate.revision_rolled.value_or(0)));
    };
    return rank(Of(a)) < rank(Of(b));
  }

  const BestMember& best_;
  Plan plan_;
};

}  // namespace

Plan MakePlan(const BestMember& best) { return Planner(best).Make(); }

const char* DeedName(Deed deed) {
  switch (deed) {
    case Deed::kCopyAll: return "copy_all";
    case Deed::kMend: return "mend";
    case Deed::kAskAgain: return "ask_again";
    case Deed::kStart: return "start";
    case Deed::kStartOthers: return "start_others";
    case Deed::kStartAlone: return "start_alone";
    case Deed::kRestore: return "restore";
    case Deed::kJoinAnew: return "join_anew";
  }
  return "";
}

}  // namespace etcdf::restore
