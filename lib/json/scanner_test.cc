#include "json/scanner.h"

#include <gtest/gtest.h>

#include <string>

#include "json/json.h"

namespace etcdf::json {
namespace {

// A letter for each token: {}[] N(ame) s(tring) n(umber) t f 0 . !
std::string Tokens(std::string_view text) {
  static constexpr char kLetters[] = "{}[]Nsntf0.!";
  Scanner scanner(text);
  std::string letters;
  for (;;) {
    const Token token = scanner.Next();
    letters += kLetters[static_cast<size_t>(token)];
    if (token == Token::kEnd || token == Token::kFault) return letters;
  }
}

TEST(Scanner, GivesTheTokensOfAValue) {
  EXPECT_EQ(Tokens(R"( {"a": [1, -2.5e+3, true], "b": {}, "c": "x", "d": null, "e": false} )"),
            "{N[nnt]N{}NsN0Nf}.");
  EXPECT_EQ(Tokens("[]"), "[].");
  EXPECT_EQ(Tokens("\"a\""), "s.");
}

TEST(Scanner, StopsAtTheFirstFault) {
  EXPECT_EQ(Tokens(R"({"a":1,"b")"), "{Nn!");
  EXPECT_EQ(Tokens(R"([1,])"), "[n!");
  EXPECT_EQ(Tokens(R"({"a":1,})"), "{Nn!");
  EXPECT_EQ(Tokens(R"([1}])"), "[n!");
  EXPECT_EQ(Tokens("1 2"), "n!");
  EXPECT_EQ(Tokens(""), "!");
  for (const std::string_view text : {"01", "1.", "1e", "-", "+1", "\"\\x\"", "\"\\u12g4\"",
                                      "\"a\nb\"", "nul", "\"\\", "\"\\u123", ",", "\"a\":1"}) {
    EXPECT_TRUE(Tokens(text).ends_with('!')) << text;
  }
}

TEST(Scanner, TellsWhereTheFaultIs) {
  Scanner scanner(R"({"a": bad})");
  EXPECT_EQ(scanner.Next(), Token::kBeginObject);
  EXPECT_EQ(scanner.Next(), Token::kName);
  EXPECT_EQ(scanner.text(), "a");
  EXPECT_EQ(scanner.Next(), Token::kFault);
  EXPECT_EQ(scanner.offset(), 6u);
  EXPECT_EQ(scanner.Next(), Token::kFault);
}

TEST(Scanner, PassesOverAValue) {
  Scanner scanner(R"({"a":{"b":[1,{"c":2}]},"d":3})");
  scanner.Next();
  scanner.Next();
  EXPECT_TRUE(scanner.SkipValue(scanner.Next()));
  EXPECT_EQ(scanner.Next(), Token::kName);
  EXPECT_EQ(scanner.text(), "d");
}

TEST(Scanner, UnescapesAsGoDoes) {
  std::string out;
  AppendUnescaped(out, R"(\"\\\/\b\f\n\r\tü\ud83d\ude00\ud83d\u0041\udc00)");
  EXPECT_EQ(out,
            "\"\\/\b\f\n\r\tü😀\xef\xbf\xbd"
            "A\xef\xbf\xbd");
}

TEST(Scanner, RefusesMoreLevelsThanGoDoes) {
  std::string text(Scanner::kMaxDepth + 1, '[');
  EXPECT_TRUE(Tokens(text).ends_with('!'));
  text.assign(Scanner::kMaxDepth, '[');
  text.append(Scanner::kMaxDepth, ']');
  EXPECT_TRUE(Tokens(text).ends_with('.'));
}

// Another reader of JSON takes and refuses the same texts.
TEST(Scanner, AgreesWithTheParser) {
  for (const std::string_view text :
       {"{}", "[1,2]", "{\"a\":[]}", "{\"a\":}", "[", "\"\\u00e4\"", "1e5", "1e+", "tru", "{,}",
        "[1 2]", "{\"a\" 1}", "  null  ", "nullx", "-0.0", "-.5", "{\"a\":1}}", "\t[\r\n]"}) {
    EXPECT_EQ(Tokens(text).ends_with('.'), Parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace etcdf::json
