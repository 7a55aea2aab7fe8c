#include "mvcc/table_check.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/escape.h"
#include "mvcc/findings.h"
#include "mvcc/schema.h"
#include "raft/message.h"

namespace etcdf::mvcc {
namespace {

struct NamedRow {
  std::string_view bucket;
  std::string_view name;
};
constexpr NamedRow kNamedRows[] = {
    {kMetaBucket, kConsistentIndexName},   {kMetaBucket, kTermName},
    {kMetaBucket, kConfStateName},         {kMetaBucket, kStorageVersionName},
    {kMetaBucket, kScheduledCompactName},  {kMetaBucket, kFinishedCompactName},
    {kAuthBucket, kAuthEnabledName},       {kAuthBucket, kAuthRevisionName},
    {kClusterBucket, kClusterVersionName}, {kClusterBucket, kDowngradeName},
};

// Users and roles begin with their names (auth.proto).
constexpr uint32_t kNameField = 1;

// What is wrong with a row: words that follow "1 row".
struct RowFault {
  FindingKind kind;
  const char* what;
  const char* consequence;
};
constexpr RowFault kIsBucket{kUnknownRow, "that is a bucket", "etcd makes no bucket in a bucket"};
constexpr RowFault kUnnamed{kUnknownRow, "under a name that etcd does not give",
                            "what stood there under its own name is not found"};
constexpr RowFault kNoVersion{kBadMeta, "that holds no version", "etcd stops when it reads it"};
constexpr RowFault kNoStorageVersion{kBadMeta, "that holds no version",
                                     "etcd reads it as if it were not there"};
constexpr RowFault kNoFlag{kBadMeta, "that holds neither 0 nor 1", "etcd takes auth for off"};
constexpr char kStops[] = "etcd stops when it reads such a row";
constexpr char kMisnamed[] = "etcd finds it under the key, and takes it for the name it holds";
constexpr RowFault kNoUser{kBadAuthRow, "holding bytes that are no User", kStops};
constexpr RowFault kNoRole{kBadAuthRow, "holding bytes that are no Role", kStops};
constexpr RowFault kOtherUser{kBadAuthRow, "holding a user of another name", kMisnamed};
constexpr RowFault kOtherRole{kBadAuthRow, "holding a role of another name", kMisnamed};
constexpr RowFault kNoAlarm{kBadAlarmRow, "whose key is no AlarmMember",
                            "etcd does not start with such a row"};
constexpr RowFault kUnknownAlarm{kBadAlarmRow, "naming an alarm that etcd does not know",
                                 "etcd keeps it, and acts on none such"};

// "3.5.0": three numbers, and perhaps more after a hyphen or a plus sign.
bool IsVersion(std::string_view text) {
  for (int part = 0; part < 3; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
  }
  return text.empty() || text[0] == '-' || text[0] == '+';
}

class TableChecker {
 public:
  explicit TableChecker(const Store& store) : store_(store) {}

  void Run() {
    for (const std::string_view bucket : {kMetaBucket, kAuthBucket, kClusterBucket}) {
      Check(bucket, [&](const backend::Row& row) { return FaultOfNamed(bucket, row); });
    }
    for (const std::string_view bucket : {kAuthUsersBucket, kAuthRolesBucket}) {
      Check(bucket, [&](const backend::Row& row) { return FaultOfAuth(bucket, row); });
    }
    Check(kAlarmBucket, [&](const backend::Row& row) { return FaultOfAlarm(row); });
  }

 private:
  // Reports the rows of the bucket of which `fault_of` tells one, each fault once.
  template <typename FaultOf>
  void Check(std::string_view name, FaultOf fault_of) {
    struct Met {
      const RowFault* fault;
      std::string first;
      uint64_t count;
    };
    const auto bucket = store_.database.Open(AsBytes(name));
    if (!bucket) return;
    const auto cursor = bucket->NewCursor(store_.findings);
    std::vector<Met> all;
    for (bool there = cursor->First(); there; there = cursor->Next()) {
      const backend::Row& row = cursor->row();
      const RowFault* const fault = row.is_bucket ? &kIsBucket : fault_of(row);
      if (fault == nullptr) continue;
      const auto met = std::ranges::find(all, fault, &Met::fault);
      if (met == all.end()) {
        all.push_back({.fault = fault, .first = Printable(AsText(row.key)), .count = 1});
      } else {
        ++met->count;
      }
    }
    for (const Met& met : all) {
      store_.findings.Report({.kind = met.fault->kind,
                              .file = store_.file,
                              .what = "bucket " + std::string(name) + " has " +
                                      Counted(met.count, "row ", "rows ") + met.fault->what +
                                      ", first " + met.first,
                              .consequence = met.fault->consequence,
                              .figures = {{"count", met.count}}});
    }
  }

  static const RowFault* FaultOfNamed(std::string_view bucket, const backend::Row& row) {
    const std::string_view name = AsText(row.key);
    const bool is_named = std::ranges::any_of(
        kNamedRows, [&](const NamedRow& r) { return r.bucket == bucket && r.name == name; });
    if (!is_named) return &kUnnamed;
    if (name == kClusterVersionName && !IsVersion(AsText(row.value))) return &kNoVersion;
    if (name == kStorageVersionName && !IsVersion(AsText(row.value))) return &kNoStorageVersion;
    const bool is_flag = row.value.size() == 1 && row.value[0] <= 1;
    if (name == kAuthEnabledName && !is_flag) return &kNoFlag;
    return nullptr;
  }

  const RowFault* FaultOfAuth(std::string_view bucket, const backend::Row& row) {
    const bool is_user = bucket == kAuthUsersBucket;
    if (message_.Parse(*RowMessageOf(bucket).schema, row.value) != raft::ParseVerdict::kAccepted) {
      return is_user ? &kNoUser : &kNoRole;
    }
    if (Equal(message_.root().BytesOf(kNameField), row.key)) return nullptr;
    return is_user ? &kOtherUser : &kOtherRole;
  }

  const RowFault* FaultOfAlarm(const backend::Row& row) {
    const raft::MessageSchema& schema = raft::AlarmMemberSchema();
    if (message_.Parse(schema, row.key) != raft::ParseVerdict::kAccepted) return &kNoAlarm;
    const raft::FieldSchema& alarm = *schema.FindName("alarm");
    const auto number = static_cast<int32_t>(message_.root().Number(alarm.number));
    return alarm.enumeration->Name(number).empty() ? &kUnknownAlarm : nullptr;
  }

  const Store& store_;
  raft::Message message_;
};

}  // namespace

void CheckTables(const Store& store) { TableChecker(store).Run(); }

}  // namespace etcdf::mvcc
