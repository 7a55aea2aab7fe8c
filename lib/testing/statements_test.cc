#include "testing/statements.h"

#include <gtest/gtest.h>

namespace etcdf::testing {
namespace {

std::string ValueOf(std::string_view line) {
  const auto words = SplitWords(line);
  if (!words) return std::string("error: ") + words.error().what;
  return words->size() == 1 && words->front().value ? *words->front().value : "no single value";
}

TEST(Statements, AValueIsWhatItsNotationSays) {
  EXPECT_EQ(ValueOf("v=bare"), "bare");
  EXPECT_EQ(ValueOf("v="), "");
  EXPECT_EQ(ValueOf("v=a=b"), "a=b");
  EXPECT_EQ(ValueOf(R"(v="two words\n\t\"\\\x00\xff")"),
            std::string("two words\n\t\"\\\0\xff", 15));
  EXPECT_EQ(ValueOf("v=hex:00fFa1"), std::string("\0\xff\xa1", 3));
  EXPECT_EQ(ValueOf("v=repeat:ab*3"), "ababab");
  EXPECT_EQ(ValueOf(R"(v=repeat:"a *"*2)"), "a *a *");
}

TEST(Statements, AMistakeInAValueIsAnError) {
  for (const char* line : {"v=\"open", "v=hex:0", "v=hex:zz", "v=repeat:a", "v=repeat:a*x",
                           "v=\"a\"b", R"(v="\q")", R"(v="\x0")", "=x"}) {
    EXPECT_FALSE(SplitWords(line)) << line;
  }
}

TEST(Statements, NumbersAreDecimalOrHexAndFitIn64Bits) {
  EXPECT_EQ(ParseNumber("0x1F"), 31u);
  EXPECT_EQ(ParseNumber("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(ParseNumber("-1"), UINT64_MAX);
  EXPECT_EQ(ParseNumber("-9223372036854775808"), uint64_t{1} << 63);
  for (const char* text : {"", "-", "0x", "1a", "18446744073709551616", "-9223372036854775809"}) {
    EXPECT_FALSE(ParseNumber(text)) << text;
  }
}

TEST(Statements, BlocksNestAndCommentsAreSkipped) {
  const auto parsed =
      ParseStatements("# one\na x=1 b {\n  c\n  # two \"\n  d {\n    e\n  }\n}\nf\n");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 2u);
  const Statement& a = parsed->front();
  EXPECT_EQ(a.line, 2u);
  EXPECT_EQ(a.words.size(), 3u);
  ASSERT_EQ(a.block.size(), 2u);
  EXPECT_EQ(a.block[1].words[0].name, "d");
  EXPECT_EQ(a.block[1].block.at(0).words[0].name, "e");
  EXPECT_EQ(parsed->back().line, 9u);
}

TEST(Statements, BracesMustBePairedAndNotTooDeep) {
  EXPECT_FALSE(ParseStatements("a {\n"));
  EXPECT_FALSE(ParseStatements("}\n"));
  EXPECT_FALSE(ParseStatements("{\n}\n"));
  std::string deep;
  for (size_t i = 0; i < kStatementDepthMax; ++i) deep += "a {\n";
  for (size_t i = 0; i < kStatementDepthMax; ++i) deep += "}\n";
  EXPECT_FALSE(ParseStatements(deep));
}

Statement Parsed(std::string_view line) {
  auto statements = ParseStatements(line);
  return statements ? statements->at(0) : Statement{};
}

TEST(Statements, ArgumentsBelongToTheVerbBeforeThem) {
  const Statement statement = Parsed("entry id=1 put id=2 key=a");
  StatementReader reader(statement);
  EXPECT_EQ(reader.Verb(), "entry");
  EXPECT_EQ(reader.Number("id"), 1u);
  EXPECT_FALSE(reader.Has("key"));
  EXPECT_EQ(reader.Verb(), "put");
  EXPECT_EQ(reader.Number("id"), 2u);
  EXPECT_EQ(reader.Text("key"), "a");
  EXPECT_TRUE(reader.Finish());
}

TEST(Statements, WhatNobodyReadsIsAnError) {
  const Statement misspelt = Parsed("put key=a valeu=b");
  StatementReader reader(misspelt);
  reader.Verb();
  reader.Text("key");
  const auto finished = reader.Finish();
  ASSERT_FALSE(finished);
  EXPECT_NE(finished.error().subject.find("valeu"), std::string::npos);

  const Statement verb_too_many = Parsed("a b");
  StatementReader verbs(verb_too_many);
  verbs.Verb();
  EXPECT_FALSE(verbs.Finish());

  const Statement block_too_many = Parsed("a {\n b\n}");
  StatementReader blocks(block_too_many);
  blocks.Verb();
  EXPECT_FALSE(blocks.Finish());

  const Statement twice = Parsed("a x=1 x=2");
  StatementReader arguments(twice);
  arguments.Verb();
  arguments.Number("x");
  EXPECT_FALSE(arguments.Finish());
}

}  // namespace
}  // namespace etcdf::testing
