// Databases of a real etcd, of which pages are zeroed: with the log they are what they were.
#include "salvage/from_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "bolt/database.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "salvage/outlook.h"
#include "salvage/page_database.h"
#include "salvage/recovered.h"
#include "testing/seed.h"
#include "wal/log_head.h"

namespace etcdf::salvage {
namespace {

using Rows = std::map<std::string, std::string, std::less<>>;

// A database and the log beside it.
class Member {
 public:
  explicit Member(const std::string& fixture)
      : dir_(std::string(ETCDF_TESTDATA) + "/fixtures/" + fixture),
        log_(*wal::Log::Open(*io::FindDataDir(dir_), std::nullopt, findings_)) {
    log_.Scan(findings_);
    std::ifstream file(dir_ + "/member/snap/db", std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
  }

  const std::string& bytes() const { return bytes_; }
  const wal::Log& log() const { return log_; }

 private:
  std::string dir_;
  FindingList findings_;
  wal::Log log_;
  std::string bytes_;
};

Rows RowsOf(const backend::Database& database, std::string_view bucket_name) {
  Rows rows;
  FindingList findings;
  const auto bucket = database.Open(AsBytes(bucket_name));
  const auto cursor = bucket ? bucket->NewCursor(findings) : nullptr;
  for (bool more = cursor && cursor->First(); more; more = cursor->Next()) {
    rows.emplace(AsText(cursor->row().key), AsText(cursor->row().value));
  }
  return rows;
}

// What is left of a database, and what the log makes of it.
class Salvaged {
 public:
  // Of the log the entries from this one on.
  Salvaged(const Member& member, const std::string& bytes, uint64_t index_first)
      : file_(*bolt::File::OverBytes(AsBytes(bytes), "db")),
        outlook_(LookInto(*file_, unheard_)),
        found_(*file_, [] { return true; }),
        others_(*file_, unheard_) {
    for (const FoundRow& row : found_.rows()) {
      if (outlook_.Of(row) != Standing::kCompacted) rows_.push_back(row);
    }
    pages_ = std::make_unique<PageDatabase>(found_, rows_, others_);
    const replay::Entries entries =
        EntriesToApply(member.log(), outlook_.consistent_index.value_or(0));
    result_ = ApplyLog({.entries = entries.all().subspan(index_first - 1),
                        .begins_with_backup = wal::ReadLogHead(member.log()).is_restore(),
                        .pages = {.database = *pages_, .file = file_->path(), .findings = unheard_},
                        .rows = PageRows(found_, rows_)});
    if (result_) recovered_ = std::make_unique<Recovered>(found_, *result_);
  }

  const Result<FromLog>& result() const { return result_; }
  // Up to a revision, without what was compacted.
  Rows KeyRowsUpTo(int64_t main) const {
    Rows rows;
    Recovered::Scratch scratch;
    for (const FoundRow& row : recovered_->rows()) {
      if (row.is_past || row.at.revision.main > main) continue;
      const backend::Row stored = recovered_->Stored(row, scratch);
      rows.emplace(AsText(stored.key), AsText(stored.value));
    }
    return rows;
  }
  const Recovered& recovered() const { return *recovered_; }
  uint64_t FromLogAlone() const {
    return static_cast<uint64_t>(
        std::ranges::count(recovered_->rows(), Origin::kWal, &FoundRow::origin));
  }

 private:
  mvcc::UnheardFindings unheard_;
  std::unique_ptr<bolt::File> file_;
  Outlook outlook_;
  KeyRows found_;
  OtherBuckets others_;
  std::vector<FoundRow> rows_;
  std::unique_ptr<PageDatabase> pages_;
  Result<FromLog> result_ = Fail({});
  std::unique_ptr<Recovered> recovered_;
};

class FromLogProperty : public testing::SeededTest {
 protected:
  // With some pages zeroed, of any kind but the meta pages.
  std::string Harmed(std::string bytes) {
    constexpr size_t kPageBytes = 4096;
    const uint64_t pages = bytes.size() / kPageBytes;
    for (uint64_t harms = 1 + Below(pages / 2); harms > 0; --harms) {
      bytes.replace((2 + Below(pages - 2)) * kPageBytes, kPageBytes, std::string(kPageBytes, '\0'));
    }
    return bytes;
  }
};

// What the database was before.
struct Truth {
  explicit Truth(const Member& member) {
    const auto file = *bolt::File::OverBytes(AsBytes(member.bytes()), "db");
    mvcc::UnheardFindings unheard;
    const auto database = *bolt::Database::Open(*file, std::nullopt, unheard);
    keys = RowsOf(*database, mvcc::kKeyBucket);
    status = mvcc::ReadStatus({.database = *database, .file = file->path(), .findings = unheard});
    revision = status.revision;
  }

  Rows keys;
  mvcc::Status status;  // its views are gone
  int64_t revision = 0;
};

constexpr std::array kFixtures = {"single-3.4/data", "single-3.5/data", "single-3.6/data",
                                  "raft-conflict/m2", "incident-13766/m2"};

TEST_F(FromLogProperty, AWholeLogGivesTheDatabaseBack) {
  for (const char* const fixture : kFixtures) {
    const Member member(fixture);
    const Truth truth(member);
    uint64_t by_log = 0;
    for (int round = 0; round < 20; ++round) {
      const std::string bytes = Harmed(member.bytes());
      const Salvaged salvaged(member, bytes, 1);
      ASSERT_TRUE(salvaged.result()) << fixture << " " << salvaged.result().error().Message();
      ASSERT_EQ(salvaged.result()->contradicted, 0U)
          << fixture << " entry " << salvaged.result()->contradictions.front().entry << " page "
          << salvaged.result()->contradictions.front().page.place;
      ASSERT_EQ(salvaged.KeyRowsUpTo(truth.revision), truth.keys) << fixture << " round " << round;
      by_log += salvaged.FromLogAlone();
    }
    EXPECT_GT(by_log, 0U) << fixture;
  }
}

// Everything but the meta pages and the log is gone.
TEST_F(FromLogProperty, ALogAloneGivesTheDatabaseBack) {
  const Member member("single-3.6/data");
  std::string bytes = member.bytes();
  bytes.replace(8192, bytes.size() - 8192, std::string(bytes.size() - 8192, '\0'));
  const Salvaged salvaged(member, bytes, 1);
  ASSERT_TRUE(salvaged.result());
  EXPECT_EQ(salvaged.result()->start, LogStart::kEmpty);
  const Truth truth(member);
  EXPECT_EQ(salvaged.KeyRowsUpTo(truth.revision), truth.keys);
}

// What a row says beside create revision and version, which begin with rows that may be lost.
std::string ContentOf(const mvcc::KeyRow& row) {
  return std::string(AsText(row.kv.key)) + "=" + std::string(AsText(row.kv.value)) +
         (row.at.tombstone ? " deleted" : " " + std::to_string(row.kv.lease));
}

// A log that begins later than the database. What it is sure of is what was there; what it is not
// sure of it says.
TEST_F(FromLogProperty, ALateLogIsRightWhereItIsSure) {
  uint64_t by_log = 0;
  for (const char* const fixture : kFixtures) {
    const Member member(fixture);
    const Truth truth(member);
    std::map<mvcc::Revision, std::string> contents;
    for (const auto& [key, value] : truth.keys) {
      const mvcc::KeyRow row{.at = *mvcc::ParseRowKey(AsBytes(key)),
                             .kv = *mvcc::ParseKeyValue(AsBytes(value))};
      contents[row.at.revision] = ContentOf(row);
    }
    for (int round = 0; round < 20; ++round) {
      const std::string bytes = Harmed(member.bytes());
      const uint64_t index_first = 2 + Below(*truth.status.consistent_index * 3 / 4);
      const Salvaged salvaged(member, bytes, index_first);
      if (!salvaged.result()) continue;
      std::set<mvcc::Revision> seen;
      bool is_sure = true;
      for (const FoundRow& row : salvaged.recovered().rows()) {
        const auto known = contents.find(row.at.revision);
        if (known != contents.end()) seen.insert(row.at.revision);
        if (row.origin != Origin::kWal) continue;
        is_sure = is_sure && row.confidence != Confidence::kDoubtful;
        if (row.confidence == Confidence::kDoubtful) continue;
        if (row.at.revision.main > truth.revision) continue;
        ++by_log;
        ASSERT_NE(known, contents.end())
            << fixture << " round " << round << " revision " << row.at.revision.main;
        ASSERT_EQ(ContentOf(salvaged.recovered().Content(row)), known->second)
            << fixture << " round " << round << " entry " << row.place;
      }
      const FromLog& result = *salvaged.result();
      if (result.untold > 0 || !is_sure) continue;
      for (const auto& [revision, content] : contents) {
        if (revision.main <= result.start_revision) continue;
        ASSERT_TRUE(seen.contains(revision))
            << fixture << " round " << round << ": revision " << revision.main;
      }
      if (result.recounted > 0) continue;
      for (const auto& [key, value] : salvaged.KeyRowsUpTo(truth.revision)) {
        const auto row = mvcc::ParseRowKey(AsBytes(key));
        if (row->revision.main <= result.start_revision) continue;
        const auto known = truth.keys.find(key);
        ASSERT_TRUE(known != truth.keys.end() && known->second == value)
            << fixture << " round " << round << " revision " << row->revision.main;
      }
    }
  }
  EXPECT_GT(by_log, 0U);
}

// The member has skipped the write of revision 217 (its PROVENANCE tells): what follows is at other
// revisions than its log says, and no row may come from there unmatched.
TEST_F(FromLogProperty, AMemberThatSkippedAWriteKeepsItsOwnRows) {
  const Member member("incident-13766/m1");
  const Truth truth(member);
  const Salvaged salvaged(member, member.bytes(), 1);
  ASSERT_TRUE(salvaged.result());
  EXPECT_EQ(salvaged.result()->start, LogStart::kAnchored);
  const Rows rows = salvaged.KeyRowsUpTo(truth.revision);
  for (const auto& [key, value] : truth.keys) {
    const auto found = rows.find(key);
    ASSERT_TRUE(found != rows.end() && found->second == value)
        << mvcc::ParseRowKey(AsBytes(key))->revision.main;
  }
}

}  // namespace
}  // namespace etcdf::salvage
