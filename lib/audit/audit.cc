#include "audit/audit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "audit/attempt.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/status.h"
#include "replay/contents.h"
#include "replay/entries.h"
#include "replay/stored_rows.h"
#include "wal/log_head.h"

namespace etcdf::audit {
namespace {

using replay::CountWrites;
using replay::Entries;
using replay::StoredRows;

// The database is read many times, and what is damaged in it has been told.
class Unheard {
 public:
  explicit Unheard(const AuditInput& asked)
      : database_(Without(asked.database)),
        input_{.log = asked.log,
               .database = database_,
               .rules = asked.rules,
               .peers = asked.peers,
               .thorough = asked.thorough,
               .progress = asked.progress} {
    peer_databases_.reserve(asked.peers.size());
    for (Peer& peer : input_.peers) {
      if (peer.database == nullptr) continue;
      peer.database = &peer_databases_.emplace_back(Without(*peer.database));
    }
  }

  const AuditInput& input() const { return input_; }

 private:
  mvcc::Store Without(const mvcc::Store& heard) {
    return {.database = heard.database, .file = heard.file, .findings = unheard_};
  }

  mvcc::UnheardFindings unheard_;
  mvcc::Store database_;
  std::vector<mvcc::Store> peer_databases_;
  AuditInput input_;
};

void TellBump(const StoredRows& rows, AuditReport& report) {
  int64_t before = 0;
  for (const apply::StoredRow& row : rows.all()) {
    if (apply::IsBump(row)) {
      report.bumped_from = before;
      report.bumped_to = row.revision.main;
    }
    before = row.revision.main;
  }
}

// The best that any of the rules makes of it.
AuditReport TryRules(const AuditInput& input, const Entries& entries, const StoredRows& rows) {
  AuditReport best;
  uint64_t work_left =
      rows.are_torn() ? WorkMaxOfTorn(entries.size()) : WorkMax(input.thorough, entries.size());
  Reach farthest;
  for (size_t i = 0; i < input.rules.size(); ++i) {
    Attempt attempt(input, entries, rows, input.rules[i], work_left);
    const Reach reach = attempt.Begin();
    // Other rules are worth a search only if they get past where the first ones failed.
    if (i > 0 && IsComplete(best) && !reach.ends && reach <= farthest) continue;
    farthest = std::max(farthest, reach);
    AuditReport report = attempt.Run();
    report.rules = i;
    if (i == 0 || IsBetter(report, best)) best = std::move(report);
    if (best.verdict == AuditVerdict::kExplained) break;
  }
  return best;
}

// A database that holds what entries wrote which do not count as applied to it: one that was put
// back without the log that belongs to it, as `snapshot restore` gives it the index of a new log.
// Nothing where that does not explain every row.
std::optional<AuditReport> AuditBeyond(const AuditInput& input, const StoredRows& rows,
                                       uint64_t applied) {
  constexpr uint64_t kVerifiedMin = 2;  // one may be chance where the store was not empty
  const Entries all(input.log, input.log.summary().index_trusted);
  if (all.empty() || all[all.size() - 1].index <= applied || rows.all().empty()) return {};
  for (size_t i = 0; i < input.rules.size(); ++i) {
    uint64_t no_work = 0;
    Attempt attempt(input, all, rows, input.rules[i], no_work);
    attempt.Begin();
    const auto last = attempt.LastStored();
    if (!last || *last <= applied) continue;
    const Entries stored(input.log, *last);
    Attempt exact(input, stored, rows, input.rules[i], no_work);
    exact.Begin();
    AuditReport report = exact.RunAsLogged();
    const bool is_certain =
        report.start == AuditStart::kEmptyStore || report.verified >= kVerifiedMin;
    if (report.verdict != AuditVerdict::kExplained || !is_certain) continue;
    report.rules = i;
    report.verdict = AuditVerdict::kAnomalous;
    report.anomalies.push_back(exact.NotCounted(applied));
    return report;
  }
  return {};
}

// What can be said without a log applied to anything. Nothing if that is nothing.
std::optional<AuditReport> AuditWhatBegan(const Entries& entries, const StoredRows& rows,
                                          const wal::Log& log, uint64_t applied) {
  AuditReport report;
  const wal::LogHead head = wal::ReadLogHead(log);
  if (entries.empty()) {
    // Up to 3.4 the index is stored with changes of keys only.
    const bool is_empty = rows.all().empty() && log.summary().entries.index_first == 1;
    if (is_empty) report.verdict = AuditVerdict::kExplained;
    report.reason = is_empty ? AuditReason::kNothingSince : AuditReason::kNothingApplied;
    return report;
  }
  if (!head.is_restore() || applied != head.additions) return {};
  report.start = AuditStart::kRestored;
  report.start_revision = rows.last();
  const Entries committed(log, std::min(log.summary().commit, log.summary().index_trusted));
  const auto later = committed.all().subspan(std::min<size_t>(committed.size(), applied));
  const bool has_more = !committed.empty() && committed[0].index == 1 && CountWrites(later) > 0;
  report.reason = has_more ? AuditReason::kNothingCounted : AuditReason::kNothingSince;
  return report;
}

}  // namespace

AuditReport Audit(const AuditInput& asked) {
  const StoredRows all_rows(asked.database);
  const StoredRows rows = all_rows.are_damaged() ? all_rows.AsTorn() : all_rows;
  const Unheard unheard(asked);
  const AuditInput& input = unheard.input();
  const uint64_t applied = mvcc::ReadStatus(input.database).consistent_index.value_or(0);
  Entries entries(input.log, applied);
  for (const Peer& peer : input.peers) {
    if (peer.log != nullptr) entries.Prepend(*peer.log);
  }
  auto begun = AuditWhatBegan(entries, rows, input.log, applied);
  AuditReport report = begun ? *std::move(begun) : TryRules(input, entries, rows);
  if (report.verdict != AuditVerdict::kExplained) {
    if (auto beyond = AuditBeyond(input, rows, applied)) report = *std::move(beyond);
  }
  if (report.start == AuditStart::kRestored) TellBump(rows, report);
  return report;
}

}  // namespace etcdf::audit
