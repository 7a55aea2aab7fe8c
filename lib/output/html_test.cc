#include "output/html.h"

#include <gtest/gtest.h>

namespace etcdf::output {
namespace {

std::string Html(std::string_view text) {
  std::string out = "before ";
  AppendHtml(out, text);
  return out.substr(7);
}

TEST(Html, WhatWouldBeMarkupIsText) {
  EXPECT_EQ(Html("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
  EXPECT_EQ(Html("a&b &lt;"), "a&amp;b &amp;lt;");
}

TEST(Html, QuotesDoNotEndAnAttribute) {
  EXPECT_EQ(Html(R"(" onload="x)"), "&quot; onload=&quot;x");
  EXPECT_EQ(Html("' onload='x"), "&#39; onload=&#39;x");
}

TEST(Html, ControlCharactersAreShown) {
  EXPECT_EQ(Html(std::string_view("\0\n\r\t\x1b[0m\x7f", 9)), R"(\000\012\015\011\033[0m\177)");
  EXPECT_EQ(Html("\xc2\x85"), R"(\302\205)");  // U+0085, a line end of the C1 controls
}

TEST(Html, MarksOfDirectionAreShown) {
  EXPECT_EQ(Html("a\xe2\x80\xae"  // U+202E, right-to-left override
                 "b"),
            R"(a\342\200\256b)");
}

TEST(Html, TextOfAnyScriptStaysAndBadUtf8IsShown) {
  EXPECT_EQ(Html("größe 大小"), "größe 大小");
  EXPECT_EQ(Html("\xff<"), R"(\377&lt;)");
}

}  // namespace
}  // namespace etcdf::output
