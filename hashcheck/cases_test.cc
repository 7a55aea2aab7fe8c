// Runs testdata/hashcheck/*.test: the tool's whole output.
//
//     hashcheck ARGUMENTS...      runs the tool in process
//     page ARGUMENTS...           runs it with -w html and shows the page's words: a line for each
//                                 heading, paragraph and row of a table, cells parted by |; then
//                                 its elements and attributes that could run or fetch something
//     to-lmdb FILE FOLDER         writes the bbolt database FILE as an LMDB environment
#include <filesystem>
#include <regex>
#include <string>

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
  auto source = member::OpenDatabase(directive.arguments[0], {}, findings);
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

std::string Replaced(const std::string& text, const char* pattern, const char* by) {
  return std::regex_replace(text, std::regex(pattern), by);
}

// What a reader sees of the page, by the rules of HTML for the elements it has.
std::string WordsOf(std::string html) {
  const size_t body = html.find("<body>");
  html = body == html.npos ? html : html.substr(body);
  html = Replaced(html, "\n", " ");
  html = Replaced(html, "</t[hd]> *<t[hd][^>]*>", " | ");
  html = Replaced(html, "</?(tr|p|h[1-3]|li|caption|figcaption|figure|div)[^>]*>", "\n");
  html = Replaced(html, "<[^>]*>", "");
  html = Replaced(html, "&lt;", "<");
  html = Replaced(html, "&gt;", ">");
  html = Replaced(html, "&quot;", "\"");
  html = Replaced(html, "&#39;", "'");
  html = Replaced(html, "&amp;", "&");
  html = Replaced(html, " *\n[ \n]*", "\n");
  return html.substr(html.find_first_not_of(" \n"));
}

Result<std::string> Page(const testing::Directive& directive) {
  const std::string path = "out/page.html";
  fs::create_directory("out");
  fs::remove(path);
  std::vector<std::string> arguments = {"-w", "html", "--out", path};
  arguments.insert(arguments.end(), directive.arguments.begin(), directive.arguments.end());
  const testing::ToolRun run = testing::RunTool(Run, arguments);
  const std::string html = testing::ReadFile(path);
  std::string text = WordsOf(html);
  const std::regex active("<(script|img|link|iframe|object|form)|<[^>]*\\s(on\\w+|src|href)=");
  for (std::sregex_iterator at(html.begin(), html.end(), active), end; at != end; ++at) {
    text += "ACTIVE: " + at->str() + "\n";
  }
  if (!run.err.empty()) text += "stderr:\n" + run.err;
  return text + "exit " + std::to_string(static_cast<int>(run.exit_code)) + "\n";
}

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = [] {
    auto with_tool = testing::DriverFor("hashcheck", Run, ETCDF_TESTDATA);
    with_tool.On("page", testing::Effect::kReadsOnly, Page);
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
