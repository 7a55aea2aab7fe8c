#include "restore/etcd_words.h"

#include <utility>

#include "bolt/findings.h"
#include "member/open_database.h"
#include "mvcc/findings.h"

namespace etcdf::restore {
namespace {

constexpr char kFault[] = "unexpected fault address";
constexpr char kPages[] = "freepages: failed to get all reachable pages";

struct FindingWords {
  FindingKind kind;
  const char* etcd_says;
  const char* rule;
};
constexpr FindingWords kFindingWords[] = {
    {bolt::kNoValidMeta, "failed to open database", "bbolt db.go, Open"},
    {member::kUnreadable, "failed to open database", "bbolt db.go, Open"},
    {bolt::kBadPage, kPages, "bbolt db.go, freepages"},
    {bolt::kPageReused, kPages, "bbolt db.go, freepages"},
    {bolt::kPageShared, kPages, "bbolt db.go, freepages"},
    {bolt::kBeyondHighWater, kPages, "bbolt db.go, freepages"},
    {bolt::kNotAFreelist, "invalid freelist page", "bbolt freelist.go, read"},
    {bolt::kBadElement, kFault, "bbolt, a page's element"},
    {mvcc::kBadRowKey, "", "mvcc/kvstore.go, restoreChunk"},
    {mvcc::kBadRowValue, "failed to unmarshal mvccpb.KeyValue", "mvcc/kvstore.go, restoreChunk"},
    {mvcc::kBadLease, "failed to unmarshal lease proto item", "lease/lessor.go, initAndRecover"},
    {mvcc::kBadAlarmRow, "", "v3alarm/alarms.go, restore"},
    {member::kMembersUnreadable, "couldn't read members from backend", "schema/membership.go"},
};

const FindingWords* WordsOf(const std::string& finding) {
  for (const FindingWords& words : kFindingWords) {
    if (words.kind.id == finding) return &words;
  }
  return nullptr;
}

bool Is34(const apply::Version& version) { return version.minor <= 4; }
bool IsFrom36(const apply::Version& version) { return version.minor >= 6; }

std::string Number(uint64_t number) { return std::to_string(number); }

std::string LineText(const apply::Version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

std::string DamageWords(const Remark& remark, const apply::Version& version) {
  if (remark.present != 0) return kFault;
  const FindingWords* const words = WordsOf(remark.name);
  if (words == nullptr) return "";
  const bool at_open = words->etcd_says == std::string_view("failed to open database");
  if (at_open && Is34(version)) return "cannot open database at";
  if (remark.name == mvcc::kBadRowValue.id && Is34(version)) return "cannot unmarshal event";
  return words->etcd_says;
}

std::string FaultWords(const Remark& remark, const apply::Version& version) {
  const bool from_36 = IsFrom36(version);
  switch (remark.fault.kind) {
    case LogFaultKind::kNone: return "";
    case LogFaultKind::kUnexpectedEnd: return "unexpected EOF";
    case LogFaultKind::kTooLong: return "wal: max entry size limit exceeded";
    case LogFaultKind::kUndecodable: return "proto: ";
    case LogFaultKind::kRecordSum: return "walpb: crc mismatch";
    case LogFaultKind::kSegmentSum: return from_36 ? "walpb: crc mismatch" : "wal: crc mismatch";
    case LogFaultKind::kNoSegment:
      if (!from_36) return "wal: file not found";
      return "wal: file not found which matches the snapshot index '" + Number(remark.index) + "'";
    case LogFaultKind::kSequenceGap:
      return from_36 ? "do not increase continuously" : "wal: file not found";
    case LogFaultKind::kEntryGap: return "wal: slice bounds out of range";
    case LogFaultKind::kConflictingMetadata: return "wal: conflicting metadata found";
    case LogFaultKind::kSnapshotTerm: return "wal: snapshot mismatch";
    case LogFaultKind::kUnknownType:
      // 3.7 prints the address of the type, not the type.
      if (version.minor >= 7) return "unexpected block type ";
      return "unexpected block type " + std::to_string(remark.fault.number);
  }
  return "";
}

std::string VersionWords(const apply::Version& version) {
  if (!Is34(version)) {
    return "invalid downgrade; server version is lower than determined cluster version";
  }
  return version.patch >= 31 ? "invalid downgrade; (current version: "
                             : "cluster cannot be downgraded (current version: ";
}

std::string SchemaWords(const Remark& remark, const apply::Version& version) {
  if (Is34(version)) return "unsupported storage version";
  return "version \"" + LineText(remark.version) + ".0\" is not supported";
}

std::string BadRowWords(BadRow row) {
  if (row == BadRow::kUser) return "failed to unmarshal 'authpb.User'";
  if (row == BadRow::kRole) return "failed to unmarshal 'authpb.Role'";
  return row == BadRow::kClusterVersion || row == BadRow::kDowngrade ? "" : "index out of range";
}

std::string OutOfRangeWords(const Remark& remark) {
  return "state.commit " + Number(remark.index) + " is out of range [" +
         Number(remark.index_first) + ", " + Number(remark.index_last) + "]";
}

}  // namespace

std::string EtcdSays(const Remark& remark, const apply::Version& version) {
  const bool is_34 = Is34(version);
  switch (remark.matter) {
    case Matter::kProxyBesideMember:
      return is_34 ? "invalid datadir. Both member and proxy directories exist"
                   : "invalid datadir; both member and proxy directories exist";
    case Matter::kDatabaseDamaged: return DamageWords(remark, version);
    case Matter::kDatabaseUnreadable:
    case Matter::kSnapDbUnreadable:
      return is_34 ? "cannot open database at" : "failed to open database";
    case Matter::kLogUnreadable:
    case Matter::kNoSegment: return FaultWords(remark, version);
    case Matter::kSnapUnreadable: return is_34 ? "" : "failed to read a snap file";
    case Matter::kV2StoreUnreadable:
      return is_34 ? "recovered store from snapshot error" : "failed to recover from snapshot";
    case Matter::kV2Content:
      return "detected disallowed custom content in v2store for stage "
             "--v2-deprecation=write-only";
    case Matter::kOlderThanSnapshot: return "failed to find database snapshot file";
    case Matter::kSnapDbReplaces:
      return IsFrom36(version) ? "Recovering from snapshot backend" : "";
    case Matter::kSnapDbOlder:
      return "does not match with snapshot (index " + Number(remark.index) + ")";
    case Matter::kSchemaTooNew: return SchemaWords(remark, version);
    case Matter::kLogRepaired: return "repaired";
    case Matter::kNoNodeId:
      return version.minor >= 7 ? "invalid memory address or nil pointer dereference"
                                : "cannot use none as id";
    case Matter::kNoSnapshotRecord: return "invalid memory address or nil pointer dereference";
    case Matter::kVersionTooNew: return VersionWords(version);
    case Matter::kDowngradeToOther:
      return "invalid downgrade; server version is not allowed to join when downgrade is enabled";
    case Matter::kDatabaseMissing: return "of the backend is missing";
    case Matter::kTooManyLearners: return "membership: too many learner members in cluster";
    case Matter::kOnlyLearners: return "removed all voters";
    case Matter::kCommitOutOfRange: return OutOfRangeWords(remark);
    case Matter::kBadRow: return BadRowWords(remark.row);
    case Matter::kV2Entry:
      return version.minor >= 7 ? "unmarshal should never fail"
                                : "detected disallowed v2 WAL for stage "
                                  "--v2-deprecation=write-only";
    case Matter::kUnknownEntry: return "not implemented";
    case Matter::kBadConfChange: return "";
    case Matter::kMemberUnknown:
      return is_34 ? "error updating attributes of unknown member"
                   : "failed to update; member unknown";
    case Matter::kRemovesItself:
    case Matter::kRemovedByDatabase:
      return "the member has been permanently removed from the cluster";
    case Matter::kAlarmNoSpace: return "database space exceeded";
    case Matter::kAlarmCorrupt: return "corrupt cluster";
    case Matter::kLostAcknowledged:
      return "is out of range [lastIndex(" + Number(remark.index_last) +
             ")]. Was the raft log corrupted, truncated, or lost?";
    default: return "";
  }
}

std::string_view RuleOf(const Remark& remark) {
  switch (remark.matter) {
    case Matter::kProxyBesideMember: return "etcdmain/etcd.go, identifyDataDirOrDie";
    case Matter::kNoLog:
    case Matter::kNothingServes: return "bootstrap.go, haveWAL";
    case Matter::kDatabaseDamaged: {
      const FindingWords* const words = WordsOf(remark.name);
      return words == nullptr ? "bbolt db.go, Open" : words->rule;
    }
    case Matter::kDatabaseUnreadable:
    case Matter::kSnapDbUnreadable: return "bbolt db.go, Open";
    case Matter::kMetaPageDamaged: return "bbolt db.go, meta";
    case Matter::kBucketMissing: return "mvcc/kvstore.go, NewStore";
    case Matter::kLogUnopenable:
    case Matter::kNoSegment: return "wal.go, Open";
    case Matter::kLogUnreadable: return "wal.go, ValidSnapshotEntries and ReadAll";
    case Matter::kSnapUnreadable: return "snapshotter.go, loadSnap";
    case Matter::kV2StoreUnreadable: return "bootstrap.go, recoverSnapshot";
    case Matter::kV2Content: return "storage/util.go, AssertNoV2StoreContent";
    case Matter::kOlderThanSnapshot:
    case Matter::kSnapDbReplaces: return "storage/backend.go, RecoverSnapshotBackend";
    case Matter::kSnapDbOlder: return "bootstrap.go, recoverSnapshot";
    case Matter::kSchemaTooNew: return "schema/schema.go, Validate";
    case Matter::kLogRepaired: return "wal/repair.go, Repair";
    case Matter::kNoNodeId: return "raft.go, Config.validate";
    case Matter::kVersionTooNew:
    case Matter::kDowngradeToOther: return "version/downgrade.go, MustDetectDowngrade";
    case Matter::kDatabaseMissing: return "bootstrap.go, databaseFileMissing";
    case Matter::kDatabaseRebuilt: return "bootstrap.go, bootstrapBackend";
    case Matter::kTooManyLearners: return "membership/cluster.go, ValidateMaxLearnerConfig";
    case Matter::kNoSnapshotRecord: return "bootstrap.go, bootstrapRaftFromWAL";
    case Matter::kOnlyLearners: return "confchange.go, Restore";
    case Matter::kCommitOutOfRange: return "raft.go, loadState";
    case Matter::kBadRow: return "schema, decoding of a row";
    case Matter::kV2Entry: return "server.go, applyEntryNormal";
    case Matter::kUnknownEntry: return "apply.go, applierV3backend.Apply";
    case Matter::kBadConfChange:
    case Matter::kRemovesItself: return "server.go, applyConfChange";
    case Matter::kMemberUnknown: return "membership/cluster.go, UpdateAttributes";
    case Matter::kRemovedByDatabase: return "rafthttp/peer.go";
    case Matter::kNoVoters:
    case Matter::kNotAVoter:
    case Matter::kLearner:
    case Matter::kNoQuorum: return "raft.go, campaign";
    case Matter::kStrangeVoters:
    case Matter::kStrangeMembers:
    case Matter::kOtherMembers: return "membership/cluster.go, Recover";
    case Matter::kAppliedBeyondLog:
    case Matter::kOtherHistory: return "server.go, applyEntryNormal";
    case Matter::kEntriesCutOff: return "wal.go, ReadAll";
    case Matter::kAlarmNoSpace:
    case Matter::kAlarmCorrupt: return "apply.go, newApplierV3";
    case Matter::kLostAcknowledged: return "log.go, commitTo";
  }
  return "";
}

std::string_view MatterName(Matter matter) {
  switch (matter) {
    case Matter::kProxyBesideMember: return "proxy_beside_member";
    case Matter::kNoLog: return "no_log";
    case Matter::kNothingServes: return "nothing_serves";
    case Matter::kDatabaseDamaged: return "database_damaged";
    case Matter::kDatabaseUnreadable: return "database_unreadable";
    case Matter::kMetaPageDamaged: return "meta_page_damaged";
    case Matter::kBucketMissing: return "bucket_missing";
    case Matter::kLogUnopenable: return "log_unopenable";
    case Matter::kLogUnreadable: return "log_unreadable";
    case Matter::kSnapUnreadable: return "snap_unreadable";
    case Matter::kV2StoreUnreadable: return "v2_store_unreadable";
    case Matter::kV2Content: return "v2_content";
    case Matter::kOlderThanSnapshot: return "database_older_than_snapshot";
    case Matter::kSnapDbReplaces: return "snap_db_replaces";
    case Matter::kSnapDbUnreadable: return "snap_db_unreadable";
    case Matter::kSnapDbOlder: return "snap_db_older";
    case Matter::kSchemaTooNew: return "schema_too_new";
    case Matter::kNoSegment: return "no_segment";
    case Matter::kLogRepaired: return "log_repaired";
    case Matter::kNoNodeId: return "no_node_id";
    case Matter::kVersionTooNew: return "cluster_version_too_new";
    case Matter::kDowngradeToOther: return "downgrade_to_other";
    case Matter::kDatabaseMissing: return "database_missing";
    case Matter::kDatabaseRebuilt: return "database_rebuilt";
    case Matter::kTooManyLearners: return "too_many_learners";
    case Matter::kNoSnapshotRecord: return "no_snapshot_record";
    case Matter::kOnlyLearners: return "only_learners";
    case Matter::kCommitOutOfRange: return "commit_out_of_range";
    case Matter::kBadRow: return "bad_row";
    case Matter::kV2Entry: return "v2_entry";
    case Matter::kUnknownEntry: return "unknown_entry";
    case Matter::kBadConfChange: return "bad_conf_change";
    case Matter::kMemberUnknown: return "member_unknown";
    case Matter::kRemovesItself: return "removes_itself";
    case Matter::kRemovedByDatabase: return "removed_by_database";
    case Matter::kNoVoters: return "no_voters";
    case Matter::kNotAVoter: return "not_a_voter";
    case Matter::kLearner: return "learner";
    case Matter::kNoQuorum: return "no_quorum";
    case Matter::kStrangeVoters: return "strange_voters";
    case Matter::kStrangeMembers: return "strange_members";
    case Matter::kAppliedBeyondLog: return "applied_beyond_log";
    case Matter::kEntriesCutOff: return "entries_cut_off";
    case Matter::kOtherHistory: return "other_history";
    case Matter::kOtherMembers: return "other_members";
    case Matter::kAlarmNoSpace: return "alarm_no_space";
    case Matter::kAlarmCorrupt: return "alarm_corrupt";
    case Matter::kLostAcknowledged: return "lost_acknowledged";
  }
  return "";
}

std::string_view StartsName(Starts starts) {
  switch (starts) {
    case Starts::kYes: return "yes";
    case Starts::kYesBut: return "yes_but";
    case Starts::kAloneOnly: return "alone_only";
    case Starts::kNo: return "no";
  }
  return "";
}

std::string VersionText(const apply::Version& version) {
  std::string text = LineText(version);
  if (version.patch != UINT32_MAX) text += "." + Number(version.patch);
  return text;
}

std::string_view RemedyName(Remedy remedy) {
  switch (remedy) {
    case Remedy::kNone: return "";
    case Remedy::kMoveProxyAway: return "move_proxy_away";
    case Remedy::kRestoreFromDatabase: return "restore_from_database";
    case Remedy::kMakeEmptyDatabase: return "make_empty_database";
    case Remedy::kNewerVersion: return "newer_version";
    case Remedy::kSkipV2Check: return "skip_v2_check";
    case Remedy::kSnapshotByOlderVersion: return "snapshot_by_older_version";
    case Remedy::kRaiseLearnerLimit: return "raise_learner_limit";
    case Remedy::kMoveDatabaseAway: return "move_database_away";
    case Remedy::kDisarmAlarm: return "disarm_alarm";
    case Remedy::kStartOthers: return "start_others";
    case Remedy::kJoinAnew: return "join_anew";
    case Remedy::kChangeLeader: return "change_leader";
    case Remedy::kCopyFirst: return "copy_first";
    case Remedy::kFinishDowngrade: return "finish_downgrade";
  }
  return "";
}

}  // namespace etcdf::restore
