#include "dump-logs/revisions.h"

#include <utility>
#include <vector>

#include "apply/rules.h"
#include "audit/audit.h"
#include "mvcc/store.h"
#include "replay/load.h"
#include "replay/replay.h"
#include "wal/log_head.h"

namespace etcdf::dump_logs {
namespace {

using apply::KeyStore;
using apply::MemberStore;

}  // namespace

Result<Revisions> Revisions::Start(const Evidence& evidence, FindingSink& findings) {
  Revisions revisions(evidence, findings);
  revisions.OpenDatabase();
  const uint64_t first = evidence.log.summary().entries.index_first;
  const auto& database = revisions.database_;
  const uint64_t applied = database ? database->status.consistent_index.value_or(0) : 0;
  const auto rules = database ? apply::LikelyRules(database->status) : apply::Rules();
  revisions.store_ = std::make_unique<MemberStore>(rules, KeyStore::History::kDropped);
  revisions.from_start_ = first <= 1 && !wal::ReadLogHead(evidence.log).is_restore();
  if (revisions.from_start_) return revisions;
  if (applied == 0 || (applied < first && first - applied > 1)) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = first <= 1 ? "the cluster began with a backup that the log does not hold: "
                                      "--with-revisions wants the member's database"
                                    : "the log does not begin with entry 1: --with-revisions wants "
                                      "the database that what is before it led to",
                 .subject = evidence.files.files().wal_dir});
  }
  if (applied >= first && revisions.LoadAligned()) return revisions;
  if (auto loaded = replay::Load(revisions.StoreOf(findings), std::nullopt, *revisions.store_);
      !loaded) {
    return Fail(loaded.error());
  }
  revisions.applied_ = revisions.store_->index();
  return revisions;
}

bool Revisions::LoadAligned() {
  const mvcc::Store database = StoreOf(database_->unheard);
  const std::vector<apply::Rules> rules = apply::RulesToTry(database_->status);
  const audit::AuditReport report = audit::Audit(
      {.log = evidence_->log, .database = database, .rules = rules, .thorough = false});
  if (report.verdict != audit::AuditVerdict::kExplained) return false;
  std::vector<wire::Entry> entries;
  replay::ForEachEntry(evidence_->log, {.after = report.index_first - 1},
                       [&](const wire::Entry& entry) {
                         entries.push_back(entry);
                         return true;
                       });
  auto store = std::make_unique<MemberStore>(rules[report.rules], KeyStore::History::kDropped);
  if (!replay::LoadBefore(database, report.start_revision, entries, *store)) return false;
  store_ = std::move(store);
  applied_ = report.index_first - 1;
  return true;
}

// One that cannot be read is as good as none: the log is what was asked for.
void Revisions::OpenDatabase() {
  auto database = std::make_unique<Origin>();
  auto opened = evidence_->files.OpenDatabase({}, database->unheard);
  if (!opened || opened->database == nullptr) return;
  database->opened = *std::move(opened);
  database_ = std::move(database);
  database_->status = mvcc::ReadStatus(StoreOf(database_->unheard));
}

mvcc::Store Revisions::StoreOf(FindingSink& findings) const {
  return {.database = *database_->opened.database,
          .file = database_->opened.path,
          .findings = findings};
}

std::optional<Effect> Revisions::EffectOf(const wal::LogEntry& logged,
                                          const raft::Payload& payload) {
  const wire::Entry& entry = logged.entry;
  const uint64_t trusted = evidence_->log.summary().index_trusted;
  if (logged.superseded_by || entry.index <= applied_ || entry.index > trusted || lost_) {
    return std::nullopt;
  }
  ApplyUpTo(entry.index - 1);
  lost_ = applied_ + 1 != entry.index;
  if (lost_) return std::nullopt;
  const apply::Outcome outcome = store_->Apply(entry, payload);
  Effect effect{.revision = {},
                .rows = outcome.rows.size(),
                .refusal = outcome.refusal,
                .refused_by_proposer = outcome.refused_by_proposer};
  if (effect.rows > 0) effect.revision = store_->keys().current_revision();
  Applied(entry.index);
  return effect;
}

void Revisions::ApplyUpTo(uint64_t index) {
  if (applied_ >= index) return;
  replay::ForEachEntry(evidence_->log, {.after = applied_, .until = index},
                       [this](const wire::Entry& entry) {
                         if (entry.index != applied_ + 1) return false;
                         store_->Apply(entry);
                         Applied(entry.index);
                         return true;
                       });
}

void Revisions::Applied(uint64_t index) {
  applied_ = index;
  store_->Settle();
  if (!from_start_ || !database_) return;
  const mvcc::Status& status = database_->status;
  if (applied_ != status.consistent_index) return;
  const int64_t made = store_->keys().current_revision();
  if (made == status.CurrentRevision()) return;
  findings_->Report(
      {.kind = kOtherRevision,
       .file = database_->opened.path,
       .what = "entry " + std::to_string(applied_) + " leads to revision " + std::to_string(made) +
               ", and the database, which has applied it, is at revision " +
               std::to_string(status.CurrentRevision()),
       .consequence = "the member has skipped or repeated a write, or began with another database; "
                      "revisions shown are as its log has them",
       .figures = {{"index", applied_}}});
}

}  // namespace etcdf::dump_logs
