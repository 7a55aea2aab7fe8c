// Runs testdata/bolt/*.test: files written from text, and what the library makes of them.
//
//     read-db FILE [meta=0|1]
//
// shows the meta page that is used, what the pages are in use for, the keys of each bucket (a
// bucket in brackets), and the findings of the whole structure check.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "bolt/database.h"
#include "bolt/page_map.h"
#include "testing/datadriven.h"

namespace etcdf::bolt {
namespace {

const char* UseName(PageUse use) {
  switch (use) {
    case PageUse::kLost: return "lost";
    case PageUse::kFree: return "free";
    case PageUse::kMeta: return "meta";
    case PageUse::kFreelist: return "freelist";
    case PageUse::kTree: return "tree";
    case PageUse::kOverflow: return "overflow";
  }
  return "";
}

std::string RowsText(const Database& database, Bytes name, FindingSink& findings) {
  std::string text = "bucket " + KeyText(name) + ":";
  std::array<backend::Row, 3> rows;
  for (const auto& scan : database.Open(name)->Split(2, findings)) {
    while (const size_t read = scan->Next(rows)) {
      for (const backend::Row& row : std::span(rows).first(read)) {
        text += row.is_bucket ? " [" + KeyText(row.key) + "]" : " " + KeyText(row.key);
      }
    }
    for (const Finding& finding : scan->findings().findings()) findings.Report(finding);
  }
  return text + "\n";
}

Result<std::string> ReadDatabase(const testing::Directive& directive) {
  std::optional<int> meta;
  for (const std::string& argument : directive.arguments) {
    if (argument.starts_with("meta=")) meta = argument.back() - '0';
  }
  const auto file = File::Open(directive.arguments.at(0));
  if (!file) return "error: " + file.error().Message() + "\n";
  FindingList findings;
  (*file)->ReportMetas(findings);
  std::string text;
  if (const auto database = Database::Open(**file, meta, findings)) {
    const Database& db = **database;
    text = "meta " + std::to_string(db.meta_index()) + ", transaction " +
           std::to_string(db.meta().txid) + ", pages of " + std::to_string((*file)->page_size()) +
           " bytes\n";
    std::string rows;
    for (const Bytes name : db.bucket_names()) rows += RowsText(db, name, findings);
    const PageMap map(db, findings);
    for (uint64_t id = 0; id < map.size(); ++id) text += std::string(" ") + UseName(map.use(id));
    text += "\n" + rows;
  } else {
    text = "error: " + database.error().Message() + "\n";
  }
  for (const Finding& finding : findings.findings()) text += FindingText(finding) + "\n";
  return text;
}

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = [] {
    testing::DataDriven d(std::filesystem::path(ETCDF_TESTDATA) / "fixtures");
    d.On("read-db", testing::Effect::kReadsOnly, ReadDatabase);
    return d;
  }();
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterDataDrivenTests("BoltCases", std::filesystem::path(ETCDF_TESTDATA) / "bolt",
                                   Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::bolt
