// A small member, and what the input does to it: what is said of its database must be so. One that
// is what the log makes is explained, one that is explained has no row that differs, and a single
// skipped entry is named.
//
// The input: the entries that the member skipped, a bit each; then changes to the rows of bucket
// `key`, each a byte (which), a row and a byte.
#include "audit/audit.h"

#include <algorithm>
#include <bit>
#include <map>

#include "apply/member_store.h"
#include "mvcc/schema.h"
#include "replay/replay.h"
#include "replay/store_database.h"
#include "testing/built_log.h"
#include "testing/fuzz.h"
#include "testing/memory_database.h"

namespace etcdf::audit {
namespace {

using testing::FuzzInput;
using testing::Require;

constexpr apply::Version kVersion{3, 6, 9};
constexpr uint64_t kEntries = 16;

// Puts, compares that depend on them, deletions of one key and of several, and a compaction.
constexpr std::string_view kMember = R"(metadata node=1 cluster=2
snapshot index=0 term=0
state term=1 vote=1 commit=16
entry term=1 index=1 put key=a value=1
entry term=1 index=2 put key=b value=1
entry term=1 index=3 put key=a value=2
entry term=1 index=4 put key=a value=2
entry term=1 index=5 txn {
  if key=a target=version result=equal to=3
  then put key=c value=yes
  else delete key=a
}
entry term=1 index=6 delete key=b
entry term=1 index=7 delete key=b
entry term=1 index=8 compact rev=3
entry term=1 index=9 put key=b value=again
entry term=1 index=10 txn {
  if key=c target=create result=equal to=6
  then put key=d value=1
  then put key=e value=1
}
entry term=1 index=11 put key=a value=3
entry term=1 index=12 delete key=a range_end=d
entry term=1 index=13 range key=d
entry term=1 index=14 put key=f value=1
entry term=1 index=15 put key=f value=2
entry term=1 index=16 put key=g value=1
)";

using Rows = std::map<std::string, std::string>;

Rows RowsOf(const backend::Database& database, std::string_view name) {
  Rows rows;
  FindingList findings;
  const auto bucket = database.Open(AsBytes(name));
  if (!bucket) return rows;
  const auto cursor = bucket->NewCursor(findings);
  for (bool there = cursor->First(); there; there = cursor->Next()) {
    rows.emplace(AsText(cursor->row().key), AsText(cursor->row().value));
  }
  return rows;
}

// What a member has stored that skipped entries: a bit each in `skipped`.
testing::MemoryDatabase StoredBy(const wal::Log& log, uint64_t skipped) {
  apply::MemberStore store(apply::RulesOf(kVersion));
  replay::ForEachEntry(log, {}, [&](const wire::Entry& entry) {
    wire::Entry applied = entry;
    // In its place one that does nothing, so that the index is counted.
    if ((skipped >> (entry.index - 1) & 1) != 0) applied.data = {};
    store.Apply(applied);
    store.Settle();
    return true;
  });
  const replay::StoreDatabase database(store);
  testing::MemoryDatabase copy;
  for (const Bytes name : database.bucket_names()) {
    for (const auto& [key, value] : RowsOf(database, AsText(name))) {
      copy.Put(AsText(name), key, value);
    }
  }
  return copy;
}

void ChangeRow(testing::MemoryDatabase& database, FuzzInput& input) {
  Rows rows = RowsOf(database, mvcc::kKeyBucket);
  const uint8_t choice = input.Byte();
  if (rows.empty()) return;
  auto row = rows.begin();
  std::advance(row, input.Byte() % rows.size());
  std::string key = row->first;
  std::string value = row->second;
  const uint8_t byte = input.Byte();
  if (choice % 3 == 0) {
    database.Erase(mvcc::kKeyBucket, key);
    return;
  }
  if (choice % 3 == 1 && !value.empty()) {
    value[byte % value.size()] = static_cast<char>(choice);
  } else {
    key[7] = static_cast<char>(byte);  // its main revision
  }
  database.Put(mvcc::kKeyBucket, key, value);
}

void RequireOrder(const AuditReport& report) {
  Require((report.verdict == AuditVerdict::kAnomalous) <=
          (!report.anomalies.empty() || report.anomalies_dropped));
  Require(report.anomalies.size() <= AuditReport::kMaxAnomalies);
  for (const Anomaly& anomaly : report.anomalies) {
    Require(std::ranges::is_sorted(anomaly.ties));
    Require(anomaly.expected.size() <= Anomaly::kMaxRows);
    Require(anomaly.found.size() <= Anomaly::kMaxRows);
  }
}

// Whether the entry is what the report begins with, by itself or among those that explain as much.
bool Blames(const AuditReport& report, uint64_t index) {
  if (report.verdict != AuditVerdict::kAnomalous || report.anomalies.size() != 1) return false;
  const Anomaly& anomaly = report.anomalies.front();
  return anomaly.index_first == index || std::ranges::count(anomaly.ties, index) > 0;
}

void Examine(const wal::Log& log, const testing::MemoryDatabase& healthy, FuzzInput input) {
  const uint64_t skipped = input.Byte() | uint64_t{input.Byte()} << 8;
  testing::MemoryDatabase database = StoredBy(log, skipped);
  const bool nothing_else = input.empty();
  for (int changes = 0; changes < 4 && !input.empty(); ++changes) ChangeRow(database, input);

  FindingList findings;
  const std::string file = "fuzz";
  const mvcc::Store store{database, file, findings};
  const AuditReport report = Audit(
      {.log = log, .database = store, .rules = {apply::RulesOf(kVersion)}, .thorough = false});
  RequireOrder(report);
  const bool same = RowsOf(database, mvcc::kKeyBucket) == RowsOf(healthy, mvcc::kKeyBucket);
  Require(!same || report.verdict == AuditVerdict::kExplained);
  const bool one = std::has_single_bit(skipped) && nothing_else;
  Require(same || !one || Blames(report, 1 + static_cast<uint64_t>(std::countr_zero(skipped))));
  if (report.verdict != AuditVerdict::kExplained) return;
  Require(report.rows_different == 0 && report.anomalies.empty());
}

}  // namespace
}  // namespace etcdf::audit

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  static const testing::BuiltLog built(audit::kMember);
  const wal::Log& log = built.log();
  testing::Require(log.summary().entries.live == audit::kEntries);
  static const testing::MemoryDatabase healthy = audit::StoredBy(log, 0);
  audit::Examine(log, healthy, {data, size});
  return 0;
}
