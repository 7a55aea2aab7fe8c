#include "testing/datadriven.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/escape.h"
#include "testing/bolt_builder.h"
#include "testing/statements.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"

namespace etcdf::testing {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSeparator = "----";
constexpr std::string_view kWritableFolder = "out";

using Lines = std::vector<std::string>;

// A text without a final newline has the same lines as one with.
Lines SplitLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string JoinLines(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

bool IsBlankLine(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// One case of a file, or the comments and blank lines between cases (then `directive` is empty).
struct Case {
  size_t line = 0;  // of the directive, from 1
  Lines text;       // verbatim, up to and including the separator
  std::string directive;
  Lines input;
  Lines expected;
};

class FileParser {
 public:
  explicit FileParser(std::string_view text) : lines_(SplitLines(text)) {}

  // False at the end of the file or at a mistake: mistake() tells which.
  bool Next(Case& item) {
    item = {};
    while (at_ < lines_.size() && (IsBlankLine(lines_[at_]) || lines_[at_].starts_with('#'))) {
      item.text.push_back(lines_[at_++]);
    }
    if (at_ == lines_.size()) return !item.text.empty();
    item.line = at_ + 1;
    item.directive = lines_[at_];
    item.text.push_back(lines_[at_++]);
    for (; at_ < lines_.size() && lines_[at_] != kSeparator; ++at_) {
      item.text.push_back(lines_[at_]);
      item.input.push_back(lines_[at_]);
    }
    if (at_ == lines_.size()) return Mistake(item.line, "the directive has no ---- after it");
    ++at_;
    return Expected(item);
  }

  const std::string& mistake() const { return mistake_; }
  size_t mistake_line() const { return mistake_line_; }

 private:
  bool Mistake(size_t line, std::string what) {
    mistake_line_ = line;
    mistake_ = std::move(what);
    return false;
  }

  bool Expected(Case& item) {
    if (at_ < lines_.size() && lines_[at_] == kSeparator) {
      for (++at_; at_ + 1 < lines_.size(); ++at_) {
        if (lines_[at_] == kSeparator && lines_[at_ + 1] == kSeparator) {
          at_ += 2;
          return true;
        }
        item.expected.push_back(lines_[at_]);
      }
      return Mistake(item.line, "the expected output has no closing pair of ---- lines");
    }
    for (; at_ < lines_.size() && !lines_[at_].empty(); ++at_) item.expected.push_back(lines_[at_]);
    return true;
  }

  Lines lines_;
  size_t at_ = 0;
  std::string mistake_;
  size_t mistake_line_ = 0;
};

// What a case file shows for a line of output (datadriven.h).
std::string ShowLine(std::string_view line) {
  std::string shown;
  for (const char c : line) {
    const auto byte = static_cast<uint8_t>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
      shown += '<';
      AppendHex(shown, Bytes(&byte, 1));
      shown += '>';
    } else {
      shown += c;
    }
  }
  if (shown.ends_with(' ') || shown.ends_with('\t') || shown.ends_with('$')) shown += '$';
  return shown;
}

Lines ShowOutput(std::string_view output) {
  Lines lines = SplitLines(output);
  for (std::string& line : lines) line = ShowLine(line);
  return lines;
}

void AppendExpected(Lines& file, const Lines& output) {
  const bool has_blank = std::ranges::any_of(output, [](const auto& line) { return line.empty(); });
  file.emplace_back(kSeparator);
  if (has_blank) file.emplace_back(kSeparator);
  file.insert(file.end(), output.begin(), output.end());
  if (has_blank) file.insert(file.end(), 2, std::string(kSeparator));
}

Error Usage(const char* usage) { return {.code = ErrorCode::kUsage, .what = usage}; }

Result<std::string> BuildWal(const Directive& directive) {
  const std::vector<std::string>& arguments = directive.arguments;
  const bool layout = arguments.size() == 2 && arguments[1] == "layout";
  if (arguments.empty() || arguments.size() > (layout ? 2 : 1)) {
    return Fail(Usage("usage: build-wal NAME [layout]"));
  }
  const auto evidence = BuildEvidence(directive.input);
  if (!evidence) return Fail(evidence.error());
  const auto written = WriteEvidence(*evidence, arguments[0]);
  if (!written) return Fail(written.error());
  return (layout ? DescribeLayout(*evidence) : "") + DescribeFiles(*evidence);
}

Result<std::string> BuildDb(const Directive& directive) {
  const std::vector<std::string>& arguments = directive.arguments;
  const bool layout = arguments.size() == 2 && arguments[1] == "layout";
  if (arguments.empty() || arguments.size() > (layout ? 2 : 1)) {
    return Fail(Usage("usage: build-db NAME [layout]"));
  }
  const auto database = BuildDatabase(directive.input);
  if (!database) return Fail(database.error());
  const auto written = WriteDatabase(*database, arguments[0]);
  if (!written) return Fail(written.error());
  return (layout ? DescribePages(*database) : "") + arguments[0] + ": " +
         std::to_string(database->bytes.size()) + " bytes\n";
}

Result<std::string> CopyFixture(const fs::path& fixtures, const Directive& directive) {
  if (directive.arguments.size() != 2) return Fail(Usage("usage: copy FIXTURE NAME"));
  std::error_code failed;
  fs::copy(fixtures / directive.arguments[0], directive.arguments[1], fs::copy_options::recursive,
           failed);
  if (failed) {
    return Fail({.code = ErrorCode::kIo,
                 .system_errno = failed.value(),
                 .what = "cannot copy the fixture",
                 .subject = directive.arguments[0]});
  }
  return "";
}

bool RewriteWanted() {
  const char* value = std::getenv("ETCDF_REWRITE");
  return value != nullptr && std::string_view(value) == "1";
}

void RunFile(const DataDriven& driver, const fs::path& file) {
  const std::string text = ReadFile(file);
  const DataDriven::Outcome outcome = driver.Run(text, file.filename().string());
  for (const std::string& mistake : outcome.mistakes) ADD_FAILURE() << mistake;
  if (RewriteWanted()) {
    if (outcome.rewritten == text) return;
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << outcome.rewritten;
    ASSERT_TRUE(out.flush()) << "cannot rewrite " << file;
    return;
  }
  for (const std::string& difference : outcome.differences) ADD_FAILURE() << difference;
}

class DataDrivenTest : public ::testing::Test {
 public:
  explicit DataDrivenTest(std::function<void()> body) : body_(std::move(body)) {}
  void TestBody() override { body_(); }

 private:
  std::function<void()> body_;
};

void Register(const std::string& suite, const std::string& name, std::function<void()> body) {
  ::testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [body = std::move(body)]() -> ::testing::Test* {
                            return new DataDrivenTest(body);  // GoogleTest deletes it
                          });
}

// A test's name is an identifier: torn-tail.test is torn_tail.
std::string TestName(const fs::path& file) {
  std::string name = file.stem().string();
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

}  // namespace

DataDriven::DataDriven(fs::path fixtures) {
  On("build-wal", Effect::kBuilds, BuildWal);
  On("build-db", Effect::kBuilds, BuildDb);
  On("copy", Effect::kBuilds, [fixtures = std::move(fixtures)](const Directive& directive) {
    return CopyFixture(fixtures, directive);
  });
}

void DataDriven::On(std::string name, Effect effect, DirectiveHandler handler) {
  directives_[std::move(name)] = {.effect = effect, .handler = std::move(handler)};
}

void DataDriven::OnTool(std::string name, ToolMain tool) {
  On(std::move(name), Effect::kReadsOnly, [tool = std::move(tool)](const Directive& directive) {
    std::string out, err;
    const int exit_code = tool(directive.arguments, out, err);
    return ToolOutput(exit_code, out, err);
  });
}

DataDriven::Outcome DataDriven::Run(std::string_view text, const std::string& file_name) const {
  Outcome outcome;
  const auto at_line = [&](size_t line, const std::string& what) {
    return file_name + ":" + std::to_string(line) + ": " + what;
  };
  const auto mistake = [&](size_t line, const std::string& what) {
    outcome.mistakes.push_back(at_line(line, what));
  };
  const TempDir temp;
  fs::create_directory(temp.path() / kWritableFolder);
  const WorkingDir working(temp.path());
  TreeState evidence = TreeState::Of(temp.path(), kWritableFolder);
  Lines rewritten;
  FileParser parser(text);
  size_t cases = 0;
  for (Case item; parser.Next(item);) {
    rewritten.insert(rewritten.end(), item.text.begin(), item.text.end());
    if (item.directive.empty()) continue;
    ++cases;
    Directive directive;
    directive.input = JoinLines(item.input);
    const auto words = SplitWords(item.directive);
    if (words && !words->empty()) directive.name = words->front().name;
    const auto entry = directives_.find(directive.name);
    if (entry == directives_.end()) {
      mistake(item.line, "there is no such directive: " + item.directive);
      AppendExpected(rewritten, item.expected);
      continue;
    }
    for (size_t i = 1; i < words->size(); ++i) {
      const Word& word = (*words)[i];
      directive.arguments.push_back(word.value ? word.name + "=" + *word.value : word.name);
    }
    const Result<std::string> output = entry->second.handler(directive);
    if (!output) mistake(item.line, item.directive + "\n" + output.error().Message());
    const Lines actual = output ? ShowOutput(*output) : item.expected;
    AppendExpected(rewritten, actual);
    if (actual != item.expected) {
      outcome.differences.push_back(
          at_line(item.line, item.directive + "\n(- expected, + actual)\n" +
                                 LineDifference(JoinLines(item.expected), JoinLines(actual))));
    }
    TreeState after = TreeState::Of(temp.path(), kWritableFolder);
    if (entry->second.effect == Effect::kReadsOnly) {
      for (const std::string& change : evidence.ChangesTo(after)) {
        mistake(item.line, item.directive + "\nevidence changed: " + change);
      }
    }
    evidence = std::move(after);
  }
  if (!parser.mistake().empty()) mistake(parser.mistake_line(), parser.mistake());
  if (cases == 0 && parser.mistake().empty()) mistake(1, "the file has no cases");
  outcome.rewritten = parser.mistake().empty() ? JoinLines(rewritten) : std::string(text);
  return outcome;
}

void RegisterDataDrivenTests(const std::string& suite, const fs::path& folder,
                             const DataDriven& driver) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    Register(suite, TestName(file), [&driver, file] { RunFile(driver, file); });
  }
  if (files.empty()) {
    Register(suite, "has_cases", [folder] { ADD_FAILURE() << "no .test file in " << folder; });
  }
}

std::string ToolOutput(int exit_code, std::string_view out, std::string_view err) {
  std::string text;
  const auto append = [&](std::string_view part) {
    text += part;
    if (!part.empty() && !part.ends_with('\n')) text += "\n(no newline at the end)\n";
  };
  append(out);
  if (!err.empty()) {
    text += "stderr:\n";
    append(err);
  }
  if (exit_code != 0) text += "exit " + std::to_string(exit_code) + "\n";
  return text;
}

std::string LineDifference(std::string_view expected, std::string_view actual) {
  const Lines a = SplitLines(expected), b = SplitLines(actual);
  // The longest common subsequence takes a table of all pairs; beyond this size the lines are
  // compared in step.
  constexpr size_t kPairsMax = 4'000'000;
  std::string text;
  const auto line = [&](char mark, const std::string& content) {
    text += mark;
    text += ' ';
    text += content;
    text += '\n';
  };
  if ((a.size() + 1) * (b.size() + 1) > kPairsMax) {
    size_t same = 0;
    while (same < a.size() && same < b.size() && a[same] == b[same]) ++same;
    text += "(" + std::to_string(same) + " lines are the same)\n";
    for (size_t i = same; i < std::min(a.size(), same + 5); ++i) line('-', a[i]);
    for (size_t i = same; i < std::min(b.size(), same + 5); ++i) line('+', b[i]);
    return text;
  }
  // common[i][j]: the length for the tails a[i..] and b[j..].
  std::vector<std::vector<uint32_t>> common(a.size() + 1, std::vector<uint32_t>(b.size() + 1, 0));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      line(' ', a[i++]);
      ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      line('-', a[i++]);
    } else {
      line('+', b[j++]);
    }
  }
  return text;
}

}  // namespace etcdf::testing
