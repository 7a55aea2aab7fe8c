// What is expected here is what etcd did when it was started from these directories (3.4.23), or
// what the sources of the version named say. tests/integration/live_forecast_test.py asks etcd.
#include "restore/forecast.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "member/open.h"
#include "restore/etcd_words.h"
#include "testing/temp_dir.h"

namespace etcdf::restore {
namespace {

namespace fs = std::filesystem;
using apply::Version;

constexpr Version k34{.major = 3, .minor = 4, .patch = 23};
constexpr Version k35{.major = 3, .minor = 5, .patch = 30};
constexpr Version k36{.major = 3, .minor = 6, .patch = 9};
constexpr Version k37{.major = 3, .minor = 7, .patch = 1};

class ForecastTest : public ::testing::Test {
 protected:
  // A copy of a fixture's data directory, to be harmed.
  void Copy(const std::string& fixture) {
    fs::copy(fs::path(ETCDF_TESTDATA) / "fixtures" / fixture, member().parent_path(),
             fs::copy_options::recursive);
  }

  fs::path member() const { return fs::path(folder_.path()) / "data" / "member"; }
  fs::path snap() const { return member() / "snap"; }

  void RemoveSnapFiles() {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(snap())) {
      if (entry.path().extension() == ".snap") paths.push_back(entry.path());
    }
    for (const fs::path& path : paths) fs::remove(path);
  }

  Forecast ForecastFor(const Version& version) {
    const std::string path = member().parent_path().string();
    FindingList met;
    const auto files = member::Open({.path = path}, member::Parts::kAll, met);
    auto opened = files->OpenDatabase({}, met);
    const auto log = files->ReadLog(met);
    std::optional<DatabaseState> state;
    if (opened && opened->database != nullptr) {
      state = ReadDatabaseState(*opened->database, opened->path);
      state->bad_rows.insert(state->bad_rows.end(), bad_rows_.begin(), bad_rows_.end());
    }
    return ForecastStart({.dir = files->files(),
                          .log = log ? &*log : nullptr,
                          .database = state ? &*state : nullptr,
                          .met = met.findings()},
                         version);
  }

  // What etcd says when it stops; "starts" if it does not.
  std::string Stopped(const Version& version) {
    const Forecast forecast = ForecastFor(version);
    return forecast.stops() ? EtcdSays(forecast.remarks.back(), version) : "starts";
  }

  testing::TempDir folder_;
  std::vector<BadRow> bad_rows_;  // that the database has, too
};

TEST_F(ForecastTest, SoundDirectoriesStart) {
  Copy("single-3.4/data");
  EXPECT_TRUE(ForecastFor(k34).remarks.empty());
  EXPECT_EQ(ForecastFor(k34).snapshot_index, 408);
  EXPECT_EQ(ForecastFor(k34).index_last, 450);
}

TEST_F(ForecastTest, AnOlderVersionThanTheClusters) {
  Copy("single-3.5/data");
  EXPECT_EQ(Stopped(k34), "cluster cannot be downgraded (current version: ");
  EXPECT_EQ(Stopped({.major = 3, .minor = 4, .patch = 31}),
            "invalid downgrade; (current version: ");
  EXPECT_EQ(Stopped(k35), "starts");
}

TEST_F(ForecastTest, WithoutSnapFilesTheLogServesFromItsBeginning) {
  Copy("single-3.4/data");
  RemoveSnapFiles();
  EXPECT_EQ(Stopped(k34), "starts");
  EXPECT_EQ(ForecastFor(k34).snapshot_index, 0);
}

// Up to 3.6 the file tells of the snapshot, from 3.7 on the log's record alone.
TEST_F(ForecastTest, SnapFilesAreReadUpTo36) {
  Copy("single-3.6/data");
  const uint64_t newest = ForecastFor(k36).snapshot_index;
  EXPECT_GT(newest, 0);
  RemoveSnapFiles();
  EXPECT_EQ(ForecastFor(k36).snapshot_index, 0);
  EXPECT_EQ(ForecastFor(k37).snapshot_index, newest);
}

TEST_F(ForecastTest, ASnapshotThatTheDatabaseHasNotReachedNeedsItsOwn) {
  Copy("single-3.4/data");
  fs::remove(snap() / "db");
  EXPECT_EQ(Stopped(k34), "failed to find database snapshot file");
  std::ofstream(snap() / "0000000000000198.snap.db") << "";
  EXPECT_EQ(Stopped(k34), "of the backend is missing");
  RemoveSnapFiles();
  EXPECT_EQ(Stopped(k34), "starts");  // it replays all there is
}

TEST_F(ForecastTest, ADatabaseThatCannotBeOpened) {
  Copy("single-3.4/data");
  std::ofstream(snap() / "db") << std::string(65536, 'x');
  EXPECT_EQ(Stopped(k34), "cannot open database at");
  EXPECT_EQ(Stopped(k35), "failed to open database");
}

TEST_F(ForecastTest, WithoutALogItIsAnotherMember) {
  Copy("single-3.4/data");
  fs::remove_all(member() / "wal");
  fs::create_directory(member() / "wal");
  const Forecast forecast = ForecastFor(k34);
  ASSERT_TRUE(forecast.stops());
  EXPECT_EQ(forecast.remarks.front().matter, Matter::kNoLog);
}

TEST_F(ForecastTest, AFlippedBitInTheLog) {
  Copy("damaged-wal-crc-flip/data");
  EXPECT_EQ(Stopped(k35), "walpb: crc mismatch");
}

TEST_F(ForecastTest, AMissingSegment) {
  Copy("damaged-wal-missing-segment/data");
  EXPECT_EQ(Stopped(k35), "wal: crc mismatch");
}

TEST_F(ForecastTest, ATornTailIsRepaired) {
  Copy("damaged-wal-torn-tail/data");
  const Forecast forecast = ForecastFor(k35);
  EXPECT_EQ(forecast.worst(), Weight::kNote);
  EXPECT_EQ(forecast.index_last, 303);
}

// 3.4.10 and later, and 3.5 before 3.5.5, refuse a length beyond 10 MiB; the others take it for a
// torn write, cut the log there, and lose what follows.
TEST_F(ForecastTest, ALengthBeyondTheFile) {
  Copy("damaged-wal-garbage-length/data");
  EXPECT_EQ(Stopped(k34), "wal: max entry size limit exceeded");
  EXPECT_EQ(Stopped({.major = 3, .minor = 5, .patch = 4}), "wal: max entry size limit exceeded");
  const Forecast forecast = ForecastFor({.major = 3, .minor = 5, .patch = 5});
  EXPECT_FALSE(forecast.stops());
  EXPECT_EQ(forecast.worst(), Weight::kHarms);
  EXPECT_EQ(forecast.index_last, 151);
}

TEST_F(ForecastTest, AnEmptyLog) {
  Copy("damaged-empty/data");
  EXPECT_EQ(Stopped(k34), "cannot use none as id");
}

// In 3.6 the v2 store may hold nothing of users' (--v2-deprecation=write-only). 3.7 does not look,
// and stops at the first request of API v2 that it applies again.
TEST_F(ForecastTest, UsersKeysInTheV2Store) {
  Copy("v2-era/data");
  EXPECT_EQ(Stopped(k35), "starts");
  EXPECT_EQ(Stopped(k36),
            "detected disallowed custom content in v2store for stage --v2-deprecation=write-only");
  EXPECT_EQ(Stopped(k37), "unmarshal should never fail");
}

// The log and the database of two members put together.
TEST_F(ForecastTest, ADatabaseThatDoesNotKnowTheNode) {
  Copy("incident-13766/m1");
  const fs::path other = fs::path(ETCDF_TESTDATA) / "fixtures/raft-conflict/m1/member/snap/db";
  fs::copy_file(other, snap() / "db", fs::copy_options::overwrite_existing);
  const Forecast forecast = ForecastFor(k35);
  EXPECT_EQ(forecast.worst(), Weight::kHarms);
  EXPECT_EQ(forecast.remarks.front().matter, Matter::kOtherMembers);
}

// Users are read at the start since 3.4.21 and 3.5.5, before that at their first use.
TEST_F(ForecastTest, AUserThatCannotBeRead) {
  Copy("single-3.5/data");
  bad_rows_ = {BadRow::kUser};
  EXPECT_EQ(Stopped(k35), "failed to unmarshal 'authpb.User'");
  EXPECT_EQ(Stopped({.major = 3, .minor = 5, .patch = 5}), "failed to unmarshal 'authpb.User'");
  const Forecast before = ForecastFor({.major = 3, .minor = 5, .patch = 4});
  EXPECT_EQ(before.starts(), Starts::kYesBut);
  EXPECT_EQ(before.gravest()->matter, Matter::kBadRow);
}

}  // namespace
}  // namespace etcdf::restore
