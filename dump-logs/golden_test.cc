// Holds dump-logs against what etcd-dump-logs 3.6.9 printed about the same data dirs:
// testdata/golden has the command lines (X.cmd) and their stdout (X.txt), byte for byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "dump-logs/command.h"
#include "output/sink.h"
#include "testing/datadriven.h"
#include "testing/statements.h"
#include "testing/temp_dir.h"

namespace etcdf::dump_logs {
namespace {

namespace fs = std::filesystem;

const fs::path& TestData() {
  static const fs::path path = ETCDF_TESTDATA;
  return path;
}

// Upstream prints passwords and tokens where we do only when asked.
bool ShowsSecret(std::string_view text) {
  for (const std::string_view label : {"password:\"", "Password:\"", "simple_token:\""}) {
    for (size_t at = text.find(label); at != text.npos; at = text.find(label, at + 1)) {
      if (text[at + label.size()] != '<') return true;
    }
  }
  return false;
}

// The arguments of a recorded command: the words after the program's name.
std::vector<std::string> RecordedArguments(const fs::path& command_file) {
  std::vector<std::string> arguments;
  std::string line = testing::ReadFile(command_file);
  line.resize(std::min(line.size(), line.find('\n')));
  const auto words = testing::SplitWords(line);
  EXPECT_TRUE(words) << command_file;
  if (!words || words->empty()) return arguments;
  EXPECT_EQ(words->front().name, "etcd-dump-logs") << command_file;
  for (size_t i = 1; i < words->size(); ++i) arguments.push_back((*words)[i].name);
  return arguments;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, PrintsWhatUpstreamPrinted) {
  const fs::path fixture = TestData() / "fixtures" / GetParam();
  const testing::TreeState before = testing::TreeState::Of(fixture);
  const testing::WorkingDir working(fixture);
  size_t commands = 0;
  for (const auto& file : fs::directory_iterator(TestData() / "golden" / GetParam())) {
    if (file.path().extension() != ".cmd") continue;
    ++commands;
    const std::string expected = testing::ReadFile(fs::path(file.path()).replace_extension(".txt"));
    std::vector<std::string> arguments = RecordedArguments(file.path());
    if (ShowsSecret(expected)) arguments.insert(arguments.begin(), "--show-secrets");
    output::StringSink out, err;
    EXPECT_EQ(dump_logs::Run(arguments, out, err), app::ExitCode::kSound) << file.path() << "\n"
                                                                          << err.text();
    EXPECT_TRUE(out.text() == expected) << file.path() << "\n(- recorded, + printed)\n"
                                        << testing::LineDifference(expected, out.text());
  }
  EXPECT_GT(commands, 0u);
  EXPECT_TRUE(before.ChangesTo(testing::TreeState::Of(fixture)).empty());
}

std::vector<std::string> RecordedFixtures() {
  std::vector<std::string> names;
  for (const auto& folder : fs::directory_iterator(TestData() / "golden")) {
    names.push_back(folder.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string IdentifierOf(const ::testing::TestParamInfo<std::string>& fixture) {
  std::string name = fixture.param;
  std::ranges::replace_if(
      name, [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recorded, Golden, ::testing::ValuesIn(RecordedFixtures()), IdentifierOf);

}  // namespace
}  // namespace etcdf::dump_logs
