#include "restore/database_state.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "member/open_database.h"
#include "testing/bolt_builder.h"
#include "testing/temp_dir.h"

namespace etcdf::restore {
namespace {

std::vector<BadRow> BadRowsOf(const std::string& statements) {
  const testing::TempDir folder;
  const std::string path = (folder.path() / "db").string();
  const auto built = testing::BuildDatabase("file\netcd\n" + statements);
  EXPECT_TRUE(built) << built.error().Message();
  EXPECT_TRUE(testing::WriteDatabase(*built, path));
  FindingList findings;
  const auto opened = member::OpenDatabase({.path = path, .is_etcds_db = true}, {}, findings);
  return ReadDatabaseState(*opened->database, path).bad_rows;
}

constexpr const char* kBad = "value=\"\\xff\"";

TEST(DatabaseState, UsersThatCannotBeRead) {
  EXPECT_EQ(BadRowsOf("user name=ann password=x\n"), std::vector<BadRow>{});
  EXPECT_EQ(BadRowsOf(std::string("bucket name=authUsers {\nrow key=ann ") + kBad + "\n}\n"),
            std::vector<BadRow>{BadRow::kUser});
}

// etcd reads the roles that users have.
TEST(DatabaseState, RolesThatCannotBeRead) {
  const std::string roles =
      std::string("bucket name=authRoles {\nrow key=reader ") + kBad + "\n}\n";
  EXPECT_EQ(BadRowsOf(roles), std::vector<BadRow>{});
  EXPECT_EQ(BadRowsOf(roles + "user name=ann password=x roles=reader\n"),
            std::vector<BadRow>{BadRow::kRole});
}

}  // namespace
}  // namespace etcdf::restore
