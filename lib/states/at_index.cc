#include "states/at_index.h"

#include <algorithm>
#include <string>
#include <utility>

#include "apply/rules.h"
#include "mvcc/status.h"
#include "mvcc/store.h"

namespace etcdf::states {
namespace {

void ReportBeyondCommit(const wal::Log& log, uint64_t applied, uint64_t index,
                        FindingSink& findings) {
  const uint64_t committed = std::max(log.summary().commit, applied);
  if (index <= committed) return;
  findings.Report({.kind = kBeyondCommit,
                   .file = log.segments().back().path,
                   .what = "entries up to " + std::to_string(committed) +
                           " are known to be committed, and those up to " + std::to_string(index) +
                           " were applied",
                   .consequence = "what is shown may never have come to be",
                   .figures = {{"committed", committed}, {"index", index}}});
}

}  // namespace

Result<DatabaseAt> OpenAt(const member::Evidence& files, const member::OpenedDatabase& evidence,
                          uint64_t index, FindingSink& findings) {
  if (files.file_kind() && !files.has_log()) {
    return Fail(
        {.code = ErrorCode::kUsage,
         .what = "a state as of an index needs the raft log: a data directory, or --wal-dir",
         .subject = files.source().path});
  }
  auto log = files.ReadLog(findings);
  if (!log) return Fail(log.error());
  DatabaseAt at{.log = *std::move(log), .state = {}, .opened = {}};
  const mvcc::Store store{
      .database = *evidence.database, .file = evidence.path, .findings = findings};
  const mvcc::Status status = mvcc::ReadStatus(store);
  auto state = replay::BringTo(store, at.log, index, apply::LikelyRules(status));
  if (!state && index < status.consistent_index.value_or(0)) {
    return Fail({.code = state.error().code,
                 .what = "what the database was before cannot be told from its log; --rev shows "
                         "the keys as of a revision",
                 .subject = state.error().Message()});
  }
  if (!state) return Fail(state.error());
  ReportBeyondCommit(at.log, status.consistent_index.value_or(0), index, findings);
  at.state = *std::move(state);
  at.opened = {.path = evidence.path,
               .data_dir = evidence.data_dir,
               .database = std::move(at.state.database)};
  return at;
}

}  // namespace etcdf::states
