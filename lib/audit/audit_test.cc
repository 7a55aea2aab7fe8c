// Databases of real members, held against the members' own logs.
#include "audit/audit.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bolt/database.h"
#include "bolt/file.h"
#include "io/data_dir.h"
#include "mvcc/status.h"

namespace etcdf::audit {
namespace {

// A member's log and database, from testdata/fixtures.
class Evidence {
 public:
  explicit Evidence(const std::string& fixture) {
    const auto dir = io::FindDataDir(std::string(ETCDF_TESTDATA) + "/fixtures/" + fixture);
    path_ = dir->snap_dir + "/db";
    log_ = std::make_unique<wal::Log>(*wal::Log::Open(*dir, std::nullopt, findings_));
    log_->Scan(findings_);
    file_ = *bolt::File::Open(path_);
    database_ = *bolt::Database::Open(*file_, std::nullopt, findings_);
  }

  AuditReport Audit() {
    const mvcc::Store database{*database_, path_, findings_};
    return audit::Audit({.log = *log_,
                         .database = database,
                         .rules = apply::RulesToTry(mvcc::ReadStatus(database))});
  }

 private:
  std::string path_;
  FindingList findings_;
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<bolt::File> file_;
  std::unique_ptr<bolt::Database> database_;
};

class AuditOfHealthyMember : public ::testing::TestWithParam<const char*> {};

TEST_P(AuditOfHealthyMember, ExplainsEveryRow) {
  const AuditReport report = Evidence(GetParam()).Audit();
  EXPECT_EQ(report.verdict, AuditVerdict::kExplained) << report.reason;
  EXPECT_TRUE(report.anomalies.empty());
  EXPECT_EQ(report.rows_different, 0u);
  EXPECT_GT(report.rows_equal, 0u);
  EXPECT_GT(report.verified, 0u);
  EXPECT_EQ(report.verified + report.blind + report.without_rows,
            report.index_last - report.index_first + 1);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, AuditOfHealthyMember,
                         ::testing::Values("single-3.4/data", "single-3.5/data", "single-3.6/data",
                                           "v2-era/data", "raft-conflict/m1", "raft-conflict/m2",
                                           "raft-conflict/m3", "incident-13766/m2"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (char& c : name) c = c == '-' || c == '.' || c == '/' ? '_' : c;
                           return name;
                         });

// etcd 3.5.0 to 3.5.2 could store the index of an entry before its effect; after a crash between
// the two the entry counted as applied. This member so lost a transaction that put one key, as its
// peer's database shows: there the key stands at revision 217.
TEST(AuditOfIncident, NamesTheEntryThatWasSkipped) {
  const AuditReport report = Evidence("incident-13766/m1").Audit();
  EXPECT_EQ(report.verdict, AuditVerdict::kAnomalous) << report.reason;
  ASSERT_EQ(report.anomalies.size(), 1u);
  const Anomaly& anomaly = report.anomalies.front();
  EXPECT_EQ(anomaly.kind, AnomalyKind::kSkipped);
  EXPECT_EQ(anomaly.index_first, 233u);
  EXPECT_EQ(anomaly.index_last, 233u);
  EXPECT_TRUE(anomaly.ties.empty());
  EXPECT_EQ(anomaly.term, 2u);
  EXPECT_EQ(anomaly.request, "txn");
  EXPECT_EQ(anomaly.revision, 217);
  EXPECT_EQ(anomaly.revisions, -1);
  EXPECT_EQ(anomaly.consequences, 0u);
  ASSERT_EQ(anomaly.expected.size(), 1u);
  EXPECT_EQ(anomaly.expected.front().key, "/lease/missing");
  EXPECT_EQ(report.rows_different, 0u);
}

}  // namespace
}  // namespace etcdf::audit
