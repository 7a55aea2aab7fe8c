#include "testing/datadriven.h"

#include <gtest/gtest.h>

#include <fstream>

#include "testing/temp_dir.h"

namespace etcdf::testing {
namespace {

DataDriven Driver() {
  DataDriven driver(std::filesystem::path(ETCDF_TESTDATA) / "fixtures");
  driver.On("echo", Effect::kReadsOnly, [](const Directive& directive) {
    std::string text = directive.input;
    for (const std::string& argument : directive.arguments) text += argument + "\n";
    return text;
  });
  driver.On("touch", Effect::kReadsOnly, [](const Directive& directive) {
    std::ofstream(directive.arguments.at(0)) << "x";
    return std::string();
  });
  driver.OnTool("tool",
                [](const std::vector<std::string>& arguments, std::string& out, std::string& err) {
                  out = arguments.empty() ? "" : arguments[0] + "\n";
                  err = arguments.size() < 2 ? "" : arguments[1];
                  return static_cast<int>(arguments.size()) - 1;
                });
  return driver;
}

// What is wrong with a run, joined.
std::string Failures(std::string_view text) {
  std::string joined;
  const DataDriven::Outcome outcome = Driver().Run(text, "x.test");
  for (const std::string& mistake : outcome.mistakes) joined += mistake + "\n";
  for (const std::string& difference : outcome.differences) joined += difference + "\n";
  return joined;
}

std::string Rewritten(std::string_view text) { return Driver().Run(text, "x.test").rewritten; }

TEST(DataDriven, ACaseWhoseOutputIsAsExpectedPasses) {
  EXPECT_EQ(
      Failures("# why\necho two \"w o r d s\" k=v\ninput\n----\ninput\ntwo\nw o r d s\nk=v\n"), "");
  EXPECT_EQ(Failures("echo\n----\n\necho a\n----\na\n\n\n# the end\n"), "");
}

TEST(DataDriven, ADifferenceIsShownWithItsPlace) {
  EXPECT_EQ(Failures("\n\necho a b c\n----\na\nx\nc\n"),
            "x.test:3: echo a b c\n(- expected, + actual)\n  a\n- x\n+ b\n  c\n\n");
}

TEST(DataDriven, OutputWithBlankLinesStandsBetweenPairs) {
  const std::string text = "echo\na\n\nb\n----\n----\na\n\nb\n----\n----\n";
  EXPECT_EQ(Failures(text), "");
  EXPECT_EQ(Rewritten("echo\na\n\nb\n----\n"), text);
}

TEST(DataDriven, BlanksAtTheEndAndControlCharactersAreShown) {
  EXPECT_EQ(Rewritten("echo \"a \" \"b$\" \"c\\x1b[0m\" \"d\\t\" e\n----\n"),
            "echo \"a \" \"b$\" \"c\\x1b[0m\" \"d\\t\" e\n----\na $\nb$$\nc<1b>[0m\nd\t$\ne\n");
}

TEST(DataDriven, RewritingKeepsCommentsAndIsStable) {
  const std::string once =
      Rewritten("# first\necho a\n----\nwrong\n\n# second\n\ntool o e\n----\n\n#end\n");
  EXPECT_EQ(once,
            "# first\necho a\n----\na\n\n# second\n\ntool o e\n----\no\nstderr:\ne\n"
            "(no newline at the end)\nexit 1\n\n#end\n");
  EXPECT_EQ(Rewritten(once), once);
  EXPECT_EQ(Failures(once), "");
}

TEST(DataDriven, AToolMustNotTouchTheEvidence) {
  EXPECT_EQ(Failures("touch new\n----\n"), "x.test:1: touch new\nevidence changed: new: created\n");
  const std::string change =
      Failures("build-wal d\nfile path=f\n----\nf: 0 bytes\n\ntouch d/f\n----\n");
  EXPECT_NE(change.find("d/f: size changed"), std::string::npos) << change;
  EXPECT_EQ(Failures("touch out/report\n----\n"), "");
}

TEST(DataDriven, BrokenFilesFail) {
  EXPECT_NE(Failures(""), "");
  EXPECT_NE(Failures("# only a comment\n"), "");
  EXPECT_NE(Failures("echo a\n"), "");
  EXPECT_NE(Failures("echo a\n----\n----\na\n"), "");
  EXPECT_NE(Failures("ecko a\n----\na\n"), "");
  // What cannot be parsed is not rewritten either.
  EXPECT_EQ(Rewritten("echo a\n----\nb\n\necho c\n"), "echo a\n----\nb\n\necho c\n");
}

TEST(DataDriven, EvidenceThatCannotBeBuiltIsAMistakeWhateverIsExpected) {
  const std::string text = "build-wal d\nfrob\n----\nline 1: frob: unknown statement\n";
  EXPECT_EQ(Failures(text), "x.test:1: build-wal d\nline 1: frob: unknown statement\n");
  EXPECT_EQ(Rewritten(text), text);
  EXPECT_NE(Failures("copy no-such-fixture d\n----\n"), "");
}

TEST(DataDriven, EachRunHasItsOwnFolder) {
  const std::string text = "build-wal d\nfile path=f\n----\nf: 0 bytes\n";
  EXPECT_EQ(Failures(text), "");
  EXPECT_EQ(Failures(text), "");
}

TEST(TreeState, SeesWhatASameSizedWriteChanges) {
  const TempDir dir;
  std::ofstream(dir.path() / "a") << "1";
  const TreeState before = TreeState::Of(dir.path());
  EXPECT_TRUE(before.ChangesTo(TreeState::Of(dir.path())).empty());
  const auto modified = std::filesystem::last_write_time(dir.path() / "a");
  std::ofstream(dir.path() / "a") << "2";
  std::filesystem::last_write_time(dir.path() / "a", modified);
  const std::vector<std::string> changes = before.ChangesTo(TreeState::Of(dir.path()));
  EXPECT_EQ(changes, std::vector<std::string>{"a: content changed"});
  std::filesystem::remove(dir.path() / "a");
  EXPECT_EQ(before.ChangesTo(TreeState::Of(dir.path())).at(0), "a: removed");
}

}  // namespace
}  // namespace etcdf::testing
