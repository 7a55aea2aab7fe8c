#include "audit/witnesses.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "apply/compare.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/status.h"

namespace etcdf::audit {
namespace {

class Witness {
 public:
  Witness(Trials& trials, const mvcc::Store& asked)
      : trials_(trials),
        walk_(trials.walk()),
        database_{.database = asked.database, .file = asked.file, .findings = unheard_},
        index_(mvcc::ReadStatus(database_).consistent_index.value_or(0)) {}

  // It has applied a part of what the member has. With as much or more of it, it has compacted as
  // much.
  bool IsEarlier() const {
    const Entries& entries = walk_.entries();
    return !entries.empty() && entries[0].index <= index_ &&
           index_ < entries[entries.size() - 1].index;
  }

  // The script gives the database of the witness at the entry that it applied last.
  bool IsGivenBy(const Script& script) {
    if (!trials_.Try(script).ends) return false;
    const Entries& entries = walk_.entries();
    const auto steps = walk_.steps();
    size_t step = steps.size();
    while (step > 0 && entries[steps[step - 1].position].index > index_) --step;
    walk_.GoBack(step);
    return apply::CompareKeys(walk_.store(), database_).equal();
  }

  // So does the log without the script's edit number `at`, whatever the member itself holds.
  bool IsSoundAsTo(size_t at, const Script& script) {
    const Entries& entries = walk_.entries();
    size_t position = script[at].position;
    if (position >= entries.size() || entries[position].index > index_) return IsGivenBy(script);
    if (!trials_.Try(script).ends) return false;
    walk_.GoBackToEdit(at);
    apply::MemberStore& store = walk_.store();
    const auto before = store.mark();
    for (; position < entries.size() && entries[position].index <= index_; ++position) {
      store.Apply(entries[position]);
    }
    const bool is_sound = apply::CompareKeys(store, database_).equal();
    store.RollBack(before);
    return is_sound;
  }

 private:
  Trials& trials_;
  Walk& walk_;
  mvcc::UnheardFindings unheard_;
  mvcc::Store database_;
  uint64_t index_;
};

// Whether the witness tells which edit it was that is number `at`. If so, the others of it are
// those between which the witness cannot tell either.
bool Settle(Trials& trials, Witness& witness, size_t at, Plan& plan) {
  const bool is_sound = witness.IsSoundAsTo(at, plan.script);
  if (is_sound || trials.IsSpent()) return false;
  std::vector<Edit> edits = plan.others[at];
  edits.insert(edits.begin(), plan.script[at]);
  const size_t before = edits.size();
  std::erase_if(edits, [&](const Edit& edit) {
    Script script = plan.script;
    script[at] = edit;
    return trials.IsSpent() || !witness.IsGivenBy(script);
  });
  if (trials.IsSpent() || edits.empty() || edits.size() == before) return false;
  plan.script[at] = edits.front();
  edits.erase(edits.begin());
  plan.others[at] = std::move(edits);
  return true;
}

}  // namespace

void SettleTies(Trials& trials, std::span<const Peer> peers, Explanation& explanation) {
  Plan& plan = explanation.plan;
  explanation.settled_by.resize(plan.script.size());
  for (size_t peer = 0; peer < peers.size(); ++peer) {
    if (peers[peer].database == nullptr) continue;
    Witness witness(trials, *peers[peer].database);
    if (!witness.IsEarlier()) continue;
    for (size_t at = 0; at < plan.script.size(); ++at) {
      if (plan.others[at].empty() || trials.IsSpent()) continue;
      if (Settle(trials, witness, at, plan)) explanation.settled_by[at] = peer;
    }
  }
  trials.Try(plan.script);
}

}  // namespace etcdf::audit
