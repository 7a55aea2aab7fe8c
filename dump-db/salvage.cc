// Every row that can still be read, wherever in the file it lies, written to a new place.
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "app/process.h"
#include "base/counted.h"
#include "base/escape.h"
#include "bolt/findings.h"
#include "dump-db/export.h"
#include "dump-db/new_file_sink.h"
#include "dump-db/row_target.h"
#include "dump-db/row_text.h"
#include "dump-db/salvage_log.h"
#include "dump-db/store.h"
#include "dump-db/verbs.h"
#include "io/new_path.h"
#include "mvcc/revision.h"
#include "mvcc/schema.h"
#include "salvage/key_rows.h"
#include "salvage/live_copy.h"
#include "salvage/other_buckets.h"
#include "salvage/outlook.h"
#include "salvage/recovered.h"

namespace etcdf::dump_db {
namespace {

using salvage::FoundRow;

// A damaged page's row, or a bucket of such a name, that the new file cannot hold or has already.
constexpr FindingKind kLeftOut{"salvage.left_out", Severity::kSuspect};

// Rows of bucket `key` that no tree leads to, and that no compaction can have removed.
constexpr FindingKind kLostRows{"salvage.lost_rows", Severity::kDamage};

// Beside etcd's own, in an LMDB environment.
constexpr std::string_view kLabelBucket = "salvage";

// What is written, and what the last lines say of it.
struct Haul {
  const salvage::Recovered& content;
  const salvage::OtherBuckets& others;
  const salvage::Outlook& outlook;
  std::vector<FoundRow> rows;  // of bucket `key`, ascending
  uint64_t left_out = 0;       // compacted rows
  uint64_t conflicts = 0;      // between pages
  int64_t compact_revision = -1;
};

std::string LabelOf(const Haul& haul, const FoundRow& row) {
  return std::string(salvage::OriginName(row.origin)) + " " +
         salvage::ConfidenceName(row.confidence) + " " +
         salvage::StandingName(haul.outlook.Of(row)) +
         (row.origin == salvage::Origin::kWal ? " entry=" : " page=") + std::to_string(row.place) +
         (row.origin == salvage::Origin::kWal ? "" : " element=" + std::to_string(row.element));
}

Result<void> WriteKeys(const Haul& haul, RowTarget& target) {
  Result<void> done = target.BeginBucket(AsBytes(mvcc::kKeyBucket));
  salvage::Recovered::Scratch scratch;
  for (size_t i = 0; done && i < haul.rows.size(); ++i) {
    const backend::Row row = haul.content.Stored(haul.rows[i], scratch);
    done = target.Append(row.key, row.value);
  }
  return done;
}

// Nothing if the rest can be written without what `refused` is about, which is reported.
Result<void> LeaveOut(const Error& refused, const VerbContext& context) {
  if (refused.code != ErrorCode::kUnsupported && refused.code != ErrorCode::kMalformed) {
    return Fail(refused);
  }
  context.findings.Report({.kind = kLeftOut,
                           .file = context.evidence.path,
                           .what = refused.subject + ": " + refused.what,
                           .consequence = "it is left out; --to json or csv writes it"});
  return {};
}

Result<void> WriteOther(const VerbContext& context, const Haul& haul,
                        const salvage::BucketSource& source, RowTarget& target) {
  Result<void> done;
  uint64_t nested = 0;
  if (auto begun = target.BeginBucket(source.name); !begun) return LeaveOut(begun.error(), context);
  haul.others.ForEachRow(source, [&](const backend::Row& row) {
    if (row.is_bucket) {
      ++nested;
      return true;
    }
    if (auto appended = target.Append(row.key, row.value); !appended) {
      done = LeaveOut(appended.error(), context);
    }
    return done.has_value();
  });
  if (nested > 0) {
    context.findings.Report({.kind = bolt::kNestedBucket,
                             .file = context.evidence.path,
                             .what = "bucket " + Printable(AsText(source.name)) + " has " +
                                     Counted(nested, "bucket", "buckets") + " within it",
                             .consequence = "etcd makes none such; they are left out",
                             .figures = {{"count", nested}}});
  }
  return done;
}

// What is known of rows of `key` that are not in the tree, under their keys.
Result<void> WriteLabels(const Haul& haul, RowTarget& target) {
  Result<void> done = target.BeginBucket(AsBytes(kLabelBucket));
  salvage::Recovered::Scratch scratch;
  for (size_t i = 0; done && i < haul.rows.size(); ++i) {
    if (haul.rows[i].origin == salvage::Origin::kReachable) continue;
    const std::string label = LabelOf(haul, haul.rows[i]);
    done = target.Append(haul.content.Stored(haul.rows[i], scratch).key, AsBytes(label));
  }
  return done;
}

// All buckets, ascending by name. A snapshot is for etcd and has no labels.
Result<void> WriteRows(const VerbContext& context, const Haul& haul, bool with_labels,
                       RowTarget& target) {
  std::map<std::string_view, std::function<Result<void>()>> buckets;
  buckets[mvcc::kKeyBucket] = [&] { return WriteKeys(haul, target); };
  if (with_labels) buckets[kLabelBucket] = [&] { return WriteLabels(haul, target); };
  for (const salvage::BucketSource& source : haul.others.sources()) {
    buckets[AsText(source.name)] = [&] { return WriteOther(context, haul, source, target); };
  }
  for (const auto& [name, write] : buckets) {
    if (auto written = write(); !written) return written;
  }
  return target.Finish();
}

constexpr std::string_view kLabelTitles = "origin,confidence,standing,page,element,entry";

void AppendKeyRow(std::string& out, const Haul& haul, const FoundRow& row, const Options& options) {
  const mvcc::KeyRow content = haul.content.Content(row);
  const char* const origin = salvage::OriginName(row.origin);
  const char* const confidence = salvage::ConfidenceName(row.confidence);
  const char* const standing = salvage::StandingName(haul.outlook.Of(row));
  const bool is_logged = row.origin == salvage::Origin::kWal;
  if (options.format == Format::kCsv) {
    AppendKeyRowCsv(out, content, options.values);
    out += std::string(",") + origin + "," + confidence + "," + standing + "," +
           (is_logged ? ",," + std::to_string(row.place)
                      : std::to_string(row.place) + "," + std::to_string(row.element) + ",") +
           "\r\n";
    return;
  }
  output::JsonWriter json(out);
  json.BeginObject();
  json.Text("bucket", mvcc::kKeyBucket);
  WriteKeyRowJson(json, content, options.values);
  json.Text("origin", origin);
  json.Text("confidence", confidence);
  json.Text("standing", standing);
  json.Uint(is_logged ? "entry" : "page", row.place);
  if (!is_logged) json.Uint("element", row.element);
  json.EndObject();
  json.EndLine();
}

void PrintKeyRows(const VerbContext& context, const Haul& haul, output::Sink& out) {
  LineWriter lines(out);
  if (context.options.format == Format::kCsv) {
    lines.text += std::string(kKeyRowCsvTitles) + "," + std::string(kLabelTitles) + "\r\n";
  }
  for (const FoundRow& row : haul.rows) {
    AppendKeyRow(lines.text, haul, row, context.options);
    if (!lines.EndLine()) return;
  }
}

void PrintBucket(const VerbContext& context, const Haul& haul, const salvage::BucketSource& source,
                 output::Sink& out) {
  LineWriter lines(out);
  RowPrinter printer(AsText(source.name), context.options, context.evidence.path, context.findings);
  lines.text += RowPrinter::Header(AsText(source.name), context.options);
  haul.others.ForEachRow(source, [&](const backend::Row& row) {
    printer.Append(lines.text, row);
    return lines.EndLine();
  });
}

Result<void> WriteJson(const VerbContext& context, const Haul& haul, const std::string& path) {
  auto file = NewFileSink::Create(path);
  if (!file) return Fail(file.error());
  PrintKeyRows(context, haul, *file);
  for (const auto& source : haul.others.sources()) PrintBucket(context, haul, source, *file);
  return file->Commit();
}

Result<void> WriteCsv(const VerbContext& context, const Haul& haul, const std::string& path) {
  if (mkdir(path.c_str(), 0777) != 0) return FailErrno("cannot make the folder", path);
  auto file = NewFileSink::Create(path + "/" + CsvFileName(AsBytes(mvcc::kKeyBucket)));
  if (!file) return Fail(file.error());
  PrintKeyRows(context, haul, *file);
  if (auto written = file->Commit(); !written) return written;
  for (const auto& source : haul.others.sources()) {
    auto other = NewFileSink::Create(path + "/" + CsvFileName(source.name));
    if (!other) return Fail(other.error());
    PrintBucket(context, haul, source, *other);
    if (auto written = other->Commit(); !written) return written;
  }
  return {};
}

Result<void> Write(const VerbContext& context, const Haul& haul, const std::string& path) {
  const bool is_snapshot = context.options.target == ExportTarget::kSnapshot;
  if (is_snapshot || context.options.target == ExportTarget::kLmdb) {
    auto target = is_snapshot ? NewSnapshot(path) : NewLmdb(path);
    if (!target) return Fail(std::move(target).error());
    return WriteRows(context, haul, !is_snapshot, **target);
  }
  const bool is_json = context.options.target == ExportTarget::kJson;
  const Options options = AsExported(context.options, is_json ? Format::kJson : Format::kCsv);
  const VerbContext printing{.options = options,
                             .files = context.files,
                             .evidence = context.evidence,
                             .findings = context.findings,
                             .out = context.out,
                             .answer = context.answer};
  return is_json ? WriteJson(printing, haul, path) : WriteCsv(printing, haul, path);
}

// The leases that keys name as they are now.
std::set<int64_t> LeasesNamed(const Haul& haul) {
  std::set<int64_t> leases;
  for (const FoundRow& row : salvage::NewestOfEachKey(haul.content, haul.rows)) {
    const mvcc::KeyRow content = haul.content.Content(row);
    if (!row.at.tombstone && content.kv.lease != 0) leases.insert(content.kv.lease);
  }
  return leases;
}

void Choose(const Options& options, Haul& haul) {
  for (const FoundRow& row : haul.content.rows()) {
    const bool is_past = haul.outlook.Of(row) == salvage::Standing::kCompacted;
    if (is_past && !options.stale) {
      ++haul.left_out;
    } else {
      haul.rows.push_back(row);
    }
  }
  if (!options.history) haul.rows = salvage::NewestOfEachKey(haul.content, haul.rows);
}

void ReportLostRows(const VerbContext& context, const Haul& haul) {
  const auto is_lost = [&](const FoundRow& row) {
    return row.origin != salvage::Origin::kWal && haul.outlook.Of(row) == salvage::Standing::kLost;
  };
  const auto& rows = haul.content.rows();
  const auto first = std::ranges::find_if(rows, is_lost);
  if (first == rows.end()) return;
  const auto count = static_cast<uint64_t>(std::ranges::count_if(rows, is_lost));
  context.findings.Report({.kind = kLostRows,
                           .file = context.evidence.path,
                           .what = "no tree leads to " + Counted(count, "row", "rows") +
                                   " of bucket key that ought to be there, first revision " +
                                   mvcc::RevisionText(first->at.revision),
                           .consequence = "etcd does not see what was written there, salvage does",
                           .figures = {{"count", count}}});
}

// What only the log has, of all revisions.
std::string LossWithoutLog(const Haul& haul) {
  uint64_t revisions = 0;
  int64_t first = 0;
  int64_t last = 0;
  for (const FoundRow& row : haul.content.rows()) {
    if (row.origin != salvage::Origin::kWal || row.at.revision.main == last) continue;
    last = row.at.revision.main;
    if (revisions++ == 0) first = last;
  }
  if (revisions == 0) return "";
  return "  the pages alone would lose " + Counted(revisions, "revision", "revisions") + ", from " +
         std::to_string(first) + " on\n";
}

// That there is more to be had.
std::string HintAtLog(const VerbContext& context) {
  if (!context.files.has_log()) return "";
  return "  the raft log beside it may hold what the pages lost, and what came later: --with-wal\n";
}

// A log that ends before the database does tells nothing of the small buckets.
void TakeTables(const SalvageLog& log, const salvage::Outlook& outlook,
                salvage::OtherBuckets& others) {
  const uint64_t applied = outlook.consistent_index.value_or(0);
  const uint64_t reached = log.result()->index_last;
  if (reached < applied) return;
  others.TakeFrom(log.tables(), reached > applied,
                  log.result()->start != salvage::LogStart::kAnchored);
}

// "187 rows of key: 180 certain, 7 likely", and what that leaves to be said.
std::string Summary(const VerbContext& context, const Haul& haul) {
  using salvage::Standing;
  std::map<salvage::Confidence, uint64_t> by_confidence;
  std::map<Standing, uint64_t> by_standing;
  for (const FoundRow& row : haul.rows) {
    ++by_confidence[row.confidence];
    ++by_standing[haul.outlook.Of(row)];
  }
  std::string text = Printable(context.options.out) + ": " +
                     (context.options.history
                          ? Counted(haul.rows.size(), "revision of keys", "revisions of keys")
                          : Counted(haul.rows.size(), "key", "keys") + ", the newest row of each");
  for (const auto& [confidence, count] : by_confidence) {
    text += std::string(", ") + std::to_string(count) + " " + salvage::ConfidenceName(confidence);
  }
  text += "\n";
  const auto line = [&](uint64_t count, const char* what) {
    if (count > 0) text += "  " + Counted(count, "row ", "rows ") + what + "\n";
  };
  line(by_standing[Standing::kLost], "not in the tree, where it ought to be");
  line(by_standing[Standing::kLater], "later than the tree's last revision");
  line(by_standing[Standing::kUnknown], "not in the tree: lost, or compacted before");
  line(by_standing[Standing::kCompacted], "compacted: deleted or overwritten since");
  line(haul.left_out, "compacted and left out; --stale writes such rows, too");
  line(haul.conflicts, "on another page with other content, which was not taken");
  const salvage::MissingRevisions missing =
      salvage::FindMissing(haul.compact_revision, haul.content.rows());
  if (missing.count > 0) {
    text += "  " + Counted(missing.count, "revision", "revisions") +
            " above the compaction nowhere to be found, from " + std::to_string(missing.first) +
            " on\n";
  }
  for (const salvage::BucketSource& source : haul.others.sources()) {
    text += "  " + Printable(AsText(source.name)) + ": " + Counted(source.rows, "row", "rows");
    if (source.origin == salvage::Origin::kPrevious) text += " as of the transaction before";
    if (source.origin == salvage::Origin::kWal) text += " by the log";
    if (source.origin == salvage::Origin::kFree) {
      text += " as of consistent index " + std::to_string(source.root.consistent_index) +
              ", listed by page " + std::to_string(source.root.page);
    }
    if (source.rows_likely > 0) {
      text += ", " + std::to_string(source.rows_likely) +
              " of them likely: not in the tree, and keys name them";
    }
    if (!source.is_whole) text += ", others lost";
    text += "\n";
  }
  return text;
}

}  // namespace

Result<void> Salvage(const VerbContext& context) {
  auto place = io::NewPath::Reserve(context.options.out);
  if (!place) return Fail(place.error());
  const bolt::File& file = *context.evidence.bolt;
  const salvage::Outlook outlook = salvage::LookInto(file, context.findings);
  if (!outlook.is_whole) salvage::CheckLiveCopy(file, context.findings);
  const salvage::KeyRows pages(file, [] { return !app::Interrupted(); });
  salvage::OtherBuckets others(file, context.findings);
  std::unique_ptr<SalvageLog> log;
  if (context.options.with_wal) {
    auto applied = SalvageLog::Apply(context, outlook, pages, others);
    if (!applied) return Fail(applied.error());
    log = *std::move(applied);
  }
  const salvage::FromLog* const logged = log ? log->result() : nullptr;
  const auto content = logged ? salvage::Recovered(pages, *logged) : salvage::Recovered(pages);
  if (logged) TakeTables(*log, outlook, others);
  Haul haul{.content = content,
            .others = others,
            .outlook = outlook,
            .rows = {},
            .conflicts = pages.counts().conflicts,
            .compact_revision =
                logged ? logged->store->keys().compact_revision() : outlook.compact_revision};
  ReportLostRows(context, haul);
  Choose(context.options, haul);
  others.FindLeases(file, LeasesNamed(haul));
  if (app::Interrupted()) return FailInterrupted();
  if (auto written = Write(context, haul, place->part_path()); !written) return written;
  if (app::Interrupted()) return FailInterrupted();
  if (auto named = place->Commit(); !named) return named;
  context.out.Write(Summary(context, haul) + LossWithoutLog(haul) +
                    (log ? log->Summary() : HintAtLog(context)));
  return {};
}

}  // namespace etcdf::dump_db
