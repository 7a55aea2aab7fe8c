#include "restore/start_replay.h"

#include <utility>

namespace etcdf::restore {
namespace {

using Kind = LogEvent::Kind;
using member::Standing;

bool IsPresent(const member::Membership& members, uint64_t id) {
  const auto found = members.find(id);
  return found != members.end() && (found->second.standing == Standing::kMember ||
                                    found->second.standing == Standing::kLearner);
}

bool IsRemoved(const member::Membership& members, uint64_t id) {
  const auto found = members.find(id);
  return found != members.end() && found->second.standing == Standing::kRemoved;
}

class Replayer {
 public:
  explicit Replayer(StartState& state) : state_(state) {}

  std::optional<Remark> Take(const LogEvent& event) {
    const bool is_new = event.index_last > state_.applied;
    if (event.is_v2) {
      if (auto stop = CheckV2(event)) return stop;
    } else if (IsUnknownTo34(event) && state_.version.minor <= 4) {
      if (is_new) return Stop(Matter::kUnknownEntry, event);
      return std::nullopt;
    }
    switch (event.kind) {
      case Kind::kConfChange: return Change(event, is_new);
      case Kind::kUnreadableConfChange: return Stop(Matter::kBadConfChange, event);
      case Kind::kAttributes: return CheckKnown(event);
      case Kind::kClusterVersion:
        return CheckClusterVersion(event.version, state_, event.index_first);
      case Kind::kDowngrade:
        state_.downgrade = {.enabled = event.is_on, .target = event.version};
        return std::nullopt;
      case Kind::kAlarm:
        if (is_new) Set(event);
        return std::nullopt;
      case Kind::kOtherV2: return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  static bool IsUnknownTo34(const LogEvent& event) {
    return event.kind == Kind::kAttributes || event.kind == Kind::kClusterVersion ||
           event.kind == Kind::kDowngrade;
  }

  static Remark Stop(Matter matter, const LogEvent& event, Remedy remedy = Remedy::kNone) {
    return {.matter = matter,
            .weight = Weight::kStops,
            .remedy = remedy,
            .index = event.index_first,
            .count = event.index_last - event.index_first + 1,
            .node = event.node};
  }

  // 3.6 translates those two that 3.4 and 3.5 write by themselves (v2_server.go, v2ToV3Request);
  // 3.7 does not know the form.
  std::optional<Remark> CheckV2(const LogEvent& event) const {
    const uint32_t minor = state_.version.minor;
    if (minor < 6 || (minor == 6 && event.kind != Kind::kOtherV2)) return std::nullopt;
    Remark remark = Stop(Matter::kV2Entry, event, Remedy::kSnapshotByOlderVersion);
    const bool can_36 = minor >= 7 && event.kind != Kind::kOtherV2;
    remark.remedy_version = {.major = 3, .minor = can_36 ? 6U : 5U};
    return remark;
  }

  std::optional<Remark> CheckKnown(const LogEvent& event) const {
    if (state_.Knows(event.node) || state_.KnowsAsRemoved(event.node)) return std::nullopt;
    return Stop(Matter::kMemberUnknown, event, Remedy::kMoveDatabaseAway);
  }

  // A change that is not valid where it stands changes nothing (cluster.go,
  // ValidateConfigurationChange): of an applied one the v2 store is asked.
  bool IsValid(const LogEvent& event, bool is_new) const {
    if (state_.goes_by_bucket() && is_new) return !state_.removed.contains(event.node);
    return !IsRemoved(state_.v2_members, event.node);
  }

  std::optional<Remark> Change(const LogEvent& event, bool is_new) {
    if (!IsValid(event, is_new)) return std::nullopt;
    // 3.7 has the applied ones from the bucket already.
    const bool is_for_raft = state_.version.minor < 7 || is_new;
    if (event.change == wire::ConfChangeType::kRemoveNode) {
      if (is_for_raft) {
        state_.voters.erase(event.node);
        state_.learners.erase(event.node);
      }
      state_.v2_members[event.node].standing = Standing::kRemoved;
      if (is_new) {
        state_.db_members.erase(event.node);
        state_.removed.insert(event.node);
      }
      if (event.node == state_.node) return Stop(Matter::kRemovesItself, event, Remedy::kJoinAnew);
    } else if (event.change != wire::ConfChangeType::kUpdateNode) {
      Add(event, is_new, is_for_raft);
    }
    return std::nullopt;
  }

  void Add(const LogEvent& event, bool is_new, bool is_for_raft) {
    const bool learns = event.change == wire::ConfChangeType::kAddLearnerNode;
    const Standing standing = learns ? Standing::kLearner : Standing::kMember;
    if (is_for_raft) {
      (learns ? state_.learners : state_.voters).insert(event.node);
      (learns ? state_.voters : state_.learners).erase(event.node);
    }
    state_.v2_members[event.node].standing = standing;
    if (is_new) state_.db_members[event.node].standing = standing;
  }

  void Set(const LogEvent& event) {
    const Alarm alarm{.member = event.node, .type = event.alarm};
    if (event.is_on) {
      state_.alarms.insert(alarm);
    } else {
      state_.alarms.erase(alarm);
    }
  }

  StartState& state_;
};

bool IsLower(const apply::Version& a, const apply::Version& b) {
  return std::pair(a.major, a.minor) < std::pair(b.major, b.minor);
}

}  // namespace

bool StartState::Knows(uint64_t id) const {
  return IsPresent(goes_by_bucket() ? db_members : v2_members, id);
}

bool StartState::KnowsAsRemoved(uint64_t id) const {
  return goes_by_bucket() ? removed.contains(id) : IsRemoved(v2_members, id);
}

std::optional<Remark> Replay(const LogTail& tail, StartState& state) {
  Replayer replayer(state);
  for (const LogEvent& event : tail.events) {
    // What is not known to be committed a member commits by itself only if it alone votes.
    if (event.index_first > tail.state.commit && !state.VotesAlone()) break;
    if (auto stop = replayer.Take(event)) return stop;
  }
  return std::nullopt;
}

std::optional<Remark> CheckClusterVersion(const apply::Version& cluster, const StartState& state,
                                          uint64_t index) {
  const apply::Version& own = state.version;
  const Downgrade& downgrade = state.downgrade;
  // Only 3.5 goes by it at its start; later ones log it (version/downgrade.go).
  if (own.minor == 5 && downgrade.enabled && downgrade.target.major != 0) {
    if (!IsLower(own, downgrade.target) && !IsLower(downgrade.target, own)) return std::nullopt;
    return Remark{.matter = Matter::kDowngradeToOther,
                  .weight = Weight::kStops,
                  .remedy = Remedy::kFinishDowngrade,
                  .index = index,
                  .version = downgrade.target,
                  .remedy_version = downgrade.target};
  }
  if (!IsLower(own, cluster)) return std::nullopt;
  return Remark{.matter = Matter::kVersionTooNew,
                .weight = Weight::kStops,
                .remedy = Remedy::kNewerVersion,
                .index = index,
                .version = cluster,
                .remedy_version = cluster};
}

}  // namespace etcdf::restore
