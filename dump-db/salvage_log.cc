#include "dump-db/salvage_log.h"

#include <algorithm>
#include <utility>

#include "base/counted.h"
#include "mvcc/parallel_scan.h"
#include "wal/log_head.h"

namespace etcdf::dump_db {
namespace {

using salvage::FromLog;
using salvage::LogStart;

// Nothing is lost: the log can only add what came later.
bool IsWhole(const salvage::Outlook& outlook, const salvage::OtherBuckets& others) {
  return outlook.is_whole && outlook.consistent_index &&
         std::ranges::all_of(others.sources(), [](const salvage::BucketSource& source) {
           return source.is_whole && source.origin == salvage::Origin::kReachable;
         });
}

std::string StartText(const FromLog& result) {
  switch (result.start) {
    case LogStart::kEmpty: return "to an empty store";
    case LogStart::kDatabase: return "to the database";
    case LogStart::kAnchored: break;
  }
  return "to what is left of revision " + std::to_string(result.start_revision);
}

const char* ConsequenceOf(const salvage::Contradiction& contradiction) {
  if (contradiction.has_lost_bytes) return "the page holds zeros in its place: the log's was taken";
  return contradiction.page_counts() ? "the page's was taken, since the tree leads to it"
                                     : "the log's was taken, since no tree leads to the page";
}

}  // namespace

Result<std::unique_ptr<SalvageLog>> SalvageLog::Apply(const VerbContext& context,
                                                      const salvage::Outlook& outlook,
                                                      const salvage::KeyRows& content,
                                                      const salvage::OtherBuckets& others) {
  if (context.files.file_kind() && !context.files.has_log()) {
    return Fail({.code = ErrorCode::kUsage,
                 .what = "is not in a data directory: say where its log is, --with-wal DIR",
                 .subject = context.evidence.path});
  }
  const std::string& wal_dir = context.files.source().wal_dir;
  const std::string& place = wal_dir.empty() ? context.evidence.data_dir : wal_dir;
  auto log = context.files.ReadLog(context.findings);
  if (!log) return Fail(log.error());
  std::unique_ptr<SalvageLog> use(new SalvageLog(context, *std::move(log)));
  for (const salvage::FoundRow& row : content.rows()) {
    const salvage::Standing standing = outlook.Of(row);
    // What is later than a whole tree was never committed to it.
    const bool is_of_database =
        standing != salvage::Standing::kCompacted && standing != salvage::Standing::kLater;
    if (is_of_database) use->rows_.push_back(row);
  }
  use->pages_ = std::make_unique<salvage::PageDatabase>(content, use->rows_, others);
  mvcc::UnheardFindings unheard;  // what is damaged has been told
  const mvcc::Store pages{.database = *use->pages_, .file = use->path_, .findings = unheard};
  const replay::Entries entries =
      salvage::EntriesToApply(use->log_, outlook.consistent_index.value_or(0));
  if (entries.empty()) {
    use->unused_ = "it has no entry that can be read and is known to be committed";
    return use;
  }
  auto result = salvage::ApplyLog({.entries = entries.all(),
                                   .begins_with_backup = wal::ReadLogHead(use->log_).is_restore(),
                                   .pages = pages,
                                   .rows = salvage::PageRows(content, use->rows_),
                                   .is_whole = IsWhole(outlook, others)});
  use->log_.ReportFaults(context.findings);
  if (!result) {
    use->unused_ = result.error().Message();
    if (result.error().code == ErrorCode::kUnsupported) {
      context.findings.Report({.kind = kLogUnused,
                               .file = place,
                               .what = use->unused_,
                               .consequence = "rows are taken from pages alone"});
    }
    return use;
  }
  use->result_ = *std::move(result);
  const replay::StoreDatabase::Origin origin{.database = pages};
  use->tables_ = std::make_unique<replay::StoreDatabase>(
      *use->result_->store, &origin, replay::StoreDatabase::Buckets::kAllButKey);
  use->ReportContradictions(context.findings);
  use->ReportUntold(context.findings);
  return use;
}

void SalvageLog::ReportContradictions(FindingSink& findings) const {
  for (const salvage::Contradiction& contradiction : result_->contradictions) {
    const salvage::FoundRow& page = contradiction.page;
    findings.Report({.kind = kLogContradicts,
                     .file = path_,
                     .what = "revision " + mvcc::RevisionText(page.at.revision) + " on page " +
                             std::to_string(page.place) + " is not what entry " +
                             std::to_string(contradiction.entry) + " of the log writes",
                     .consequence = ConsequenceOf(contradiction),
                     .figures = {{"index", contradiction.entry}}});
  }
}

void SalvageLog::ReportUntold(FindingSink& findings) const {
  if (result_->untold == 0 && result_->recounted == 0) return;
  std::string what;
  if (result_->untold > 0) {
    what = "what " + Counted(result_->untold, "entry", "entries") +
           " of the log did hangs on rows that are lost";
  }
  if (result_->recounted > 0) {
    if (!what.empty()) what += "; ";
    what += Counted(result_->recounted, "row", "rows") +
            " of the log may have had earlier ones, which are lost";
  }
  findings.Report({.kind = kLogUntold,
                   .file = path_,
                   .what = what,
                   .consequence = "what the entries wrote is left out where no page has it, and "
                                  "create revision and version begin anew with such a row",
                   .figures = {{"count", result_->untold}}});
}

std::string SalvageLog::Summary() const {
  if (!result_) return "  the log was not used: " + unused_ + "\n";
  std::string text = "  entries " + std::to_string(result_->index_first) + " to " +
                     std::to_string(result_->index_last) + " of the log were applied " +
                     StartText(*result_) + "; " +
                     Counted(result_->agreed + result_->completed, "row", "rows") +
                     " of pages written by them as they are";
  return text + "\n";
}

}  // namespace etcdf::dump_db
