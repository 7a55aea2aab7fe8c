#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "app/process.h"
#include "dump-db/row_text.h"
#include "dump-db/verbs.h"
#include "output/ordered.h"

namespace etcdf::dump_db {
namespace {

// The rows of a part are held while they are turned round, 40 bytes each.
constexpr uint64_t kPartBytes = uint64_t{1} << 20;

// The whole bucket, last row first, on all cores. The database gives its parts forwards: part 0 of
// the output is the last of them, read to its end and printed from there.
class ReverseWalk {
 public:
  ReverseWalk(const VerbContext& context, const backend::Bucket& bucket) : context_(context) {
    const uint64_t parts = context.evidence.database->size_bytes() / kPartBytes + 1;
    scans_ = bucket.Split(static_cast<size_t>(parts), context.findings);
    findings_.resize(scans_.size());
  }

  void Show() {
    const size_t cores = std::max(1U, std::thread::hardware_concurrency());
    output::OrderedParts parts(context_.out, scans_.size());
    parts.Run(std::min(cores, scans_.size()), [this] {
      return [this, rows = std::vector<backend::Row>()](output::OrderedParts::Part& part) mutable {
        ShowPart(rows, part);
      };
    });
    for (const FindingList& list : findings_) {
      for (const Finding& finding : list.findings()) context_.findings.Report(finding);
    }
  }

 private:
  void ShowPart(std::vector<backend::Row>& rows, output::OrderedParts::Part& part) {
    const size_t ordinal = scans_.size() - 1 - part.ordinal();
    const std::unique_ptr<backend::Scan> scan = std::move(scans_[ordinal]);
    FindingList& findings = findings_[ordinal];
    rows.clear();
    std::array<backend::Row, 256> batch;
    while (const size_t read = scan->Next(batch)) {
      rows.insert(rows.end(), batch.begin(), batch.begin() + static_cast<ptrdiff_t>(read));
    }
    for (const Finding& finding : scan->findings().findings()) findings.Report(finding);
    RowPrinter printer(context_.options.bucket, context_.options, context_.evidence.path, findings);
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      printer.Append(part.text, *row);
      if (app::Interrupted()) part.Cancel();
      if (!part.Checkpoint()) return;
    }
  }

  const VerbContext& context_;
  std::vector<std::unique_ptr<backend::Scan>> scans_;
  std::vector<FindingList> findings_;  // of each scan and its rows
};

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
    ReverseWalk(context, *bucket).Show();
  }
  return {};
}

}  // namespace etcdf::dump_db
