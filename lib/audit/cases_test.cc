// Runs testdata/audit/*.test: members, real or written from text, and what the audit says of them.
//
//     audit DIR [version=3.6.9] [peer=DIR] [witness=DIR] [cancel] [rows]
//
// holds the database in DIR against the log in DIR: the verdict and why, the entries audited, how
// many of them are verified, blind, without rows and untold, and the rows compared. Then a line for
// each anomaly: its kind, entries and request, the revision at which it shows (of missing rows, all
// and how many) and by how many it moves those behind, its consequences and ties; with `rows`, what
// was expected (-) and found (+). Where nothing explains it, how far the log as it stands does.
// Of a peer the log is there, of a witness the database; what it was good for is said behind.
// `cancel` ends the audit as soon as it tells of its progress.
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "base/escape.h"
#include "bolt/database.h"
#include "bolt/file.h"
#include "io/data_dir.h"
#include "mvcc/status.h"
#include "testing/datadriven.h"

namespace etcdf::audit {
namespace {

std::string RangeText(uint64_t first, uint64_t last) {
  return std::to_string(first) + (last == first ? "" : ".." + std::to_string(last));
}

std::string RowText(char sign, const AnomalyRow& row) {
  std::string text = std::string("  ") + sign + " " + mvcc::RevisionText(row.revision) + " ";
  AppendOctalEscaped(text, AsBytes(row.key));
  if (row.tombstone) return text + " tombstone\n";
  text += "=";
  AppendOctalEscaped(text, AsBytes(row.value));
  return text + " c" + std::to_string(row.create_revision) + " v" + std::to_string(row.version) +
         "\n";
}

std::string AnomalyText(const Anomaly& anomaly, bool with_rows) {
  std::string text = std::string(AnomalyKindName(anomaly.kind)) + " " +
                     RangeText(anomaly.index_first, anomaly.index_last);
  if (!anomaly.request.empty()) text += " " + anomaly.request;
  text += " at revision " + std::to_string(anomaly.revision);
  if (anomaly.revision_last > anomaly.revision) {
    text += ".." + std::to_string(anomaly.revision_last) + " (" +
            std::to_string(anomaly.rows_missing) + " rows)";
  }
  text +=
      std::string(", ") + (anomaly.revisions > 0 ? "+" : "") + std::to_string(anomaly.revisions);
  if (anomaly.consequences > 0) {
    text += ", " + std::to_string(anomaly.consequences) + " consequences";
  }
  if (!anomaly.ties.empty()) text += ", ties";
  for (const uint64_t tie : anomaly.ties) text += " " + std::to_string(tie);
  for (const AnomalyKind kind : anomaly.other_kinds) {
    text += std::string(", or ") + AnomalyKindName(kind);
  }
  if (anomaly.settled_by) text += ", settled by peer " + std::to_string(*anomaly.settled_by);
  text += "\n";
  if (!with_rows) return text;
  for (const AnomalyRow& row : anomaly.expected) text += RowText('-', row);
  for (const AnomalyRow& row : anomaly.found) text += RowText('+', row);
  return text;
}

std::string ReportText(const AuditReport& report, bool with_rows) {
  std::string text = AuditVerdictName(report.verdict);
  if (report.reason != AuditReason::kNone) {
    text += std::string(": ") + AuditReasonName(report.reason);
    if (report.reason_number != 0) text += " " + std::to_string(report.reason_number);
  }
  if (report.start >= AuditStart::kRestored)
    text += std::string(", ") + AuditStartName(report.start);
  if (report.bumped_to > 0) {
    text += ", bumped from " + std::to_string(report.bumped_from) + " to " +
            std::to_string(report.bumped_to);
  }
  text += "\nentries " + RangeText(report.index_first, report.index_last) + " from revision " +
          std::to_string(report.start_revision) +
          (report.start_peer ? " of peer " + std::to_string(*report.start_peer) : "") + ": " +
          std::to_string(report.verified) + " verified, " + std::to_string(report.blind) +
          " blind, " + std::to_string(report.without_rows) + " without rows";
  if (report.untold > 0) text += ", " + std::to_string(report.untold) + " untold";
  text += "; rows: " + std::to_string(report.rows_equal) + " equal, " +
          std::to_string(report.rows_different) + " different";
  if (report.rows_missing > 0) text += ", " + std::to_string(report.rows_missing) + " missing";
  text += "\n";
  if (report.verdict == AuditVerdict::kUnexplained) {
    text += "followed to entry " + std::to_string(report.follows_to_index) + ", revision " +
            std::to_string(report.follows_to_revision) + "\n";
  }
  for (const Anomaly& anomaly : report.anomalies) text += AnomalyText(anomaly, with_rows);
  return text;
}

struct Request {
  std::string dir;
  std::optional<apply::Version> version = {};
  std::vector<std::string> peers = {};
  std::vector<std::string> witnesses = {};
  bool cancels = false;
  bool with_rows = false;
};

Request RequestOf(const std::vector<std::string>& arguments) {
  Request request;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (name == "version") {
      request.version = apply::ParseVersion(value);
    } else if (name == "peer") {
      request.peers.push_back(value);
    } else if (name == "witness") {
      request.witnesses.push_back(value);
    } else if (name == "cancel") {
      request.cancels = true;
    } else if (name == "rows") {
      request.with_rows = true;
    } else {
      request.dir = argument;
    }
  }
  return request;
}

Result<wal::Log> OpenLog(const std::string& path, FindingSink& findings) {
  const auto dir = io::FindDataDir(path);
  if (!dir) return Fail(dir.error());
  auto log = wal::Log::Open(*dir, std::nullopt, findings);
  if (log) log->Scan(findings);
  return log;
}

struct OpenedDatabase {
  std::string path;
  std::unique_ptr<bolt::File> file = {};
  std::unique_ptr<bolt::Database> database = {};
};

Result<OpenedDatabase> OpenDatabase(const std::string& dir, FindingSink& findings) {
  OpenedDatabase opened{.path = dir + "/member/snap/db"};
  auto file = bolt::File::Open(opened.path);
  if (!file) return Fail(file.error());
  opened.file = *std::move(file);
  auto database = bolt::Database::Open(*opened.file, std::nullopt, findings);
  if (!database) return Fail(database.error());
  opened.database = *std::move(database);
  return opened;
}

Result<std::string> AuditMember(const testing::Directive& directive) {
  const Request request = RequestOf(directive.arguments);
  FindingList findings;
  auto log = OpenLog(request.dir, findings);
  if (!log) return Fail(log.error());
  std::vector<wal::Log> peers;
  for (const std::string& peer : request.peers) {
    auto opened = OpenLog(peer, findings);
    if (!opened) return Fail(opened.error());
    peers.push_back(*std::move(opened));
  }
  const auto database = OpenDatabase(request.dir, findings);
  if (!database) return Fail(database.error());
  const mvcc::Store store{*database->database, database->path, findings};
  std::deque<OpenedDatabase> witnesses;
  std::deque<mvcc::Store> stores;
  for (const std::string& witness : request.witnesses) {
    auto opened = OpenDatabase(witness, findings);
    if (!opened) return Fail(opened.error());
    witnesses.push_back(*std::move(opened));
    stores.push_back({*witnesses.back().database, witnesses.back().path, findings});
  }
  AuditInput input{.log = *log,
                   .database = store,
                   .rules = apply::RulesToTry(mvcc::ReadStatus(store), request.version)};
  for (const wal::Log& peer : peers) input.peers.push_back({.log = &peer});
  for (const mvcc::Store& witness : stores) input.peers.push_back({.database = &witness});
  if (request.cancels) input.progress = [](uint64_t, uint64_t) { return false; };
  return ReportText(Audit(input), request.with_rows);
}

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = [] {
    testing::DataDriven with_audit(std::filesystem::path(ETCDF_TESTDATA) / "fixtures");
    with_audit.On("audit", testing::Effect::kReadsOnly, AuditMember);
    return with_audit;
  }();
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterDataDrivenTests("AuditCases", std::filesystem::path(ETCDF_TESTDATA) / "audit",
                                   Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::audit
