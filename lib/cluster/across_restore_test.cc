#include "cluster/across_restore.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "member/open.h"
#include "testing/bolt_builder.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"

namespace etcdf::cluster {
namespace {

constexpr const char* kHead =
    "metadata node=5 cluster=6\n"
    "snapshot index=0 term=0\n"
    "entry term=1 index=1 conf change=add node=5 context={\"id\":5}\n";
constexpr const char* kRestored = "state term=1 vote=5 commit=1\nsnapshot index=1 term=1\n";
constexpr const char* kBootstrapped = "state term=1 vote=0 commit=1\n";

struct Rows {
  uint64_t applied = 0;
  int64_t revision = 0;
  uint64_t term = 2;
};

// "put"s of the revisions from 2 on, one of each key.
std::string DatabaseText(const Rows& rows, uint64_t node = 5) {
  std::string text = "file\netcd\n";
  for (int64_t revision = 2; revision <= rows.revision; ++revision) {
    const std::string number = std::to_string(revision);
    text.append("put rev=").append(number).append(" key=k").append(number).append(" value=1\n");
  }
  return text + "meta consistent_index=" + std::to_string(rows.applied) +
         " term=" + std::to_string(rows.term) + "\nmember id=" + std::to_string(node) +
         " name=a peers=http://a:2380\n";
}

// Entries that put the revisions from `revision` on, of these indexes.
std::string Puts(uint64_t first, uint64_t last, int64_t revision, const std::string& value = "1") {
  std::string text;
  for (uint64_t index = first; index <= last; ++index, ++revision) {
    text += "entry term=2 index=" + std::to_string(index) + " put key=k" +
            std::to_string(revision) + " value=" + value + "\n";
  }
  return text + "state term=2 vote=5 commit=" + std::to_string(last) + "\n";
}

class AcrossRestore : public ::testing::Test {
 protected:
  std::unique_ptr<Member> Make(const std::string& log, const std::string& database) {
    const auto dir = folder_.path() / std::to_string(++made_);
    if (!log.empty()) {
      const auto evidence = testing::BuildEvidence(log);
      EXPECT_TRUE(evidence) << evidence.error().Message();
      EXPECT_TRUE(testing::WriteEvidence(*evidence, dir));
    }
    const auto built = testing::BuildDatabase(database);
    EXPECT_TRUE(built) << built.error().Message();
    EXPECT_TRUE(testing::WriteDatabase(*built, dir / "member" / "snap" / "db"));
    return Open(log.empty() ? dir / "member" / "snap" / "db" : dir);
  }

 private:
  static std::unique_ptr<Member> Open(const std::filesystem::path& path) {
    auto member = std::make_unique<Member>(Member{.name = path.string(), .source = path.string()});
    member->files = *member::Open({.path = path.string()}, member::Parts::kAll, member->findings);
    member->database = *member->files->OpenDatabase({}, member->findings);
    if (auto log = member->files->ReadLog(member->findings)) member->log = *std::move(log);
    member->status = mvcc::ReadStatus(member->Store());
    return member;
  }

  testing::TempDir folder_;
  int made_ = 0;
};

const std::string kFreshLog = std::string(kHead) + kRestored;
const std::string kRunLog = kFreshLog + Puts(2, 40, 24);
const Rows kBackup{.applied = 28, .revision = 23};

TEST_F(AcrossRestore, TheBackupOfAFreshMember) {
  const auto fresh = Make(kFreshLog, DatabaseText({.applied = 1, .revision = 23, .term = 1}));
  const auto backup = Make("", DatabaseText(kBackup));
  EXPECT_TRUE(IsRestored(*fresh));
  EXPECT_FALSE(IsRestored(*backup));
  EXPECT_TRUE(IsAcrossRestore(*fresh, *backup));
  EXPECT_TRUE(IsAcrossRestore(*backup, *fresh));
}

// An entry of that term stands at that index, too.
TEST_F(AcrossRestore, TheBackupOfOneThatHasGoneOn) {
  const auto run = Make(kRunLog, DatabaseText({.applied = 40, .revision = 62}));
  EXPECT_TRUE(IsAcrossRestore(*run, *Make("", DatabaseText(kBackup))));
}

TEST_F(AcrossRestore, ALaterBackupIsOfOneLog) {
  const auto run = Make(kRunLog, DatabaseText({.applied = 40, .revision = 62}));
  EXPECT_FALSE(IsAcrossRestore(*run, *Make("", DatabaseText({.applied = 28, .revision = 50}))));
  EXPECT_FALSE(IsAcrossRestore(*run, *Make("", DatabaseText({.applied = 45, .revision = 64}))));
  EXPECT_TRUE(IsAcrossRestore(*run, *Make("", DatabaseText({.applied = 45, .revision = 64}, 9))))
      << "its members are others";
}

TEST_F(AcrossRestore, TheOldMemberWithTheSameIds) {
  const auto run = Make(kRunLog, DatabaseText({.applied = 40, .revision = 62}));
  const auto old = Make(std::string(kHead) + kBootstrapped + Puts(2, 30, 2),
                        DatabaseText({.applied = 30, .revision = 30}));
  EXPECT_TRUE(IsAcrossRestore(*run, *old));
}

TEST_F(AcrossRestore, TwoRestoresOfOneBackup) {
  const auto run = Make(kRunLog, DatabaseText({.applied = 40, .revision = 62}));
  const auto other =
      Make(kFreshLog + Puts(2, 9, 24, "other"), DatabaseText({.applied = 9, .revision = 31}));
  const auto behind =
      Make(kFreshLog + Puts(2, 9, 24), DatabaseText({.applied = 9, .revision = 31}));
  EXPECT_TRUE(IsAcrossRestore(*run, *other));
  EXPECT_FALSE(IsAcrossRestore(*run, *behind));
  EXPECT_EQ(OfOneLog(*run, {run.get(), other.get(), behind.get()}),
            (std::vector<Member*>{run.get(), behind.get()}));
}

// Without any log, more revisions than entries tell.
TEST_F(AcrossRestore, TwoDatabases) {
  const auto fresh = Make("", DatabaseText({.applied = 1, .revision = 23, .term = 1}));
  const auto since = Make("", DatabaseText({.applied = 20, .revision = 40}));
  EXPECT_TRUE(IsAcrossRestore(*fresh, *Make("", DatabaseText(kBackup))));
  EXPECT_FALSE(IsAcrossRestore(*fresh, *since));
}

TEST_F(AcrossRestore, NoneWasRestored) {
  const std::string log = std::string(kHead) + kBootstrapped;
  const auto a = Make(log + Puts(2, 30, 2), DatabaseText({.applied = 30, .revision = 30}));
  const auto b = Make(log + Puts(2, 20, 2), DatabaseText({.applied = 20, .revision = 20}));
  EXPECT_FALSE(IsAcrossRestore(*a, *b));
  EXPECT_FALSE(IsAcrossRestore(*a, *Make("", DatabaseText({.applied = 25, .revision = 25}))));
}

}  // namespace
}  // namespace etcdf::cluster
