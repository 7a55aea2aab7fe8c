// What an export to a text format holds. SQLite's is held to its recipes by tests/, LMDB's to its
// origin by testdata/dump-db/export.test.
#include <gtest/gtest.h>

#include <filesystem>

#include "dump-db/command.h"
#include "testing/bolt_builder.h"
#include "testing/temp_dir.h"

namespace etcdf::dump_db {
namespace {

namespace fs = std::filesystem;

constexpr char kContent[] = R"(
etcd
put rev=2 key=a value="one"
put rev=3 key=hex:ff value=hex:fe lease=0x1f
tombstone rev=4 key=a
lease id=0x1f ttl=60
user name=root password=hash-of-secret roles=root
meta consistent_index=9
)";

class ExportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto database = testing::BuildDatabase(kContent);
    ASSERT_TRUE(database);
    ASSERT_TRUE(testing::WriteDatabase(*database, db_));
  }

  // The exit code.
  int Export(const std::string& target, const std::vector<std::string>& more = {}) {
    std::vector<std::string> args = {"export", db_, "--to", target, "--out", out_};
    args.insert(args.end(), more.begin(), more.end());
    output::StringSink out, err;
    return static_cast<int>(dump_db::Run(args, out, err));
  }
  std::string Written(const std::string& name = "") const {
    return testing::ReadFile(name.empty() ? out_ : out_ + "/" + name);
  }

  testing::TempDir temp_;
  std::string db_ = (temp_.path() / "db").string();
  std::string out_ = (temp_.path() / "out").string();
};

TEST_F(ExportTest, JsonHasEveryRowDecodedAndTheBytesThatAreNotText) {
  ASSERT_EQ(Export("json"), 0);
  EXPECT_EQ(
      Written(),
      R"({"bucket":"authUsers","key":"root","value":{"name":"root","password":"<value removed>","roles":["root"]}}
{"bucket":"key","revision":2,"sub":0,"tombstone":false,"key":"a","create_revision":2,"mod_revision":2,"version":1,"value":"one"}
{"bucket":"key","revision":3,"sub":0,"tombstone":false,"key":"\\377","key_b64":"/w==","create_revision":3,"mod_revision":3,"version":1,"lease":"1f","value":"\\376","value_b64":"/g=="}
{"bucket":"key","revision":4,"sub":0,"tombstone":true,"key":"a"}
{"bucket":"lease","key":"1f","value":{"ID":"1f","TTL":60}}
{"bucket":"meta","key":"consistent_index","value":9}
)");
}

TEST_F(ExportTest, CsvHasAFileForEachBucket) {
  ASSERT_EQ(Export("csv"), 0);
  size_t files = 0;
  for ([[maybe_unused]] const auto& file : fs::directory_iterator(out_)) ++files;
  EXPECT_EQ(files, 10u);
  EXPECT_EQ(Written("key.csv"),
            "revision,sub,tombstone,key,create_revision,mod_revision,version,lease,value\r\n"
            "2,0,false,a,2,2,1,,one\r\n"
            "3,0,false,\\377,3,3,1,1f,\\376\r\n"
            "4,0,true,a,0,0,0,,\r\n");
  EXPECT_EQ(Written("alarm.csv"), "key,value\r\n");
}

TEST_F(ExportTest, SecretsAndValuesAppearOnlyAsAskedFor) {
  for (const char* target : {"json", "sqlite"}) {
    ASSERT_EQ(Export(target), 0);
    EXPECT_EQ(Written().find("hash-of-secret"), std::string::npos) << target;
    EXPECT_NE(Written().find("one"), std::string::npos) << target;
    fs::remove(out_);
    ASSERT_EQ(Export(target, {"--show-secrets"}), 0);
    EXPECT_NE(Written().find("hash-of-secret"), std::string::npos) << target;
    fs::remove(out_);
    ASSERT_EQ(Export(target, {"--redact"}), 0);
    EXPECT_EQ(Written().find("\"one\""), std::string::npos) << target;
    EXPECT_NE(Written().find("xxh3"), std::string::npos) << target;
    fs::remove(out_);
  }
}

TEST_F(ExportTest, AFailureLeavesNothing) {
  fs::create_directory(out_);
  for (const char* target : {"lmdb", "json", "csv", "sqlite"}) EXPECT_EQ(Export(target), 2);
  EXPECT_TRUE(fs::is_empty(out_));
  out_ += "/no/such/folder";
  for (const char* target : {"lmdb", "json", "csv", "sqlite"}) EXPECT_EQ(Export(target), 2);
  EXPECT_TRUE(fs::is_empty(temp_.path() / "out"));
}

}  // namespace
}  // namespace etcdf::dump_db
