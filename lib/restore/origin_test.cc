#include "restore/origin.h"

#include <gtest/gtest.h>

#include <string>

#include "io/data_dir.h"
#include "member/open_database.h"
#include "testing/bolt_builder.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"

namespace etcdf::restore {
namespace {

const std::string kMetadata = "metadata node=5 cluster=6\nsnapshot index=0 term=0\n";
const std::string kAddition = "entry term=1 index=1 conf change=add node=5 context={\"id\":5}\n";
const std::string kBootstrapped = kMetadata + kAddition + "state term=1 vote=0 commit=1\n";
const std::string kRestored =
    kMetadata + kAddition + "state term=1 vote=5 commit=1\nsnapshot index=1 term=1\n";

class OriginTest : public ::testing::Test {
 protected:
  // Of a log, or of none, and a database of these rows.
  Origin Find(const std::string& log, const std::string& rows,
              const member::DatabaseCount& count) const {
    const std::string path = (folder_.path() / "db").string();
    const auto built = testing::BuildDatabase("file\netcd\n" + rows);
    EXPECT_TRUE(built) << built.error().Message();
    EXPECT_TRUE(testing::WriteDatabase(*built, path));
    FindingList findings;
    const auto opened = member::OpenDatabase({.path = path, .is_etcds_db = true}, {}, findings);
    if (log.empty()) return FindOrigin(nullptr, opened->database.get(), count);
    const auto evidence = testing::BuildEvidence(log);
    EXPECT_TRUE(evidence) << evidence.error().Message();
    EXPECT_TRUE(testing::WriteEvidence(*evidence, folder_.path()));
    auto scanned =
        wal::Log::Open(*io::FindDataDir(folder_.path().string()), std::nullopt, findings);
    scanned->Scan(findings);
    return FindOrigin(&*scanned, opened->database.get(), count);
  }

 private:
  testing::TempDir folder_;
};

TEST_F(OriginTest, ANewCluster) {
  const Origin origin = Find(kBootstrapped + "entry term=2 index=2 put key=a value=1\n",
                             "put rev=2 key=a value=1\n", {.applied = 2, .revision = 2});
  EXPECT_EQ(origin.kind, OriginKind::kBootstrap);
  EXPECT_EQ(origin.revision, 1);
  EXPECT_EQ(origin.applied_since, 1U);
}

TEST_F(OriginTest, ARestoreBeforeItsFirstStart) {
  const Origin origin = Find(kRestored, "put rev=2 key=a value=1\nput rev=3 key=b value=1\n",
                             {.applied = 1, .revision = 3});
  EXPECT_EQ(origin.kind, OriginKind::kRestore);
  EXPECT_EQ(origin.revision, 3);
  EXPECT_EQ(origin.applied_since, 0U);
}

// A transaction that did not write is an entry without a revision.
TEST_F(OriginTest, ARestoreWithEntriesSince) {
  const Origin origin =
      Find(kRestored +
               "entry term=2 index=2 noop\n"
               "entry term=2 index=3 put key=c value=1\n"
               "entry term=2 index=4 delete key=nothing\n"
               "entry term=2 index=5 put key=a value=2\n",
           "put rev=7 key=a value=1\nput rev=8 key=c value=1\nput rev=9 key=a value=2\n",
           {.applied = 5, .revision = 9});
  EXPECT_EQ(origin.kind, OriginKind::kRestore);
  EXPECT_EQ(origin.revision, 7);
  EXPECT_EQ(origin.applied_since, 4U);
}

TEST_F(OriginTest, ABumpedRestore) {
  const Origin origin =
      Find(kRestored,
           "put rev=2 key=a value=1\nbucket name=key {\nrow key=\"\\x00\\x00\\x00"
           "\\x00\\x00\\x00\\x03\\xea_\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"\n}\n",
           {.applied = 1, .revision = 1002});
  EXPECT_EQ(origin.kind, OriginKind::kBumpedRestore);
  EXPECT_TRUE(origin.is_restore());
  EXPECT_EQ(origin.bumped_from, 2);
  EXPECT_EQ(origin.bumped_by, 1000);
}

// Without the log's head, more revisions than entries tell.
TEST_F(OriginTest, ADatabaseAlone) {
  const std::string rows = "put rev=2 key=a value=1\nput rev=9 key=a value=2\n";
  EXPECT_EQ(Find("", rows, {.applied = 3, .revision = 9}).kind, OriginKind::kRestore);
  EXPECT_EQ(Find("", rows, {.applied = 8, .revision = 9}).kind, OriginKind::kUnknown);
}

TEST_F(OriginTest, FedByTheLeader) {
  const Origin origin =
      Find(kMetadata +
               "state term=3 vote=0 commit=0\n"
               "snapshot index=40 term=3\n"
               "state term=3 vote=0 commit=40\n"
               "entry term=3 index=41 put key=a value=2\n",
           "put rev=30 key=a value=1\nput rev=31 key=a value=2\n", {.applied = 41, .revision = 31});
  EXPECT_EQ(origin.kind, OriginKind::kLeaderSnapshot);
  EXPECT_EQ(origin.revision, 30);
  EXPECT_EQ(origin.applied_since, 1U);
}

// A removal without request id; `member remove` gives one.
TEST_F(OriginTest, ForcedToBeAlone) {
  const auto removal = [&](const std::string& id) {
    return Find(kBootstrapped + "entry term=2 index=2 put key=a value=1\n" +
                    "entry term=2 index=3 conf change=remove node=7" + id +
                    "\nentry term=3 index=4 noop\nentry term=3 index=5 put key=a value=2\n",
                "put rev=2 key=a value=1\nput rev=3 key=a value=2\n",
                {.applied = 5, .revision = 3});
  };
  EXPECT_EQ(removal("").kind, OriginKind::kForceNewCluster);
  EXPECT_EQ(removal("").revision, 2);
  EXPECT_EQ(removal("").applied_since, 2U);
  EXPECT_EQ(removal(" id=9").kind, OriginKind::kBootstrap);
}

}  // namespace
}  // namespace etcdf::restore
