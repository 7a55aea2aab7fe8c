#include "apply/members.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::apply {
namespace {

std::string GoJson(std::string_view text) {
  std::string out;
  AppendGoJsonText(out, text);
  return out;
}

// Go's documentation of encoding/json, Marshal.
TEST(GoJsonText, EscapesWhatGoEscapes) {
  EXPECT_EQ(GoJson("plain é 鍵"), "\"plain é 鍵\"");
  EXPECT_EQ(GoJson("\"\\\n\r\t\x01"), R"("\"\\\n\r\t\u0001")");
  EXPECT_EQ(GoJson("<a&b>"), R"("\u003ca\u0026b\u003e")");
  EXPECT_EQ(GoJson("\u2028\u2029"), R"("\u2028\u2029")");
}

TEST(GoJsonText, ReplacesEachByteThatIsNotUtf8) {
  EXPECT_EQ(GoJson("a\xff\xc3(b"), R"("a\ufffd\ufffd(b")");
  EXPECT_EQ(GoJson("\xe9\x8d"), R"("\ufffd\ufffd")");
}

}  // namespace
}  // namespace etcdf::apply
