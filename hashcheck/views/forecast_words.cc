#include "hashcheck/views/forecast_words.h"

#include <filesystem>

#include "base/counted.h"
#include "base/escape.h"
#include "restore/etcd_words.h"

namespace etcdf::hashcheck {
namespace {

using restore::BadRow;
using restore::Matter;
using restore::Remark;
using restore::Remedy;
using restore::VersionText;

std::string Number(uint64_t number) { return std::to_string(number); }

std::string LineText(const apply::Version& version) {
  return Number(version.major) + "." + Number(version.minor);
}

// Of one that is known by its line alone, without a patch release.
std::string ReleaseText(const apply::Version& version) {
  return version.patch == 0 ? LineText(version) : VersionText(version);
}

std::string PlaceText(const restore::LogFault& fault) {
  return std::filesystem::path(fault.file).filename().string() + " at " + Number(fault.at);
}

const char* RowName(BadRow row) {
  switch (row) {
    case BadRow::kConsistentIndex: return "consistent_index of bucket meta";
    case BadRow::kCompaction: return "of a compaction in bucket meta";
    case BadRow::kAuthRevision: return "authRevision of bucket auth";
    case BadRow::kClusterVersion: return "clusterVersion of bucket cluster";
    case BadRow::kDowngrade: return "downgrade of bucket cluster";
    case BadRow::kConfState: return "confState of bucket meta";
    case BadRow::kUser: return "of a user in bucket authUsers";
    case BadRow::kRole: return "of a role in bucket authRoles";
  }
  return "";
}

std::string NoSegmentText(const Remark& remark) {
  return "the log lacks the segments that follow entry " + Number(remark.index) +
         ", from where etcd reads it";
}

std::string V2EntryText(const Remark& remark) {
  std::string text =
      remark.count > 1
          ? "entries " + Number(remark.index) + " to " + Number(remark.index + remark.count - 1) +
                ", which etcd applies again, are requests"
          : "entry " + Number(remark.index) + ", which etcd applies again, is a request";
  return text + " of API v2, which this version does not read";
}

std::string UnknownMemberText(const Remark& remark) {
  const std::string text =
      "node " + HexId(remark.node) + " is not among the members that etcd begins with";
  if (remark.index > 0) return text + ", and entry " + Number(remark.index) + " names it";
  return text + ": the log and the database are of different members or clusters";
}

std::string VersionTooNewText(const Remark& remark) {
  std::string text = "the cluster's version is " + LineText(remark.version);
  if (remark.index > 0) text += ", set by entry " + Number(remark.index);
  return text;
}

std::string AppliedBeyondText(const Remark& remark) {
  const std::string text = "the database has applied entry " + Number(remark.index) +
                           ", and the log ends at " + Number(remark.index_last);
  if (remark.weight == restore::Weight::kNote) {
    return text + ": the other members send what is missing";
  }
  return text + ": the next " + Counted(remark.count, "entry is", "entries are") +
         " taken for applied and dropped, and " +
         (remark.count == 1 ? "its write" : "their writes") + " time out";
}

std::string StrangersText(const Remark& remark, const char* what) {
  return "bucket members names " + Counted(remark.count, "member", "members") +
         " that the log does not know, first " + HexId(remark.node) + ": " + what;
}

std::string AlarmText(const Remark& remark, const char* alarm, const char* refused) {
  std::string text = std::string("alarm ") + alarm + " is raised";
  if (remark.node != 0) text += " by node " + HexId(remark.node);
  return text + ": " + refused;
}

// Of those that concern the files that etcd reads first.
std::string FileMatterText(const Remark& remark) {
  switch (remark.matter) {
    case Matter::kProxyBesideMember: return "the folders member and proxy are both there";
    case Matter::kNoLog:
      return "there is no raft log: etcd begins a new member on this database, and its writes time "
             "out up to entry " +
             Number(remark.index) + ", which the database counts as applied";
    case Matter::kNothingServes:
      return "there is neither a raft log nor a database that has applied an entry: etcd begins a "
             "new, empty member";
    case Matter::kDatabaseDamaged:
      return "the database is damaged (" + remark.name + "): " + remark.detail;
    case Matter::kDatabaseUnreadable: return "the database cannot be read";
    case Matter::kMetaPageDamaged:
      return "a meta page of the database is damaged: bbolt uses the other one, and etcd applies "
             "again what the lost transaction held";
    case Matter::kBucketMissing:
      return "the database has no bucket key or no bucket meta: etcd makes it anew, empty";
    case Matter::kLogUnopenable: return remark.detail;
    case Matter::kLogUnreadable: return "the log cannot be read: " + PlaceText(remark.fault);
    case Matter::kSnapUnreadable:
      return remark.name + " cannot be read: etcd takes an older snapshot if there is one";
    case Matter::kV2StoreUnreadable: return "the v2 store in " + remark.name + " is no JSON";
    case Matter::kV2Content:
      return "the v2 store in " + remark.name + " holds keys or users of API v2";
    case Matter::kNoSegment: return NoSegmentText(remark);
    case Matter::kLogRepaired:
      return "etcd cuts the log after entry " + Number(remark.index_last) + ": " +
             PlaceText(remark.fault) +
             " is an incomplete record; the file as it was stays as .broken";
    case Matter::kNoNodeId: return "the log does not say which member it belongs to";
    case Matter::kNoSnapshotRecord: return "the log has no record of a snapshot that is committed";
    default: return "";
  }
}

std::string DatabaseMatterText(const Remark& remark) {
  switch (remark.matter) {
    case Matter::kOlderThanSnapshot:
      return "the snapshot is of entry " + Number(remark.index) + ", the database of entry " +
             Number(remark.index_last) + ", and there is no " + remark.name;
    case Matter::kSnapDbReplaces:
      return "etcd puts " + remark.name +
             " in place of the database, which has applied less than the snapshot at entry " +
             Number(remark.index);
    case Matter::kSnapDbUnreadable:
      return remark.name +
             ", which etcd puts in place of the database before it opens it, cannot be read" +
             (remark.detail.empty() ? "" : ": " + remark.detail);
    case Matter::kSnapDbOlder:
      return remark.name + ", which etcd puts in place of the database, has applied entry " +
             Number(remark.index_last) + ", and the snapshot is of entry " + Number(remark.index);
    case Matter::kSchemaTooNew:
      return "the database has the schema of version " + LineText(remark.version);
    case Matter::kDatabaseMissing:
      return remark.name.empty() ? "there is no database, and the snapshot says that there was one"
                                 : "there is no database: etcd puts " + remark.name +
                                       " in its place, takes it for missing, and deletes it";
    case Matter::kDatabaseRebuilt:
      return "there is no database: etcd builds it anew from the log's first entry on";
    case Matter::kBadRow:
      return std::string("the row ") + RowName(remark.row) + " cannot be read" +
             (remark.weight < restore::Weight::kStops ? ": etcd stops when it is asked for" : "");
    default: return "";
  }
}

std::string LogMatterText(const Remark& remark) {
  switch (remark.matter) {
    case Matter::kVersionTooNew: return VersionTooNewText(remark);
    case Matter::kDowngradeToOther:
      return "a downgrade to " + LineText(remark.version) + " has begun";
    case Matter::kCommitOutOfRange:
      return "the hard state says that entry " + Number(remark.index) +
             " is committed, and the log that etcd reads is [" + Number(remark.index_first) + ", " +
             Number(remark.index_last) + "]";
    case Matter::kV2Entry: return V2EntryText(remark);
    case Matter::kUnknownEntry:
      return "entry " + Number(remark.index) + " is a request that this version does not know";
    case Matter::kBadConfChange:
      return "entry " + Number(remark.index) + " changes the membership and cannot be read";
    case Matter::kAppliedBeyondLog: return AppliedBeyondText(remark);
    case Matter::kEntriesCutOff:
      return "entries " + Number(remark.index) + " to " + Number(remark.index_last) +
             " stand in the log after the place where etcd ends it, and are lost when it starts";
    case Matter::kOtherHistory:
      return "the database was restored from a backup, and the log is of the cluster before: etcd "
             "applies entries " +
             Number(remark.index) + " to " + Number(remark.index_last) +
             " a second time, onto a state that may hold them";
    case Matter::kLostAcknowledged:
      return "the log ends at entry " + Number(remark.index_last) +
             ", and this member had acknowledged entry " + Number(remark.index) +
             ": an older copy of it was put back, or its log lost its end; it panics at a leader "
             "that has been in office since";
    default: return "";
  }
}

std::string MemberMatterText(const Remark& remark) {
  switch (remark.matter) {
    case Matter::kTooManyLearners:
      return "bucket members has " + Number(remark.count) + " learners, and 1 is allowed";
    case Matter::kOnlyLearners: return "the members that etcd begins with are all learners";
    case Matter::kMemberUnknown: return UnknownMemberText(remark);
    case Matter::kRemovesItself:
      return "entry " + Number(remark.index) +
             " removes this member from the cluster: it ends by itself each time";
    case Matter::kRemovedByDatabase:
      return "node " + HexId(remark.node) +
             " was removed from the cluster by what the database says: the others refuse it";
    case Matter::kNoVoters:
      return "neither a snapshot nor a committed entry names a member: no leader is ever elected, "
             "and no write is answered";
    case Matter::kNotAVoter:
      return "node " + HexId(remark.node) +
             " is not among the members that etcd begins with: it waits for a leader, and answers "
             "no "
             "write by itself";
    case Matter::kLearner:
      return "node " + HexId(remark.node) + " is a learner: it answers no write by itself";
    case Matter::kNoQuorum:
      return "no writes by itself: it is one of " + Number(remark.count) + " voters, and " +
             Number(remark.count / 2 + 1) + " are needed";
    case Matter::kStrangeVoters:
      return StrangersText(remark, "etcd counts them as voters, whom a majority needs");
    case Matter::kStrangeMembers:
      return StrangersText(remark, "etcd lists them again, and 3.7 lets them vote");
    case Matter::kOtherMembers:
      return "the log is of node " + HexId(remark.node) +
             ", whom the database does not have among its members: they may be of different "
             "members "
             "or clusters";
    case Matter::kAlarmNoSpace:
      return AlarmText(remark, "NOSPACE", "no write that adds is answered");
    case Matter::kAlarmCorrupt:
      return AlarmText(remark, "CORRUPT", "no read and no write of keys is answered");
    default: return "";
  }
}

}  // namespace

std::string MatterText(const Remark& remark) {
  for (const auto text : {FileMatterText, DatabaseMatterText, LogMatterText, MemberMatterText}) {
    if (std::string found = text(remark); !found.empty()) return found;
  }
  return "";
}

std::string RemedyText(const Remark& remark) {
  switch (remark.remedy) {
    case Remedy::kNone: return "";
    case Remedy::kMoveProxyAway: return "move the folder proxy away";
    case Remedy::kRestoreFromDatabase:
      return "make a new data directory of its database: `etcdutl snapshot restore "
             "--skip-hash-check`";
    case Remedy::kMakeEmptyDatabase:
      return "copy the directory, then create an empty snap/db beside " + remark.name;
    case Remedy::kNewerVersion:
      return "start etcd " + ReleaseText(remark.remedy_version) + " or later";
    case Remedy::kSkipV2Check:
      return "export what is left of API v2, then start with "
             "--v2-deprecation=write-only-skip-check";
    case Remedy::kSnapshotByOlderVersion:
      return "start etcd " + ReleaseText(remark.remedy_version) +
             " with --snapshot-count=1 until it has made a snapshot";
    case Remedy::kRaiseLearnerLimit:
      return "start with --max-learners=" + std::to_string(remark.count);
    case Remedy::kMoveDatabaseAway:
      return "move snap/db away: etcd builds it anew from the log, if that has its first entry";
    case Remedy::kDisarmAlarm: return "`etcdctl alarm disarm` once its cause is gone";
    case Remedy::kStartOthers:
      return "start enough of the others, or this one alone with --force-new-cluster";
    case Remedy::kJoinAnew:
      return "`etcdctl member remove` and `member add`, and an empty data directory";
    case Remedy::kChangeLeader:
      return "`etcdctl move-leader` among the others before this one starts";
    case Remedy::kCopyFirst: return "copy the directory: what etcd does here cannot be undone";
    case Remedy::kFinishDowngrade:
      return "start etcd " + ReleaseText(remark.remedy_version) + ", to which the cluster goes";
  }
  return "";
}

}  // namespace etcdf::hashcheck
