#include "mvcc/table_check.h"

#include <algorithm>
#include <string>
#include <utility>

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

class TableChecker {
 public:
  explicit TableChecker(const Store& store) : store_(store) {}

  void Run() {
    for (const std::string_view bucket : {kMetaBucket, kAuthBucket, kClusterBucket}) {
      Check(bucket, kUnknownRow, "under a name that etcd does not give",
            "what stood there under its own name is not found",
            [&](const backend::Row& row) { return IsNamed(bucket, AsText(row.key)); });
    }
    for (const std::string_view bucket : {kAuthUsersBucket, kAuthRolesBucket}) {
      const char* const what = bucket == kAuthUsersBucket ? "holding no user of that name"
                                                          : "holding no role of that name";
      Check(bucket, kBadAuthRow, what, "etcd stops when it reads such a row, or misnames it",
            [&](const backend::Row& row) { return HoldsItsName(bucket, row); });
    }
    Check(kAlarmBucket, kBadAlarmRow, "naming no alarm of a member",
          "etcd does not start with such a row, or does not know the alarm",
          [&](const backend::Row& row) { return IsAlarm(row); });
  }

 private:
  // Reports the rows of the bucket that are not `good`.
  template <typename Good>
  void Check(std::string_view name, const FindingKind& kind, const char* what,
             const char* consequence, Good good) {
    const auto bucket = store_.database.Open(AsBytes(name));
    if (!bucket) return;
    const auto cursor = bucket->NewCursor(store_.findings);
    std::string first;
    uint64_t count = 0;
    for (bool there = cursor->First(); there; there = cursor->Next()) {
      const backend::Row& row = cursor->row();
      if (!row.is_bucket && good(row)) continue;
      if (count++ == 0) first = Printable(AsText(row.key));
    }
    if (count == 0) return;
    store_.findings.Report({.kind = kind,
                            .file = store_.file,
                            .what = "bucket " + std::string(name) + " has " +
                                    Counted(count, "row ", "rows ") + what + ", first " + first,
                            .consequence = consequence,
                            .figures = {{"count", count}}});
  }

  static bool IsNamed(std::string_view bucket, std::string_view name) {
    return std::ranges::any_of(
        kNamedRows, [&](const NamedRow& row) { return row.bucket == bucket && row.name == name; });
  }

  bool HoldsItsName(std::string_view bucket, const backend::Row& row) {
    return message_.Parse(*RowMessageOf(bucket).schema, row.value) ==
               raft::ParseVerdict::kAccepted &&
           Equal(message_.root().BytesOf(kNameField), row.key);
  }

  bool IsAlarm(const backend::Row& row) {
    const raft::MessageSchema& schema = raft::AlarmMemberSchema();
    if (message_.Parse(schema, row.key) != raft::ParseVerdict::kAccepted) return false;
    const raft::FieldSchema& alarm = *schema.FindName("alarm");
    return !alarm.enumeration->Name(static_cast<int32_t>(message_.root().Number(alarm.number)))
                .empty();
  }

  const Store& store_;
  raft::Message message_;
};

}  // namespace

void CheckTables(const Store& store) { TableChecker(store).Run(); }

}  // namespace etcdf::mvcc
