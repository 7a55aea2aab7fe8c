// Runs testdata/hashcheck/*.test: the tool's whole output.
//
//     hashcheck ARGUMENTS...      runs the tool in process
//     page ARGUMENTS...           runs it with -w html and shows the page's words: a line for each
//                                 heading, paragraph and row of a table, cells parted by |; then
//                                 its elements and attributes that could run or fetch something
//     make-digest MEMBER FILE     runs `hashcheck digest MEMBER --out FILE`
//     to-lmdb FILE FOLDER         writes the bbolt database FILE as an LMDB environment
#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/finding.h"
#include "hashcheck/command.h"
#include "lmdb/writer.h"
#include "member/open_database.h"
#include "testing/datadriven.h"
#include "testing/temp_dir.h"
#include "testing/tool.h"

namespace etcdf::hashcheck {
namespace {

namespace fs = std::filesystem;

Result<std::string> ToLmdb(const testing::Directive& directive) {
  if (directive.arguments.size() != 2) {
    return Fail({.code = ErrorCode::kUsage, .what = "usage: to-lmdb FILE FOLDER"});
  }
  FindingList findings;
  auto source = member::OpenDatabase({.path = directive.arguments[0]}, {}, findings);
  if (!source) return Fail(source.error());
  auto target = lmdb::Writer::Create(directive.arguments[1]);
  if (!target) return Fail(target.error());
  for (const Bytes name : source->database->bucket_names()) {
    if (auto begun = target->BeginBucket(name); !begun) return Fail(begun.error());
    const auto cursor = source->database->Open(name)->NewCursor(findings);
    for (bool more = cursor->First(); more; more = cursor->Next()) {
      const auto appended = target->Append(cursor->row().key, cursor->row().value);
      if (!appended) return Fail(appended.error());
    }
  }
  if (auto finished = target->Finish(); !finished) return Fail(finished.error());
  return "";
}

// What a reader sees of a page, by the rules of HTML for the elements that ours has.
class PageReader {
 public:
  explicit PageReader(std::string_view html) : html_(html) {
    while (at_ < html_.size()) {
      if (html_[at_] == '<') {
        TakeTag();
      } else if (html_[at_] == '&') {
        TakeEntity();
      } else {
        Add(html_[at_++]);
      }
    }
    EndLine();
  }

  std::string words;
  std::string active;  // a line for each tag that could run or fetch something

 private:
  // The tag without the values of its attributes: `div class= role=`.
  void TakeTag() {
    std::string tag;
    bool quoted = false;
    for (++at_; at_ < html_.size() && (quoted || html_[at_] != '>'); ++at_) {
      if (html_[at_] == '"') quoted = !quoted;
      if (!quoted && html_[at_] != '"') tag += html_[at_];
    }
    ++at_;
    const std::string name = tag.substr(0, tag.find(' '));
    constexpr std::array kActive = {"script", "img", "link", "iframe", "object", "form", "a"};
    if (std::ranges::find(kActive, name) != kActive.end() || tag.find(" on") != tag.npos ||
        tag.find(" src=") != tag.npos || tag.find(" href=") != tag.npos) {
      active += "ACTIVE: " + tag + "\n";
    }
    constexpr std::array kWithinLine = {"code", "em", "i", "span", "strong"};
    if (name == "td" || name == "th") {
      if (cells_++ > 0) words += " | ";
    } else if (std::ranges::find(kWithinLine, name.substr(name.starts_with('/'))) ==
                   kWithinLine.end() &&
               name != "/td" && name != "/th") {
      EndLine();
    }
  }

  void TakeEntity() {
    constexpr std::pair<std::string_view, char> kEntities[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&amp;", '&'}};
    for (const auto& [name, character] : kEntities) {
      if (!html_.substr(at_).starts_with(name)) continue;
      words += character;
      at_ += name.size();
      return;
    }
    words += html_[at_++];
  }

  void Add(char c) {
    if (c == '\n') c = ' ';
    if (c != ' ' || !(words.empty() || words.ends_with(' ') || words.ends_with('\n'))) words += c;
  }

  void EndLine() {
    while (words.ends_with(' ')) words.pop_back();
    if (!words.empty() && !words.ends_with('\n')) words += '\n';
    cells_ = 0;
  }

  std::string_view html_;
  size_t at_ = 0;
  size_t cells_ = 0;  // of this row
};

Result<std::string> Page(const testing::Directive& directive) {
  const std::string path = "out/page.html";
  fs::create_directory("out");
  fs::remove(path);
  std::vector<std::string> arguments = {"-w", "html", "--out", path};
  arguments.insert(arguments.end(), directive.arguments.begin(), directive.arguments.end());
  const testing::ToolRun run = testing::RunTool(Run, arguments);
  const std::string html = testing::ReadFile(path);
  const PageReader page(std::string_view(html).substr(std::min(html.find("<body>"), html.size())));
  std::string text = page.words + page.active;
  if (!run.err.empty()) text += "stderr:\n" + run.err;
  return text + "exit " + std::to_string(static_cast<int>(run.exit_code)) + "\n";
}

Result<std::string> MakeDigest(const testing::Directive& directive) {
  if (directive.arguments.size() != 2) {
    return Fail({.code = ErrorCode::kUsage, .what = "usage: make-digest MEMBER FILE"});
  }
  const testing::ToolRun run =
      testing::RunTool(Run, {"digest", directive.arguments[0], "--out", directive.arguments[1]});
  return run.out + run.err;
}

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = [] {
    auto with_tool = testing::DriverFor("hashcheck", Run, ETCDF_TESTDATA);
    with_tool.On("page", testing::Effect::kReadsOnly, Page);
    with_tool.On("make-digest", testing::Effect::kBuilds, MakeDigest);
    with_tool.On("to-lmdb", testing::Effect::kBuilds, ToLmdb);
    return with_tool;
  }();
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterDataDrivenTests("HashcheckCases", ETCDF_TESTDATA "/hashcheck", Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::hashcheck
