#include "mvcc/status.h"

#include <algorithm>
#include <string>

#include "backend/damage_watch.h"
#include "base/counted.h"
#include "mvcc/findings.h"
#include "mvcc/revision.h"
#include "mvcc/schema.h"

namespace etcdf::mvcc {
namespace {

class StatusReader {
 public:
  explicit StatusReader(const Store& store) : store_(store) {}

  Status Read() {
    Status& status = status_;
    status.revision = LastRevision();
    status.scheduled_compact_revision = RevisionAt(kMetaBucket, kScheduledCompactName);
    status.finished_compact_revision = RevisionAt(kMetaBucket, kFinishedCompactName);
    status.consistent_index = NumberAt(kMetaBucket, kConsistentIndexName);
    status.term = NumberAt(kMetaBucket, kTermName);
    status.conf_state = Find(kMetaBucket, kConfStateName);
    status.storage_version = Find(kMetaBucket, kStorageVersionName);
    status.cluster_version = Find(kClusterBucket, kClusterVersionName);
    status.downgrade = Find(kClusterBucket, kDowngradeName);
    status.auth_revision = NumberAt(kAuthBucket, kAuthRevisionName);
    // etcd compares with a single byte of 1 (schema/auth.go, UnsafeReadAuthEnabled).
    if (const auto enabled = Find(kAuthBucket, kAuthEnabledName)) {
      status.auth_enabled = enabled->size() == 1 && (*enabled)[0] == 1;
    }
    status.leases = CountRows(kLeaseBucket);
    status.alarms = CountRows(kAlarmBucket);
    status.users = CountRows(kAuthUsersBucket);
    status.roles = CountRows(kAuthRolesBucket);
    status.members = CountRows(kMembersBucket);
    status.members_removed = CountRows(kMembersRemovedBucket);
    for (const std::string_view bucket : {kMetaBucket, kAuthBucket, kClusterBucket}) {
      CountRows(bucket);
    }
    return std::move(status_);
  }

 private:
  std::optional<Bytes> Find(std::string_view bucket, std::string_view name) {
    return FindRow(store_.database, bucket, name, store_.findings);
  }

  std::optional<uint64_t> NumberAt(std::string_view bucket, std::string_view name) {
    const auto value = Find(bucket, name);
    if (!value) return std::nullopt;
    const auto number = DecodeNumber(*value);
    if (!number) ReportBad(bucket, name, "8 bytes", *value);
    return number;
  }

  std::optional<int64_t> RevisionAt(std::string_view bucket, std::string_view name) {
    const auto value = Find(bucket, name);
    if (!value) return std::nullopt;
    const auto revision = ParseRowKey(*value);
    if (!revision) {
      ReportBad(bucket, name, "a revision of 17 bytes", *value);
      return std::nullopt;
    }
    return revision->revision.main;
  }

  void ReportBad(std::string_view bucket, std::string_view name, std::string_view expected,
                 Bytes value) {
    store_.findings.Report(
        {.kind = kBadMeta,
         .file = store_.file,
         .what = "row " + std::string(name) + " of bucket " + std::string(bucket) + " holds " +
                 Counted(value.size(), "byte that is not ", "bytes that are not ") +
                 std::string(expected),
         .consequence = "the row is read as if it were not there"});
  }

  // Rows that are no revisions are passed over; who walks through the bucket reports them.
  int64_t LastRevision() {
    const auto bucket = store_.database.Open(AsBytes(kKeyBucket));
    if (!bucket) {
      NoteHidden(kKeyBucket, !store_.database.names_are_whole());
      return 0;
    }
    backend::DamageWatch findings(store_.findings);
    const auto cursor = bucket->NewCursor(findings);
    int64_t revision = 0;
    bool bad_keys = false;
    for (bool there = cursor->Last(); there; there = cursor->Prev()) {
      if (const auto row = ParseRowKey(cursor->row().key)) {
        revision = row->revision.main;
        break;
      }
      bad_keys = true;
    }
    NoteHidden(kKeyBucket, findings.met() || bad_keys || !bucket->is_whole());
    return revision;
  }

  std::optional<uint64_t> CountRows(std::string_view name) {
    const auto count = mvcc::CountRows(store_.database, name);
    NoteHidden(name, !count.has_value());
    return count;
  }

  void NoteHidden(std::string_view bucket, bool is_hidden) {
    if (is_hidden) status_.hidden.push_back(bucket);
  }

  const Store& store_;
  Status status_;
};

}  // namespace

bool Status::Knows(std::string_view bucket) const {
  return std::ranges::find(hidden, bucket) == hidden.end();
}

int64_t Status::CurrentRevision() const {
  return std::max({int64_t{1}, revision, finished_compact_revision.value_or(0),
                   scheduled_compact_revision.value_or(0)});
}

int64_t Status::CompactRevision() const {
  const int64_t finished = finished_compact_revision.value_or(-1);
  const int64_t scheduled = scheduled_compact_revision.value_or(0);
  return scheduled > 0 ? std::max(finished, scheduled) : finished;
}

std::optional<int64_t> Status::UnfinishedCompaction() const {
  const bool unfinished =
      scheduled_compact_revision.value_or(0) > finished_compact_revision.value_or(0);
  return unfinished ? scheduled_compact_revision : std::nullopt;
}

Result<int64_t> Status::ReadRevision(int64_t asked) const {
  if (asked > CurrentRevision()) {
    if (!Knows(kKeyBucket)) return asked;
    return Fail(
        {.code = ErrorCode::kNotFound, .what = "mvcc: required revision is a future revision"});
  }
  if (asked > 0 && asked < CompactRevision()) {
    return Fail(
        {.code = ErrorCode::kNotFound, .what = "mvcc: required revision has been compacted"});
  }
  return asked == 0 ? CurrentRevision() : asked;
}

std::string_view Status::SchemaVersion() const {
  if (storage_version) return AsText(*storage_version);
  return term.value_or(0) > 0 ? "3.5" : "";
}

Status ReadStatus(const Store& store) { return StatusReader(store).Read(); }

}  // namespace etcdf::mvcc
