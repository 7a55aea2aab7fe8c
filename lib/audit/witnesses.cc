#include "audit/witnesses.h"

#include <algorithm>
#include <memory>
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
    const replay::Entries& entries = walk_.entries();
    return !entries.empty() && entries[0].index <= index_ &&
           index_ < entries[entries.size() - 1].index;
  }

  // The script gives the database of the witness at the entry that it applied last.
  bool IsGivenBy(const Script& script) {
    if (!trials_.Try(script).ends) return false;
    const replay::Entries& entries = walk_.entries();
    const auto steps = walk_.steps();
    size_t step = steps.size();
    while (step > 0 && entries[steps[step - 1].position].index > index_) --step;
    walk_.GoBack(step);
    return HoldsWhatTheStoreDoes();
  }

  // So does the log without the script's edit number `at`, whatever the member itself holds.
  bool IsSoundAsTo(size_t at, const Script& script) {
    const replay::Entries& entries = walk_.entries();
    size_t position = script[at].position;
    if (position >= entries.size() || entries[position].index > index_) return IsGivenBy(script);
    if (!trials_.Try(script).ends) return false;
    walk_.GoBackToEdit(at);
    apply::MemberStore& store = walk_.store();
    const auto before = store.mark();
    for (; position < entries.size() && entries[position].index <= index_; ++position) {
      store.Apply(entries[position]);
    }
    walk_.CountWork(position - script[at].position);
    const bool is_sound = HoldsWhatTheStoreDoes();
    store.RollBack(before);
    return is_sound;
  }

  const mvcc::Store& database() const { return database_; }

 private:
  bool HoldsWhatTheStoreDoes() {
    const auto comparison = apply::CompareKeys(walk_.store(), database_);
    walk_.CountWork(comparison.rows_equal + comparison.rows_different);
    return comparison.equal();
  }

  Trials& trials_;
  Walk& walk_;
  mvcc::UnheardFindings unheard_;
  mvcc::Store database_;
  uint64_t index_;
};

bool IsLoneRevision(const Edit& edit) { return edit.kind == EditKind::kShift && edit.count == 1; }

class Settling {
 public:
  Settling(Trials& trials, const mvcc::Store& database, const mvcc::Store& peer, Plan& plan)
      : trials_(trials), database_(database), witness_(trials, peer), plan_(plan) {}

  bool CanTell() const { return witness_.IsEarlier(); }

  // Whether the witness tells which edit it was that is number `at`. If so, the others of it are
  // those between which the witness cannot tell either.
  bool Settle(size_t at) {
    std::vector<Edit> edits = plan_.others[at];
    edits.insert(edits.begin(), plan_.script[at]);
    if (edits.size() == 1 && !IsLoneRevision(edits.front())) return false;
    const bool is_sound = witness_.IsSoundAsTo(at, plan_.script);
    if (is_sound || trials_.IsSpent()) return false;
    const std::vector<Edit> before = edits;
    AddRowsOfWitness(edits);
    std::erase_if(edits, [&](const Edit& edit) {
      Script script = plan_.script;
      script[at] = edit;
      return trials_.IsSpent() || !witness_.IsGivenBy(script) ||
             (edit.rows != nullptr && !GivesOwn(script));
    });
    if (trials_.IsSpent() || edits.empty() || edits == before) return false;
    plan_.script[at] = edits.front();
    edits.erase(edits.begin());
    plan_.others[at] = std::move(edits);
    return true;
  }

  // Null if they were of no use.
  const std::shared_ptr<const replay::StoredRows>& rows() const { return rows_; }

 private:
  void AddRowsOfWitness(std::vector<Edit>& edits) {
    for (size_t i = 0, count = edits.size(); i < count; ++i) {
      if (!IsLoneRevision(edits[i])) continue;
      if (rows_ == nullptr) rows_ = std::make_shared<const replay::StoredRows>(witness_.database());
      const Edit unlogged{
          .kind = EditKind::kUnlogged, .position = edits[i].position, .rows = rows_.get()};
      if (std::ranges::find(edits, unlogged) == edits.end()) edits.push_back(unlogged);
    }
  }

  bool GivesOwn(const Script& script) {
    return trials_.Try(script).ends &&
           apply::CompareKeys(trials_.walk().store(), database_).equal();
  }

  Trials& trials_;
  const mvcc::Store& database_;
  Witness witness_;
  Plan& plan_;
  std::shared_ptr<const replay::StoredRows> rows_;
};

}  // namespace

void SettleTies(Trials& trials, const mvcc::Store& database, std::span<const Peer> peers,
                Explanation& explanation) {
  Plan& plan = explanation.plan;
  explanation.settled_by.resize(plan.script.size());
  for (size_t peer = 0; peer < peers.size(); ++peer) {
    if (peers[peer].database == nullptr) continue;
    Settling settling(trials, database, *peers[peer].database, plan);
    if (!settling.CanTell()) continue;
    for (size_t at = 0; at < plan.script.size(); ++at) {
      if (settling.Settle(at)) explanation.settled_by[at] = peer;
    }
    if (settling.rows() != nullptr) explanation.peer_rows.push_back(settling.rows());
  }
  trials.Try(plan.script);
}

}  // namespace etcdf::audit
