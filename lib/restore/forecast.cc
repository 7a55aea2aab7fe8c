#include "restore/forecast.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/escape.h"
#include "bolt/findings.h"
#include "member/membership.h"
#include "member/open_database.h"
#include "mvcc/findings.h"
#include "restore/start_replay.h"
#include "restore/v2_store.h"
#include "snapfile/snap_file.h"
#include "wal/log_head.h"

namespace etcdf::restore {
namespace {

namespace fs = std::filesystem;
using apply::Version;

constexpr Version kFirstWithoutV2Store{.major = 3, .minor = 6};
constexpr Version kFirstWithoutSnapFiles{.major = 3, .minor = 7};

// Since 3.3.25 and 3.4.8 a `.snap` file counts only if the log has a record of it, and the whole
// log is read for that (wal.go, ValidSnapshotEntries).
bool GoesBySnapshotRecords(const Version& version) {
  if (version.minor == 3) return version.patch >= 25;
  if (version.minor == 4) return version.patch >= 8;
  return version.minor >= 5;
}

// The kinds of damage at which etcd stops when it opens the database, or later, when it reads rows.
struct FatalFinding {
  FindingKind kind;
  bool at_open = true;
  Version since = {};
};
constexpr FatalFinding kFatalFindings[] = {
    {bolt::kNoValidMeta},
    {member::kUnreadable},
    {bolt::kBadPage},
    {bolt::kPageReused},
    {bolt::kPageShared},
    {bolt::kBeyondHighWater},
    {bolt::kNotAFreelist},
    {bolt::kBadElement},
    {mvcc::kBadRowKey, false},
    {mvcc::kBadRowValue, false},
    {mvcc::kBadLease, false},
    {mvcc::kBadAlarmRow, false},
    {member::kMembersUnreadable, false, kFirstWithoutV2Store},
};

const Finding* FindFatal(std::span<const Finding> met, const Version& version, bool at_open) {
  for (const Finding& finding : met) {
    const auto* const fatal = std::ranges::find_if(kFatalFindings, [&](const FatalFinding& known) {
      return known.kind.id == finding.kind.id && known.at_open == at_open && version >= known.since;
    });
    if (fatal != std::end(kFatalFindings)) return &finding;
  }
  return nullptr;
}

bool Met(std::span<const Finding> met, const FindingKind& kind) {
  return std::ranges::any_of(met, [&](const Finding& found) { return found.kind.id == kind.id; });
}

class Forecaster {
 public:
  Forecaster(const Evidence& evidence, const Version& version) : evidence_(evidence) {
    forecast_.version = version;
    const fs::path path = fs::path(evidence.dir.snap_dir) / "db";
    std::error_code error;
    const std::optional<uint64_t> bytes = evidence.dir.database_bytes;  // of one in an archive, too
    has_database_ = bytes || (!evidence.dir.snap_dir.empty() && fs::exists(path, error));
    database_is_new_ = has_database_ && (bytes ? *bytes == 0 : fs::file_size(path, error) == 0);
    if (evidence.database != nullptr) database_ = *evidence.database;
  }

  Forecast Run() {
    // Each step says if the next one is reached.
    const bool starts = CheckFolders() && CheckLogThere() && CheckDatabase() && ChooseSnapshot() &&
                        CheckSnapshotDatabase() && CheckSchema() && ReadLog() && CheckIdentity() &&
                        CheckStoredVersion() && CheckDatabaseThere() && SetMembers() &&
                        CheckRaftState() && CheckRows() && ApplyLog();
    if (starts) CheckWhatFollows();
    return std::move(forecast_);
  }

 private:
  bool Stop(Remark remark) {
    remark.weight = Weight::kStops;
    forecast_.remarks.push_back(std::move(remark));
    return false;
  }
  void Add(Weight weight, Remark remark) {
    remark.weight = weight;
    forecast_.remarks.push_back(std::move(remark));
  }

  const Version& version() const { return forecast_.version; }
  uint64_t applied() const { return database_.applied; }
  bool goes_by_bucket() const { return version() >= kFirstWithoutV2Store; }

  bool CheckFolders() {
    std::error_code error;
    const fs::path path = evidence_.dir.path;
    if (!fs::is_directory(path / "member", error) || !fs::exists(path / "proxy", error))
      return true;
    return Stop({.matter = Matter::kProxyBesideMember, .remedy = Remedy::kMoveProxyAway});
  }

  bool CheckLogThere() {
    if (!evidence_.dir.segments.empty()) return true;
    if (applied() > 0) {
      return Stop(
          {.matter = Matter::kNoLog, .remedy = Remedy::kRestoreFromDatabase, .index = applied()});
    }
    if (has_database_ && !database_is_new_ && !CheckDatabase()) return false;
    Add(Weight::kHarms, {.matter = Matter::kNothingServes});
    return false;
  }

  bool CheckDatabase() {
    if (!has_database_ || database_is_new_) return true;
    if (const Finding* const fatal = FindFatal(evidence_.met, version(), true)) {
      return StopAt(*fatal, Met(evidence_.met, bolt::kTruncated));
    }
    if (!database_.is_open && !Met(evidence_.met, member::kMissingBucket)) {
      return Stop({.matter = Matter::kDatabaseUnreadable, .remedy = DatabaseRemedy()});
    }
    if (Met(evidence_.met, bolt::kBadMeta)) {
      Add(Weight::kNote, {.matter = Matter::kMetaPageDamaged});
    }
    if (!database_.has_buckets) Add(Weight::kHarms, {.matter = Matter::kBucketMissing});
    return true;
  }

  // A page that the file does not have is not looked at, but touched: `present` tells so.
  bool StopAt(const Finding& finding, bool touches) {
    return Stop({.matter = Matter::kDatabaseDamaged,
                 .remedy = DatabaseRemedy(),
                 .present = touches && finding.kind.id == bolt::kBadPage.id ? 1U : 0U,
                 .name = std::string(finding.kind.id),
                 .detail = finding.what});
  }

  // A log that has its beginning makes the database again.
  Remedy DatabaseRemedy() const {
    const bool has_all = evidence_.log != nullptr && !evidence_.log->segments().empty() &&
                         evidence_.log->segments().front().name.sequence == 0 &&
                         evidence_.dir.snaps.empty() &&
                         wal::ReadLogHead(*evidence_.log).kind == wal::LogHead::Kind::kBootstrap;
    return has_all ? Remedy::kMoveDatabaseAway : Remedy::kNone;
  }

  bool ChooseSnapshot() {
    auto reader = LogReader::Open(evidence_.dir, version());
    if (!reader) {
      return Stop({.matter = Matter::kLogUnopenable, .detail = reader.error().Message()});
    }
    reader_.emplace(*std::move(reader));
    if (GoesBySnapshotRecords(version())) {
      const SnapshotRecords read = reader_->ReadSnapshotRecords();
      if (read.fault) return Stop({.matter = Matter::kLogUnreadable, .fault = read.fault});
      records_ = read.committed;
    }
    if (version() < kFirstWithoutSnapFiles) return ChooseSnapFile();
    if (!records_.empty()) TakeSnapshot(records_.back());
    return true;
  }

  void TakeSnapshot(const wal::EntryId& id) {
    forecast_.snapshot_index = id.index;
    snapshot_term_ = id.term;
  }

  bool IsRecorded(const wire::RaftSnapshot& snapshot) const {
    return std::ranges::any_of(records_, [&](const wal::EntryId& record) {
      return record.index == snapshot.index && record.term == snapshot.term;
    });
  }

  // The newest readable file that the log knows of (snapshotter.go, LoadNewestAvailable).
  bool ChooseSnapFile() {
    for (const io::SnapFile& file : evidence_.dir.snaps) {
      FindingList unreported;  // whoever opened the directory has told of them
      const auto snap = snapfile::ReadSnapFile(file, unreported);
      const std::string name = fs::path(file.path).filename().string();
      if (!snap || !*snap) {
        Add(Weight::kNote, {.matter = Matter::kSnapUnreadable, .name = name});
        continue;
      }
      const wire::RaftSnapshot& snapshot = (*snap)->snapshot;
      if (GoesBySnapshotRecords(version()) && !IsRecorded(snapshot)) continue;
      TakeSnapshot({.index = snapshot.index, .term = snapshot.term});
      conf_state_ = snapshot.conf_state;
      return CheckV2Store(name, snapshot.data);
    }
    return true;
  }

  bool CheckV2Store(const std::string& name, Bytes json) {
    auto store = ReadV2Store(json);
    if (!store) return Stop({.matter = Matter::kV2StoreUnreadable, .name = name});
    // 3.6.0 to 3.6.2 stop at any child of the folder `2`.
    const bool is_strict = version().minor == 6 && version().patch <= 2;
    const bool disallowed = store->has_content || (is_strict && store->has_auth);
    if (disallowed && goes_by_bucket()) {
      Remark remark{.matter = Matter::kV2Content, .name = name};
      const bool can_skip = HasPatch(version(), 6, 13);
      remark.remedy = can_skip ? Remedy::kSkipV2Check : Remedy::kNewerVersion;
      if (!can_skip) remark.remedy_version = {.major = 3, .minor = 6, .patch = 13};
      return Stop(std::move(remark));
    }
    v2_store_ = *std::move(store);
    return true;
  }

  std::string SnapDbName() const { return FixedHex(forecast_.snapshot_index, 16) + ".snap.db"; }

  // A snapshot from the leader comes with a database, which etcd puts in place of its own.
  bool CheckSnapshotDatabase() {
    const uint64_t snapshot = forecast_.snapshot_index;
    if (snapshot <= applied()) return true;
    const std::string name = SnapDbName();
    const fs::path path = fs::path(evidence_.dir.snap_dir) / name;
    std::error_code error;
    if (!fs::exists(path, error)) {
      return Stop({.matter = Matter::kOlderThanSnapshot,
                   .index = snapshot,
                   .index_last = applied(),
                   .name = name});
    }
    OtherDatabase other = ReadOtherDatabase(path.string());
    if (const Finding* const fatal = FindFatal(other.met.findings(), version(), true)) {
      return Stop({.matter = Matter::kSnapDbUnreadable,
                   .remedy = Remedy::kCopyFirst,
                   .name = name,
                   .detail = fatal->what});
    }
    if (!other.state.is_open) {
      return Stop(
          {.matter = Matter::kSnapDbUnreadable, .remedy = Remedy::kCopyFirst, .name = name});
    }
    if (other.state.applied > 0 && other.state.applied < snapshot) {
      return Stop({.matter = Matter::kSnapDbOlder,
                   .remedy = Remedy::kCopyFirst,
                   .index = snapshot,
                   .index_last = other.state.applied,
                   .name = name});
    }
    Add(Weight::kNote, {.matter = Matter::kSnapDbReplaces,
                        .remedy = Remedy::kCopyFirst,
                        .index = snapshot,
                        .name = name});
    replaced_ = std::move(other);
    database_ = replaced_->state;
    return true;
  }

  std::span<const Finding> met() const {
    return replaced_ ? std::span<const Finding>(replaced_->met.findings()) : evidence_.met;
  }

  // Since 3.6 a binary knows the schemas up to its own (schema/schema.go, Validate); 3.4 since
  // 3.4.31 those of 3.4 and 3.5.
  bool CheckSchema() {
    if (!has_database_ || !database_.storage_version) return true;
    const Version& stored = *database_.storage_version;
    const bool checks = goes_by_bucket() || (version().minor == 4 && version().patch >= 31);
    const uint32_t newest = version().minor == 4 ? 5 : version().minor;
    if (!checks || std::pair(stored.major, stored.minor) <= std::pair(3U, newest)) return true;
    return Stop({.matter = Matter::kSchemaTooNew,
                 .remedy = Remedy::kNewerVersion,
                 .version = stored,
                 .remedy_version = stored});
  }

  bool ReadLog() {
    tail_ = reader_->ReadFrom(forecast_.snapshot_index, snapshot_term_);
    forecast_.index_last = tail_.index_last;
    const LogFaultKind kind = tail_.fault.kind;
    if (kind == LogFaultKind::kNoSegment || kind == LogFaultKind::kSequenceGap) {
      return Stop(
          {.matter = Matter::kNoSegment, .index = forecast_.snapshot_index, .fault = tail_.fault});
    }
    if (tail_.fault) return Stop({.matter = Matter::kLogUnreadable, .fault = tail_.fault});
    if (tail_.repaired) {
      Add(Weight::kNote, {.matter = Matter::kLogRepaired,
                          .index_last = tail_.index_last,
                          .fault = tail_.repaired});
    }
    return true;
  }

  bool CheckIdentity() {
    if (version() >= kFirstWithoutSnapFiles && records_.empty()) {
      return Stop({.matter = Matter::kNoSnapshotRecord});
    }
    if (!tail_.metadata || tail_.metadata->node_id == 0) return Stop({.matter = Matter::kNoNodeId});
    state_.version = version();
    state_.node = tail_.metadata->node_id;
    state_.applied = applied();
    state_.downgrade = database_.downgrade;
    state_.alarms = database_.alarms;
    state_.db_members = database_.members;
    state_.removed = database_.removed;
    state_.v2_members = v2_store_.members;
    return true;
  }

  // Up to 3.5 the v2 store says which version the cluster has, later the database.
  std::optional<Version> StoredVersion() const {
    return goes_by_bucket() ? database_.cluster_version : v2_store_.version;
  }

  bool CheckStoredVersion() {
    const auto cluster = StoredVersion();
    if (!cluster) return true;
    auto stop = CheckClusterVersion(*cluster, state_, 0);
    return !stop || Stop(*std::move(stop));
  }

  bool CheckDatabaseThere() {
    if (has_database_) return true;
    if (StoredVersion()) {
      return Stop({.matter = Matter::kDatabaseMissing,
                   .remedy = replaced_ ? Remedy::kMakeEmptyDatabase : Remedy::kNone,
                   .name = replaced_ ? SnapDbName() : ""});
    }
    if (!replaced_) Add(Weight::kNote, {.matter = Matter::kDatabaseRebuilt});
    return true;
  }

  // Who votes and who is a member, as the version finds it before it applies the log.
  bool SetMembers() {
    if (goes_by_bucket()) MendLearners();
    if (version() < kFirstWithoutSnapFiles) {
      state_.voters = {conf_state_.voters.begin(), conf_state_.voters.end()};
      state_.learners = {conf_state_.learners.begin(), conf_state_.learners.end()};
    } else {
      for (const auto& [id, seen] : state_.db_members) {
        const bool learns = seen.standing == member::Standing::kLearner;
        (learns ? state_.learners : state_.voters).insert(id);
      }
    }
    const auto learners = std::ranges::count_if(state_.db_members, [](const auto& member) {
      return member.second.standing == member::Standing::kLearner;
    });
    if (goes_by_bucket() && learners > 1) {
      return Stop({.matter = Matter::kTooManyLearners,
                   .remedy = Remedy::kRaiseLearnerLimit,
                   .count = static_cast<uint64_t>(learners)});
    }
    if (!state_.learners.empty() && state_.voters.empty()) {
      return Stop({.matter = Matter::kOnlyLearners, .remedy = Remedy::kRestoreFromDatabase});
    }
    return true;
  }

  // 3.6 takes from the v2 store that a learner was promoted (membership/storev2.go).
  void MendLearners() {
    for (auto& [id, seen] : state_.db_members) {
      const auto other = v2_store_.members.find(id);
      const bool votes =
          other != v2_store_.members.end() && other->second.standing == member::Standing::kMember;
      if (seen.standing == member::Standing::kLearner && votes) {
        seen.standing = member::Standing::kMember;
      }
    }
  }

  bool CheckRaftState() {
    const uint64_t commit = tail_.state.commit;
    const bool is_empty = tail_.state.term == 0 && tail_.state.vote == 0 && commit == 0;
    if (is_empty || (commit >= forecast_.snapshot_index && commit <= tail_.index_last)) return true;
    return Stop({.matter = Matter::kCommitOutOfRange,
                 .index = commit,
                 .index_first = forecast_.snapshot_index,
                 .index_last = tail_.index_last});
  }

  bool CheckRows() {
    for (const BadRow row : database_.bad_rows) {
      if (Reads(row)) return Stop({.matter = Matter::kBadRow, .row = row});
      const bool is_read_later = row == BadRow::kUser || row == BadRow::kRole;
      if (is_read_later) Add(Weight::kHarms, {.matter = Matter::kBadRow, .row = row});
    }
    const Finding* const fatal = FindFatal(met(), version(), false);
    return fatal == nullptr || StopAt(*fatal, false);
  }

  bool Reads(BadRow row) const {
    switch (row) {
      case BadRow::kConsistentIndex:
      case BadRow::kCompaction:
      case BadRow::kAuthRevision: return true;
      case BadRow::kClusterVersion:
      case BadRow::kDowngrade: return goes_by_bucket();
      case BadRow::kConfState: return version().minor == 4 && version().patch >= 31;
      // Before, when the user is first asked for.
      case BadRow::kUser:
      case BadRow::kRole:
        return HasPatch(version(), 5, 5) || (version().minor == 4 && version().patch >= 21);
    }
    return false;
  }

  bool ApplyLog() {
    auto stop = Replay(tail_, state_);
    return !stop || Stop(*std::move(stop));
  }

  bool CheckWhatFollows() {
    CheckHistory();
    CheckEnd();
    CheckAlarms();
    if (state_.voters.empty()) {
      Add(Weight::kHarms, {.matter = Matter::kNoVoters});
      return true;
    }
    if (!CheckItself()) return false;
    CheckStrangers();
    CheckVoters();
    if (evidence_.acknowledged > tail_.index_last && !state_.VotesAlone()) {
      Add(Weight::kStopsWithOthers, {.matter = Matter::kLostAcknowledged,
                                     .remedy = Remedy::kChangeLeader,
                                     .index = evidence_.acknowledged,
                                     .index_last = tail_.index_last});
    }
    return true;
  }

  // Each member makes its name known once there is a leader, and a member that is not known stops
  // at its own entry.
  bool CheckItself() {
    const uint64_t node = state_.node;
    const bool votes = state_.voters.contains(node);
    if (!state_.Knows(node) && !state_.KnowsAsRemoved(node) && votes) {
      const Remark remark{
          .matter = Matter::kMemberUnknown, .remedy = Remedy::kMoveDatabaseAway, .node = node};
      if (state_.VotesAlone()) return Stop(remark);
      Add(Weight::kStopsWithOthers, remark);
    } else if (state_.removed.contains(node)) {
      Add(state_.VotesAlone() ? Weight::kHarms : Weight::kStopsWithOthers,
          {.matter = Matter::kRemovedByDatabase, .remedy = Remedy::kJoinAnew, .node = node});
    } else if (IsOfOthers()) {
      Add(Weight::kHarms, {.matter = Matter::kOtherMembers, .node = node});
    }
    return true;
  }

  // Up to 3.5 nothing compares the two. A restore by 3.4 leaves the members of the cluster before
  // in the bucket, until the new ones have made themselves known.
  bool IsOfOthers() const {
    return !goes_by_bucket() && !database_.members.empty() &&
           !state_.db_members.contains(state_.node) && Head() != wal::LogHead::Kind::kRestore;
  }

  wal::LogHead::Kind Head() const {
    return evidence_.log == nullptr ? wal::LogHead::Kind::kUnknown
                                    : wal::ReadLogHead(*evidence_.log).kind;
  }

  void CheckVoters() {
    if (!state_.voters.contains(state_.node)) {
      const bool learns = state_.learners.contains(state_.node);
      Add(learns ? Weight::kWaits : Weight::kHarms,
          {.matter = learns ? Matter::kLearner : Matter::kNotAVoter, .node = state_.node});
      return;
    }
    uint64_t present = 1;
    for (const uint64_t id : evidence_.others) {
      if (id != state_.node && state_.voters.contains(id)) ++present;
    }
    if (present > state_.voters.size() / 2) return;
    Add(Weight::kWaits, {.matter = Matter::kNoQuorum,
                         .remedy = Remedy::kStartOthers,
                         .count = state_.voters.size(),
                         .present = present});
  }

  // Members that the bucket has and the log does not: since 3.6 they are members again, and 3.7 has
  // them vote.
  void CheckStrangers() {
    if (!goes_by_bucket()) return;
    const auto known = KnownByLog();
    if (!known) return;
    Remark remark{.matter = Matter::kStrangeMembers};
    if (version() >= kFirstWithoutSnapFiles) remark.matter = Matter::kStrangeVoters;
    for (const auto& [id, seen] : state_.db_members) {
      if (known->contains(id)) continue;
      if (remark.count++ == 0) remark.node = id;
    }
    if (remark.count == 0) return;
    Add(version() >= kFirstWithoutSnapFiles ? Weight::kHarms : Weight::kNote, std::move(remark));
  }

  // Voters and learners by the .snap file and the log after it; nothing where that is not there.
  std::optional<std::set<uint64_t>> KnownByLog() const {
    StartState state{.version = {.major = 3, .minor = 6}, .node = 0};
    if (version() < kFirstWithoutSnapFiles) {
      state = state_;
    } else {
      if (forecast_.snapshot_index > 0 && !ReadConfState(state)) return std::nullopt;
      for (const LogEvent& event : tail_.events) {
        if (event.kind != LogEvent::Kind::kConfChange) continue;
        LogTail one{.events = {event}};
        one.state.commit = UINT64_MAX;
        Replay(one, state);
      }
    }
    std::set<uint64_t> known = state.voters;
    known.insert(state.learners.begin(), state.learners.end());
    return known.empty() ? std::nullopt : std::optional(std::move(known));
  }

  bool ReadConfState(StartState& state) const {
    for (const io::SnapFile& file : evidence_.dir.snaps) {
      FindingList unreported;
      const auto snap = snapfile::ReadSnapFile(file, unreported);
      if (!snap || !*snap || (*snap)->snapshot.index != forecast_.snapshot_index) continue;
      const wire::ConfState& conf = (*snap)->snapshot.conf_state;
      state.voters = {conf.voters.begin(), conf.voters.end()};
      state.learners = {conf.learners.begin(), conf.learners.end()};
      return true;
    }
    return false;
  }

  // Each entry makes at most one revision. A database with more was restored from a backup, and a
  // log that begins with a new cluster is not its own: what it has is applied onto the other state.
  void CheckHistory() {
    if (!database_.is_open || replaced_ || evidence_.log == nullptr) return;
    if (tail_.index_last <= applied()) return;
    const wal::LogHead head = wal::ReadLogHead(*evidence_.log);
    if (head.kind != wal::LogHead::Kind::kBootstrap) return;
    const bool had_v2 =
        v2_store_.has_content || std::ranges::any_of(tail_.events, [](const LogEvent& event) {
          return event.kind == LogEvent::Kind::kOtherV2;
        });
    if (had_v2) return;  // what was migrated from API v2 brought its own revisions
    const uint64_t makers = applied() - std::min(applied(), head.additions);
    if (database_.revision < 0 || static_cast<uint64_t>(database_.revision) <= makers + 1) return;
    Add(Weight::kHarms, {.matter = Matter::kOtherHistory,
                         .remedy = Remedy::kCopyFirst,
                         .index = std::max(applied(), forecast_.snapshot_index) + 1,
                         .index_last = tail_.index_last});
  }

  void CheckEnd() {
    if (!replaced_ && applied() > tail_.index_last) {
      Add(state_.voters.size() > 1 ? Weight::kNote : Weight::kHarms,
          {.matter = Matter::kAppliedBeyondLog,
           .index = applied(),
           .index_last = tail_.index_last,
           .count = applied() - tail_.index_last});
    }
    if (evidence_.log == nullptr) return;
    const uint64_t known = evidence_.log->summary().entries.index_last;
    if (known > tail_.index_last) {
      Add(Weight::kHarms, {.matter = Matter::kEntriesCutOff,
                           .remedy = Remedy::kCopyFirst,
                           .index = tail_.index_last + 1,
                           .index_last = known});
    }
  }

  void CheckAlarms() {
    for (const Alarm& alarm : state_.alarms) {
      if (alarm.type != kNoSpace && alarm.type != kCorrupt) continue;
      const Matter matter = alarm.type == kNoSpace ? Matter::kAlarmNoSpace : Matter::kAlarmCorrupt;
      const bool is_told = std::ranges::any_of(
          forecast_.remarks, [&](const Remark& remark) { return remark.matter == matter; });
      if (is_told) continue;
      Add(Weight::kHarms, {.matter = matter, .remedy = Remedy::kDisarmAlarm, .node = alarm.member});
    }
  }

  const Evidence& evidence_;
  Forecast forecast_;
  bool has_database_ = false;
  bool database_is_new_ = false;           // of 0 bytes
  DatabaseState database_;                 // that etcd goes on with
  std::optional<OtherDatabase> replaced_;  // a .snap.db
  uint64_t snapshot_term_ = 0;
  std::vector<wal::EntryId> records_;
  wire::ConfState conf_state_;  // of the .snap file
  V2Store v2_store_;            // likewise
  std::optional<LogReader> reader_;
  LogTail tail_;
  StartState state_;
};

}  // namespace

Weight Forecast::worst() const {
  const Remark* const remark = gravest();
  return remark == nullptr ? Weight::kNote : remark->weight;
}

const Remark* Forecast::gravest() const {
  const auto found = std::ranges::max_element(remarks, {}, &Remark::weight);
  return found == remarks.end() ? nullptr : &*found;
}

bool Forecast::loses_all() const {
  return std::ranges::any_of(remarks, [](const Remark& remark) {
    return remark.matter == Matter::kBucketMissing || remark.matter == Matter::kNothingServes;
  });
}

Starts Forecast::starts() const {
  switch (worst()) {
    case Weight::kNote: return Starts::kYes;
    case Weight::kWaits:
    case Weight::kHarms: return Starts::kYesBut;
    case Weight::kStopsWithOthers: return Starts::kAloneOnly;
    case Weight::kStops: return Starts::kNo;
  }
  return Starts::kNo;
}

Forecast ForecastStart(const Evidence& evidence, const Version& version) {
  return Forecaster(evidence, version).Run();
}

}  // namespace etcdf::restore
