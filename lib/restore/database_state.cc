#include "restore/database_state.h"

#include <filesystem>
#include <set>
#include <string>

#include "bolt/page_map.h"
#include "json/json.h"
#include "member/open_database.h"
#include "mvcc/leases.h"
#include "mvcc/revision.h"
#include "mvcc/row_check.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "mvcc/table_check.h"
#include "raft/message.h"
#include "raft/schema.h"

namespace etcdf::restore {
namespace {

class StateReader {
 public:
  StateReader(const backend::Database& database, const std::string& file)
      : database_(database), file_(file) {}

  DatabaseState Read() {
    const mvcc::Status status =
        mvcc::ReadStatus({.database = database_, .file = file_, .findings = unheard_});
    state_.is_open = true;
    state_.has_buckets = database_.Open(AsBytes(mvcc::kKeyBucket)) != nullptr &&
                         database_.Open(AsBytes(mvcc::kMetaBucket)) != nullptr;
    state_.applied = status.consistent_index.value_or(0);
    state_.term = status.term;
    state_.revision = status.revision;
    state_.members = member::ReadMembersBucket(database_, file_, unheard_);
    for (const auto& [id, seen] : member::ReadMemberBuckets(database_, file_, unheard_)) {
      if (seen.standing == member::Standing::kRemoved) state_.removed.insert(id);
    }
    ReadVersions(status);
    ReadAlarms();
    CheckLengths();
    ReadUsers();
    return std::move(state_);
  }

 private:
  void ReadVersions(const mvcc::Status& status) {
    if (status.cluster_version) {
      state_.cluster_version = apply::ParseVersion(AsText(*status.cluster_version));
      if (!state_.cluster_version) state_.bad_rows.push_back(BadRow::kClusterVersion);
    }
    if (status.storage_version) {
      state_.storage_version = apply::ParseVersion(AsText(*status.storage_version));
    }
    if (status.downgrade) ReadDowngrade(*status.downgrade);
    if (status.conf_state && !member::ParseConfStateJson(*status.conf_state)) {
      state_.bad_rows.push_back(BadRow::kConfState);
    }
  }

  // {"target-version":"3.5.0","enabled":true}
  void ReadDowngrade(Bytes json) {
    const bool is_json = json::Walk(AsText(json), [&](auto path, const json::Scalar& value) {
      if (path.size() != 1) return;
      if (path[0] == "enabled") state_.downgrade.enabled = value.is_true;
      if (path[0] == "target-version") {
        state_.downgrade.target = apply::ParseVersion(value.text).value_or(apply::Version{});
      }
    });
    if (!is_json) state_.bad_rows.push_back(BadRow::kDowngrade);
  }

  void ReadAlarms() {
    const auto bucket = database_.Open(AsBytes(mvcc::kAlarmBucket));
    if (!bucket) return;
    const raft::MessageSchema& schema = *mvcc::RowMessageOf(mvcc::kAlarmBucket).schema;
    const uint32_t member = schema.FindName("memberID")->number;
    const uint32_t type = schema.FindName("alarm")->number;
    raft::Message message;
    const auto cursor = bucket->NewCursor(unheard_);
    for (bool there = cursor->First(); there && state_.alarms.size() < kAlarmsMax;
         there = cursor->Next()) {
      if (message.Parse(schema, cursor->row().key) != raft::ParseVerdict::kAccepted) continue;
      state_.alarms.insert({.member = message.root().Number(member),
                            .type = static_cast<uint32_t>(message.root().Number(type))});
    }
  }

  // etcd's decoders read as many bytes as they expect, and no check comes first.
  void CheckLengths() {
    constexpr size_t kNumber = 8;
    constexpr size_t kRevision = 17;
    CheckLength(mvcc::kMetaBucket, mvcc::kConsistentIndexName, kNumber, BadRow::kConsistentIndex);
    CheckLength(mvcc::kMetaBucket, mvcc::kFinishedCompactName, kRevision, BadRow::kCompaction);
    CheckLength(mvcc::kMetaBucket, mvcc::kScheduledCompactName, kRevision, BadRow::kCompaction);
    CheckLength(mvcc::kAuthBucket, mvcc::kAuthRevisionName, kNumber, BadRow::kAuthRevision);
  }

  void CheckLength(std::string_view bucket, std::string_view row, size_t bytes, BadRow bad) {
    const auto value = mvcc::FindRow(database_, bucket, row, unheard_);
    if (value && value->size() < bytes) state_.bad_rows.push_back(bad);
  }

  // etcd gathers at its start what each user may do, by the roles that the user has
  // (server/auth/range_perm_cache.go, refreshRangePermCache).
  void ReadUsers() {
    constexpr uint32_t kRoles = 3;
    const auto users = database_.Open(AsBytes(mvcc::kAuthUsersBucket));
    if (!users) return;
    raft::Message message;
    std::set<std::string> roles;
    const auto cursor = users->NewCursor(unheard_);
    for (bool there = cursor->First(); there; there = cursor->Next()) {
      if (message.Parse(raft::UserSchema(), cursor->row().value) != raft::ParseVerdict::kAccepted) {
        return state_.bad_rows.push_back(BadRow::kUser);
      }
      for (const raft::FieldView field : message.root()) {
        if (field.schema().number != kRoles) continue;
        for (const raft::ValueView role : field) roles.insert(std::string(AsText(role.bytes())));
      }
    }
    for (const std::string& role : roles) {
      const auto row = mvcc::FindRow(database_, mvcc::kAuthRolesBucket, role, unheard_);
      if (row && message.Parse(raft::RoleSchema(), *row) != raft::ParseVerdict::kAccepted) {
        return state_.bad_rows.push_back(BadRow::kRole);
      }
    }
  }

  static constexpr size_t kAlarmsMax = 1000;

  const backend::Database& database_;
  const std::string& file_;
  FindingList unheard_;  // whoever opened the database tells of its damage
  DatabaseState state_;
};

}  // namespace

DatabaseState ReadDatabaseState(const backend::Database& database, const std::string& file) {
  return StateReader(database, file).Read();
}

void ReadAsEtcdDoes(const member::OpenedDatabase& opened, FindingSink& findings) {
  if (opened.bolt_database != nullptr) const bolt::PageMap pages(*opened.bolt_database, findings);
  if (opened.database == nullptr) return;
  const mvcc::Store store{.database = *opened.database, .file = opened.path, .findings = findings};
  mvcc::CheckLeases(store);
  mvcc::CheckTables(store);
  member::ReadMemberBuckets(*opened.database, opened.path, findings);
}

OtherDatabase ReadOtherDatabase(const std::string& path) {
  OtherDatabase other;
  std::error_code error;
  if (std::filesystem::file_size(path, error) == 0 && !error) {
    other.state.is_open = true;  // bbolt makes a new one of it
    return other;
  }
  const auto opened = member::OpenDatabase({.path = path, .is_etcds_db = true}, {}, other.met);
  if (!opened || opened->database == nullptr) return other;
  ReadAsEtcdDoes(*opened, other.met);
  mvcc::CheckRows({.database = *opened->database, .file = opened->path, .findings = other.met});
  other.state = ReadDatabaseState(*opened->database, opened->path);
  return other;
}

}  // namespace etcdf::restore
