#include "restore/lost.h"

#include <gtest/gtest.h>

#include "testing/built_log.h"

namespace etcdf::restore {
namespace {

TEST(Lost, CountsKeysOnce) {
  const testing::BuiltLog built(
      "metadata node=1 cluster=2\n"
      "entry term=1 index=1 noop\n"
      "entry term=1 index=2 put key=a value=1\n"
      "entry term=1 index=3 put key=a value=2\n"
      "entry term=1 index=4 put key=b value=1\n"
      "state term=1 vote=1 commit=4\n");
  const LostEntries lost = ReadLost(&built.log(), {.after = 1, .until = 4});
  EXPECT_EQ(lost.index_first, 2U);
  EXPECT_EQ(lost.count(), 3U);
  EXPECT_EQ(lost.keys, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(lost.more_keys);
  EXPECT_EQ(lost.key_count, 2U);
}

TEST(Lost, ShowsTheFirstKeysOnly) {
  std::string text = "metadata node=1 cluster=2\n";
  for (int i = 1; i <= 12; ++i) {
    const std::string number = std::to_string(i);
    text.append("entry term=1 index=").append(number).append(" put key=k").append(number);
    text += " value=1\n";
  }
  const testing::BuiltLog built(text);
  const LostEntries lost = ReadLost(&built.log(), {.after = 0, .until = 12});
  EXPECT_EQ(lost.keys.size(), LostEntries::kMaxKeys);
  EXPECT_TRUE(lost.more_keys);
  EXPECT_EQ(lost.key_count, 12U);
}

TEST(Lost, WithoutALogTheirNumberOnly) {
  const LostEntries lost = ReadLost(nullptr, {.after = 4, .until = 9});
  EXPECT_EQ(lost.count(), 5U);
  EXPECT_FALSE(lost.key_count);
}

}  // namespace
}  // namespace etcdf::restore
