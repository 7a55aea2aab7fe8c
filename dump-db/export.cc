#include "dump-db/export.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "app/process.h"
#include "base/counted.h"
#include "base/escape.h"
#include "dump-db/object_lines.h"
#include "dump-db/redacting_target.h"
#include "dump-db/row_target.h"
#include "dump-db/selection.h"
#include "io/new_file.h"
#include "io/new_path.h"

namespace etcdf::dump_db {
namespace {

bool IsFile(const std::string& path) {
  struct stat state {};
  return stat(path.c_str(), &state) == 0 && S_ISREG(state.st_mode);
}

// A target that is made from nothing, and named when it is whole.
Result<ExportCount> ExportNew(const VerbContext& context) {
  auto path = io::NewPath::Reserve(context.options.out);
  if (!path) return Fail(path.error());
  const auto write_rows = [&](Result<std::unique_ptr<RowTarget>> target) -> Result<ExportCount> {
    if (!target) return Fail(std::move(target).error());
    if (!context.options.values.redact) return ExportRows(context, **target);
    const auto tools = objects::Tools::Load(DecoderOptionsOf(context.options));
    if (!tools) return Fail(tools.error());
    return ExportRows(context, *NewRedacting(*tools, *std::move(target)));
  };
  const auto write = [&]() -> Result<ExportCount> {
    switch (context.options.target) {
      case ExportTarget::kLmdb: return write_rows(NewLmdb(path->part_path()));
      case ExportTarget::kSnapshot: return write_rows(NewSnapshot(path->part_path()));
      case ExportTarget::kJson: return ExportJson(context, path->part_path());
      case ExportTarget::kCsv: return ExportCsv(context, path->part_path());
      case ExportTarget::kSqlite: return ExportSqlite(context, path->part_path(), true);
      case ExportTarget::kFile:
      case ExportTarget::kYaml: break;  // see Export
    }
    return Fail({.code = ErrorCode::kUsage, .what = "no such target"});
  };
  auto count = write();
  if (!count) return count;
  if (auto named = path->Commit(); !named) return Fail(named.error());
  return count;
}

}  // namespace

tl::unexpected<Error> FailInterrupted() {
  return Fail({.code = ErrorCode::kIo, .what = "interrupted"});
}

Result<void> ForEachBatch(const VerbContext& context, Bytes bucket_name, const TakeRows& take) {
  const auto bucket = context.evidence.database->Open(bucket_name);
  if (!bucket) return {};  // damaged; the database has reported it
  std::array<backend::Row, 256> rows;
  for (const auto& scan : bucket->Split(1, context.findings)) {
    while (const size_t count = scan->Next(rows)) {
      if (app::Interrupted()) return FailInterrupted();
      // A bucket within the bucket is none of etcd's, and has been reported.
      const auto removed =
          std::remove_if(rows.begin(), rows.begin() + static_cast<ptrdiff_t>(count),
                         [](const backend::Row& row) { return row.is_bucket; });
      const auto left = static_cast<size_t>(removed - rows.begin());
      if (auto taken = take(std::span(rows).first(left)); !taken) return taken;
    }
    for (const Finding& finding : scan->findings().findings()) context.findings.Report(finding);
  }
  return {};
}

// A bucket for each bucket, with the same rows: whatever reads the one reads the other.
Result<ExportCount> ExportRows(const VerbContext& context, RowTarget& target) {
  ExportCount count;
  for (const Bytes name : context.evidence.database->bucket_names()) {
    if (auto begun = target.BeginBucket(name); !begun) return Fail(begun.error());
    ++count.buckets;
    const auto copied = ForEachBatch(context, name, [&](auto rows) -> Result<void> {
      for (const backend::Row& row : rows) {
        if (auto done = target.Append(row.key, row.value); !done) return done;
      }
      count.rows += rows.size();
      return {};
    });
    if (!copied) return Fail(copied.error());
  }
  if (auto finished = target.Finish(); !finished) return Fail(finished.error());
  return count;
}

Result<void> ExportFile(const VerbContext& context) {
  auto file = io::NewFile::Create(context.options.out);
  if (!file) return Fail(file.error());
  const auto mapped = context.files.MapFile();
  const bolt::File* const bolt = context.evidence.bolt.get();
  if (bolt == nullptr && !mapped) return Fail(mapped.error());
  const Bytes bytes = bolt != nullptr ? bolt->bytes() : mapped->bytes();
  auto written = file->Append(bytes);
  if (written) written = file->Commit();
  if (!written) return written;
  context.out.Write(Printable(context.options.out) + ": " + Counted(bytes.size(), "byte", "bytes") +
                    " of " + Printable(context.evidence.path) + "\n");
  return {};
}

Result<void> Export(const VerbContext& context) {
  const Options& options = context.options;
  if (WantsSelection(options)) return ExportSelection(context);
  if (options.target == ExportTarget::kFile) return ExportFile(context);
  const bool is_addition = options.target == ExportTarget::kSqlite &&
                           !options.member_name.empty() && IsFile(options.out);
  const auto count = is_addition ? ExportSqlite(context, options.out, false) : ExportNew(context);
  if (!count) return Fail(count.error());
  context.out.Write(Printable(options.out) + ": " + Counted(count->rows, "row", "rows") + " of " +
                    Counted(count->buckets, "bucket", "buckets") + "\n");
  return {};
}

}  // namespace etcdf::dump_db
