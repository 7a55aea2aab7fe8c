#include "testing/tool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "app/cli.h"
#include "checksum/sha256.h"
#include "output/sink.h"
#include "testing/statements.h"
#include "testing/temp_dir.h"

namespace etcdf::testing {
namespace {

namespace fs = std::filesystem;

struct Recording {
  fs::path command_file;
  std::vector<std::string> arguments;

  std::string Expected() const {
    return ReadFile(fs::path(command_file).replace_extension(".txt"));
  }
};

std::vector<std::string> WordsOf(std::string_view line) {
  std::vector<std::string> words;
  const auto split = SplitWords(line.substr(0, line.find('\n')));
  if (!split) return words;
  for (const auto& word : *split) words.push_back(word.name);
  return words;
}

// The recordings in `folder` of the tool that goes by the words `upstream`.
std::vector<Recording> RecordingsOf(const fs::path& folder, const std::string& upstream) {
  const std::vector<std::string> name = WordsOf(upstream);
  std::vector<Recording> recordings;
  for (const auto& file : fs::directory_iterator(folder)) {
    if (file.path().extension() != ".cmd") continue;
    std::vector<std::string> words = WordsOf(ReadFile(file.path()));
    if (words.size() < name.size() || !std::equal(name.begin(), name.end(), words.begin())) {
      continue;
    }
    words.erase(words.begin(), words.begin() + static_cast<ptrdiff_t>(name.size()));
    recordings.push_back({file.path(), std::move(words)});
  }
  std::ranges::sort(recordings, {}, &Recording::command_file);
  return recordings;
}

class GoldenTest : public ::testing::Test {
 public:
  GoldenTest(fs::path fixture, std::vector<Recording> recordings, const GoldenTool& golden)
      : fixture_(std::move(fixture)), recordings_(std::move(recordings)), golden_(golden) {}

  void TestBody() override {
    const TreeState before = TreeState::Of(fixture_);
    const WorkingDir working(fixture_);
    for (const Recording& recording : recordings_) {
      const std::string expected = recording.Expected();
      std::vector<std::string> arguments = recording.arguments;
      if (golden_.translate) arguments = golden_.translate(std::move(arguments), expected);
      const ToolRun run = RunTool(golden_.tool, arguments);
      EXPECT_EQ(run.exit_code, app::ExitCode::kSound) << recording.command_file << "\n" << run.err;
      EXPECT_TRUE(run.out == expected) << recording.command_file << "\n(- recorded, + printed)\n"
                                       << LineDifference(expected, run.out);
    }
    EXPECT_TRUE(before.ChangesTo(TreeState::Of(fixture_)).empty());
  }

 private:
  fs::path fixture_;
  std::vector<Recording> recordings_;
  GoldenTool golden_;
};

class NothingRecorded : public ::testing::Test {
 public:
  void TestBody() override { FAIL() << "no command line of this tool in golden/"; }
};

Result<std::string> Misused(const char* usage) {
  return Fail({.code = ErrorCode::kUsage, .what = usage});
}

Result<std::string> WhileHeld(const Directive& directive, app::Tool tool) {
  std::vector<std::string> arguments = directive.arguments;
  if (arguments.empty()) return Misused("usage: while-held FILE ARGUMENTS...");
  const int fd = ::open(arguments.front().c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0 || ::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return FailErrno("cannot lock", arguments.front());
  }
  arguments.erase(arguments.begin());
  const ToolRun run = RunTool(tool, std::move(arguments));
  ::close(fd);
  return ToolOutput(static_cast<int>(run.exit_code), run.out, run.err);
}

Result<std::string> AppendSha256(const Directive& directive) {
  const auto& words = directive.arguments;
  if (words.empty() || words.size() > 2) return Misused("usage: sha256-trailer FILE [OF]");
  const Sha256Digest digest = Sha256Of(AsBytes(ReadFile(words.back())));
  std::ofstream(words.front(), std::ios::binary | std::ios::app) << AsText(digest);
  return "";
}

Result<std::string> Cut(const Directive& directive) {
  const auto& words = directive.arguments;
  const auto size = words.size() == 2 ? app::ParseNumber(words[1], 10) : std::nullopt;
  if (!size) return Misused("usage: cut FILE SIZE");
  fs::resize_file(words[0], *size);
  return "";
}

Result<std::string> MakeFifo(const Directive& directive) {
  if (directive.arguments.size() != 1 || ::mkfifo(directive.arguments[0].c_str(), 0600) != 0) {
    return Misused("usage: fifo FILE");
  }
  return "";
}

Result<std::string> MakeEmpty(const Directive& directive) {
  if (directive.arguments.size() != 1) return Misused("usage: empty FILE");
  fs::create_directories(fs::absolute(directive.arguments[0]).parent_path());
  std::ofstream(directive.arguments[0]).close();
  return "";
}

Result<std::string> Show(const Directive& directive) {
  if (directive.arguments.size() != 1) return Misused("usage: show FILE");
  return ReadFile(directive.arguments.front());
}

}  // namespace

ToolRun RunTool(app::Tool tool, std::vector<std::string> arguments) {
  output::StringSink out, err;
  const app::ExitCode exit_code = tool(std::move(arguments), out, err);
  return {.exit_code = exit_code, .out = out.text(), .err = err.text()};
}

ToolMain MainOf(app::Tool tool) {
  return [tool](std::vector<std::string> arguments, std::string& out, std::string& err) {
    ToolRun run = RunTool(tool, std::move(arguments));
    out = std::move(run.out);
    err = std::move(run.err);
    return static_cast<int>(run.exit_code);
  };
}

DataDriven DriverFor(const std::string& name, app::Tool tool, const fs::path& testdata) {
  DataDriven driver(testdata / "fixtures");
  driver.OnTool(name, MainOf(tool));
  driver.On("while-held", Effect::kReadsOnly,
            [tool](const Directive& directive) { return WhileHeld(directive, tool); });
  driver.On("sha256-trailer", Effect::kBuilds, AppendSha256);
  driver.On("cut", Effect::kBuilds, Cut);
  driver.On("fifo", Effect::kBuilds, MakeFifo);
  driver.On("empty", Effect::kBuilds, MakeEmpty);
  driver.On("show", Effect::kReadsOnly, Show);
  return driver;
}

void RegisterGoldenTests(const std::string& suite, const fs::path& testdata,
                         const GoldenTool& golden) {
  bool any = false;
  for (const auto& folder : fs::directory_iterator(testdata / "golden")) {
    const std::string name = folder.path().filename().string();
    std::vector<Recording> recordings = RecordingsOf(folder.path(), golden.upstream);
    if (recordings.empty()) continue;
    any = true;
    const fs::path fixture = testdata / "fixtures" / name;
    ::testing::RegisterTest(
        suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
        [=]() -> ::testing::Test* { return new GoldenTest(fixture, recordings, golden); });
  }
  if (any) return;
  ::testing::RegisterTest(suite.c_str(), "NothingRecorded", nullptr, nullptr, __FILE__, __LINE__,
                          []() -> ::testing::Test* { return new NothingRecorded; });
}

}  // namespace etcdf::testing
