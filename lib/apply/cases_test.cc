// Runs testdata/apply/*.test: entries written as text, and what applying each one does.
//
//     apply VERSION [persists-checkpoints] [rows] [tables]
//
// applies the statements that follow to an empty store, by the rules of that version of etcd, as
// entries 1, 2, ... A statement is a request (lib/testing/request_builder.h), one that somebody
// made while authentication was on:
//
//     by user= [auth_revision=] REQUEST       without auth_revision, that of the store
//
// or what is no entry:
//
//     mark, back                              remembers the moment; returns to it
//     restart                                 the member starts again
//     force key= [value=] [create=] [version=]
//     shift revisions=
//
// A line of output per entry: the request, then its rows (REVISION KEY=VALUE and create revision,
// version and lease), or the refusal, and the rows of other buckets that it changed. `rows` and
// `tables` show what is in the buckets at the end.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "apply/member_store.h"
#include "base/escape.h"
#include "testing/datadriven.h"
#include "testing/request_builder.h"
#include "testing/statements.h"

namespace etcdf::apply {
namespace {

using testing::Directive;
using testing::Statement;
using testing::StatementReader;

std::string Shown(std::string_view bytes) {
  std::string text;
  AppendOctalEscaped(text, AsBytes(bytes));
  return text;
}

std::string RowText(const StoredRow& row) {
  std::string text = " " + mvcc::RevisionText(row.revision) + " " + Shown(AsText(row.key));
  if (row.tombstone) return text + " tombstone";
  text += "=" + Shown(AsText(row.value));
  text += " c" + std::to_string(row.create_revision) + " v" + std::to_string(row.version);
  if (row.lease != 0) text += " lease " + HexId(static_cast<uint64_t>(row.lease));
  return text;
}

std::string TableRowText(std::string_view bucket, std::string_view key, const TableRow& row) {
  std::string text = std::string(bucket) + "[" + Shown(key) + "]=" + Shown(row.value);
  return row.reproducible ? text : text + " and a password";
}

constexpr std::array kShownTables = {Table::kLease,          Table::kAlarm,     Table::kAuth,
                                     Table::kAuthUsers,      Table::kAuthRoles, Table::kMembers,
                                     Table::kMembersRemoved, Table::kCluster,   Table::kConfState};

// The rows that differ.
std::string ChangesText(const Tables& before, const Tables& after) {
  std::string text;
  for (const Table table : kShownTables) {
    const std::string_view bucket = BucketOf(table);
    for (const auto& [key, row] : before.rows(table)) {
      if (!after.Has(table, key)) text += " -" + std::string(bucket) + "[" + Shown(key) + "]";
    }
    for (const auto& [key, row] : after.rows(table)) {
      const TableRow* const old = before.Find(table, key);
      if (old == nullptr || *old != row) text += " " + TableRowText(bucket, key, row);
    }
  }
  return text;
}

class Script {
 public:
  explicit Script(const Rules& rules) : store_(rules) {}

  void Run(const Statement& statement) {
    StatementReader reader(statement);
    const std::string verb = statement.words.empty() ? "" : statement.words.front().name;
    if (verb == "mark" || verb == "back" || verb == "restart" || verb == "force" ||
        verb == "shift") {
      reader.Verb();
      Control(verb, reader);
    } else {
      ApplyRequest(verb, statement, reader);
    }
    if (const auto finished = reader.Finish(); !finished) {
      output_ += "mistake: " + finished.error().Message() + "\n";
    }
  }

  void ShowRows() {
    output_ += "rows:\n";
    store_.ForEachRow([&](const StoredRow& row) { output_ += " " + RowText(row) + "\n"; });
  }

  void ShowTables() {
    output_ += "tables:\n";
    for (const Table table : kShownTables) {
      for (const auto& [key, row] : store_.tables().rows(table)) {
        output_ += "  " + TableRowText(BucketOf(table), key, row) + "\n";
      }
    }
  }

  const std::string& output() const { return output_; }

 private:
  void Control(const std::string& verb, StatementReader& reader) {
    if (verb == "mark") mark_ = store_.mark();
    if (verb == "back") store_.RollBack(mark_);
    if (verb == "restart") store_.Restart();
    if (verb == "shift") store_.Shift(static_cast<int64_t>(reader.Number("revisions")));
    if (verb == "force") {
      const StoredRow row{.key = Keep(reader.Text("key")),
                          .value = Keep(reader.Text("value", "")),
                          .create_revision = static_cast<int64_t>(reader.Number("create", 0)),
                          .version = static_cast<int64_t>(reader.Number("version", 0))};
      output_ += "force:";
      for (const StoredRow& forced : store_.Force({&row, 1})) output_ += RowText(forced);
      output_ += "\n";
    }
  }

  void ApplyRequest(std::string verb, const Statement& statement, StatementReader& reader) {
    testing::RequestHeader header;
    if (verb == "by") {
      reader.Verb();
      header.user = reader.Text("user");
      header.auth_revision = reader.Number("auth_revision", store_.auth().revision());
      for (const auto& word : statement.words) {
        if (!word.value && word.name != "by") verb = word.name;
      }
    }
    const auto payload = testing::BuildEntryPayload(reader, header, testing::WriterStyle::kGogo);
    const wire::Entry entry{.type = static_cast<wire::EntryType>(payload.entry_type),
                            .term = 1,
                            .index = store_.index() + 1,
                            .data = Keep(payload.bytes),
                            .has_data = !payload.bytes.empty()};
    const Tables before = store_.tables();
    const Outcome outcome = store_.Apply(entry);
    output_ += std::to_string(entry.index) + " " + verb + ":";
    if (outcome.refusal != Refusal::kNone) {
      output_ += " refused: " + std::string(RefusalText(outcome.refusal));
    }
    for (const StoredRow& row : outcome.rows) output_ += RowText(row);
    if (outcome.compacted) {
      output_ += " compacted " + std::to_string(store_.keys().compact_revision());
    }
    output_ += ChangesText(before, store_.tables());
    if (outcome.refused_by_proposer) output_ += " (refused by its proposer)";
    output_ += "\n";
  }

  // The store only looks at what it is given.
  Bytes Keep(std::string bytes) { return AsBytes(kept_.emplace_back(std::move(bytes))); }

  std::deque<std::string> kept_;
  MemberStore store_;
  MemberStore::Mark mark_;
  std::string output_;
};

Result<std::string> RunApply(const Directive& directive) {
  if (directive.arguments.empty()) return "apply needs a version\n";
  const auto version = ParseVersion(directive.arguments.front());
  if (!version) return Fail({.code = ErrorCode::kUsage, .what = "not a version"});
  const auto asked = [&](const char* option) {
    return std::ranges::find(directive.arguments, option) != directive.arguments.end();
  };
  const auto statements = testing::ParseStatements(directive.input);
  if (!statements) return Fail(statements.error());
  Rules rules = RulesOf(*version);
  rules.persists_checkpoints = asked("persists-checkpoints");
  Script script(rules);
  for (const Statement& statement : *statements) script.Run(statement);
  if (asked("rows")) script.ShowRows();
  if (asked("tables")) script.ShowTables();
  return script.output();
}

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = [] {
    testing::DataDriven with_apply(std::filesystem::path(ETCDF_TESTDATA) / "fixtures");
    with_apply.On("apply", testing::Effect::kReadsOnly, RunApply);
    return with_apply;
  }();
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterDataDrivenTests("ApplyCases", std::filesystem::path(ETCDF_TESTDATA) / "apply",
                                   Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::apply
