#include "output/box_table.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::output {
namespace {

// As etcdutl 3.7.1 hashkv -w table draws it.
TEST(BoxTableTest, Unicode) {
  std::string out;
  AppendBoxTable(out, BoxStyle::kUnicode, {"HASH", "HASH REVISION", "COMPACT REVISION"},
                 {{"853488275", "2981", "2172"}});
  EXPECT_EQ(out,
            "┌───────────┬───────────────┬──────────────────┐\n"
            "│   HASH    │ HASH REVISION │ COMPACT REVISION │\n"
            "├───────────┼───────────────┼──────────────────┤\n"
            "│ 853488275 │          2981 │             2172 │\n"
            "└───────────┴───────────────┴──────────────────┘\n");
}

// As etcdutl 3.6.9 snapshot status -w table draws it.
TEST(BoxTableTest, Ascii) {
  std::string out;
  AppendBoxTable(out, BoxStyle::kAscii, {"HASH", "REVISION", "TOTAL KEYS", "TOTAL SIZE", "VERSION"},
                 {{"75a126aa", "381", "219", "213 kB", "3.6.0"}});
  EXPECT_EQ(out,
            "+----------+----------+------------+------------+---------+\n"
            "|   HASH   | REVISION | TOTAL KEYS | TOTAL SIZE | VERSION |\n"
            "+----------+----------+------------+------------+---------+\n"
            "| 75a126aa |      381 |        219 |     213 kB |   3.6.0 |\n"
            "+----------+----------+------------+------------+---------+\n");
}

}  // namespace
}  // namespace etcdf::output
