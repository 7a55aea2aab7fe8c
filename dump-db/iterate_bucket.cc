#include <array>
#include <vector>

#include "app/process.h"
#include "dump-db/print_parts.h"
#include "dump-db/row_text.h"
#include "dump-db/verbs.h"

namespace etcdf::dump_db {
namespace {

// The whole bucket, last row first. The database gives a part's rows forwards, so they are held
// while they are turned round.
void ShowAll(const VerbContext& context, const backend::Bucket& bucket) {
  PrintParts(context, bucket, Direction::kBackwards, context.out, [&](const PrintedPart& part) {
    std::vector<backend::Row> rows;
    std::array<backend::Row, 256> batch;
    while (const size_t read = part.scan.Next(batch)) {
      rows.insert(rows.end(), batch.begin(), batch.begin() + static_cast<ptrdiff_t>(read));
    }
    RowPrinter printer(context.options.bucket, context.options, context.evidence.path,
                       part.findings);
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      printer.Append(part.text.text, *row);
      if (app::Interrupted()) part.text.Cancel();
      if (!part.text.Checkpoint()) return;
    }
  });
}

// The last `limit` rows, last row first.
void ShowLast(const VerbContext& context, const backend::Bucket& bucket) {
  RowPrinter printer(context.options.bucket, context.options, context.evidence.path,
                     context.findings);
  const auto cursor = bucket.NewCursor(context.findings);
  std::string text;
  uint64_t shown = 0;
  for (bool there = cursor->Last(); there && shown < context.options.limit;
       there = cursor->Prev(), ++shown) {
    text.clear();
    printer.Append(text, cursor->row());
    if (app::Interrupted() || !context.out.Write(text)) return;
  }
}

}  // namespace

// Upstream walks backwards, too.
Result<void> IterateBucket(const VerbContext& context) {
  const Options& options = context.options;
  const auto bucket = context.evidence.database->Open(AsBytes(options.bucket));
  if (!bucket) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "the database has no such bucket; list-bucket shows those it has",
                 .subject = options.bucket});
  }
  context.out.Write(RowPrinter::Header(options.bucket, options));
  if (options.limit > 0) {
    ShowLast(context, *bucket);
  } else {
    ShowAll(context, *bucket);
  }
  return {};
}

}  // namespace etcdf::dump_db
