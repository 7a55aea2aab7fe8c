// Runs testdata/compare/*.test: logs written from text, and what comparing them says.
//
//     compare-logs DIR...
//     committed VOTERS AS-OF DIR...
//
// The first shows the verdict, the first conflict with each member's entry as INDEX/TERM, and for
// each member the runs of terms in its log as TERM:FIRST-LAST. The second shows what the logs tell
// to be committed, where the cluster had so many voters as of that index.
#include <gtest/gtest.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/finding.h"
#include "compare/committed.h"
#include "compare/raft_logs.h"
#include "io/data_dir.h"
#include "testing/datadriven.h"
#include "wal/log.h"

namespace etcdf::compare {
namespace {

std::string Runs(const std::vector<TermRun>& runs) {
  std::string text;
  for (const TermRun& run : runs) {
    text += " " + std::to_string(run.term) + ":" + std::to_string(run.index_first);
    if (run.index_last != run.index_first) text += "-" + std::to_string(run.index_last);
  }
  return text;
}

std::string DescribeConflict(const LogConflict& conflict, const std::vector<std::string>& names) {
  std::string text = "index " + std::to_string(conflict.index);
  if (conflict.committed) text += ", committed";
  if (conflict.same_term) text += ", of one term";
  text += ":";
  for (const EntrySide& side : conflict.sides) {
    text += " " + names[side.member] + "=" + std::to_string(side.entry.entry.term);
    if (side.committed) text += "(committed)";
  }
  return text + "\n";
}

Result<std::vector<wal::Log>> OpenLogs(std::span<const std::string> paths) {
  std::vector<wal::Log> logs;
  FindingList findings;
  for (const std::string& path : paths) {
    const auto dir = io::FindDataDir(path);
    if (!dir) return Fail(dir.error());
    auto log = wal::Log::Open(*dir, std::nullopt, findings);
    if (!log) return Fail(log.error());
    log->Scan(findings);
    logs.push_back(*std::move(log));
  }
  return logs;
}

Result<std::string> ShowCommitted(const testing::Directive& directive) {
  const auto paths = std::span(directive.arguments).subspan(2);
  const auto logs = OpenLogs(paths);
  if (!logs) return Fail(logs.error());
  std::vector<LogWitness> witnesses;
  for (const wal::Log& log : *logs) {
    witnesses.push_back({.log = &log, .committed = log.summary().commit, .votes = true});
  }
  const CommittedIndex committed = FindCommitted(
      witnesses,
      {.voters = std::stoul(directive.arguments[0]), .as_of = std::stoul(directive.arguments[1])});
  return std::to_string(committed.index) + " in " + paths[committed.witness] +
         (committed.by_majority ? ", by majority\n" : "\n");
}

Result<std::string> CompareLogs(const testing::Directive& directive) {
  const auto logs = OpenLogs(directive.arguments);
  if (!logs) return Fail(logs.error());
  std::vector<RaftLogInput> inputs;
  for (const wal::Log& log : *logs) {
    inputs.push_back({.log = &log, .committed = log.summary().commit});
  }

  const LogComparison result = CompareRaftLogs(inputs);
  constexpr const char* kVerdicts[] = {"same", "different", "not compared"};
  std::string text = kVerdicts[static_cast<size_t>(result.verdict)];
  text += ", " + std::to_string(result.indexes_compared) + " indexes compared, " +
          std::to_string(result.indexes_differing) + " differ\n";
  if (result.first_conflict) {
    text += "first conflict " + DescribeConflict(*result.first_conflict, directive.arguments);
  }
  if (result.first_broken_promise) {
    text += "broken promise " + DescribeConflict(*result.first_broken_promise, directive.arguments);
  }
  for (size_t i = 0; i < result.pictures.size(); ++i) {
    const LogPicture& picture = result.pictures[i];
    text += directive.arguments[i] + ":" + Runs(picture.live);
    if (!picture.superseded.empty()) text += " superseded" + Runs(picture.superseded);
    text += "\n";
  }
  return text;
}

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = [] {
    testing::DataDriven with_logs(std::filesystem::path(ETCDF_TESTDATA) / "fixtures");
    with_logs.On("compare-logs", testing::Effect::kReadsOnly, CompareLogs);
    with_logs.On("committed", testing::Effect::kReadsOnly, ShowCommitted);
    return with_logs;
  }();
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterDataDrivenTests("CompareCases",
                                   std::filesystem::path(ETCDF_TESTDATA) / "compare", Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::compare
