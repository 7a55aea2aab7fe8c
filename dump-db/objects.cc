// The verb objects: what of Kubernetes is stored, as kubectl would show it.
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/escape.h"
#include "dump-db/object_lines.h"
#include "dump-db/print_parts.h"
#include "dump-db/store.h"
#include "mvcc/live_rows.h"
#include "mvcc/row_batches.h"
#include "mvcc/schema.h"
#include "mvcc/sorted_rows.h"
#include "mvcc/status.h"
#include "objects/decoder.h"

namespace etcdf::dump_db {
namespace {

// Every stored revision, in order.
void PrintHistory(const VerbContext& context, const objects::Tools& tools) {
  const auto bucket = context.evidence.database->Open(AsBytes(mvcc::kKeyBucket));
  if (!bucket) return;
  const int64_t last = context.options.revision.value_or(std::numeric_limits<int64_t>::max());
  PrintParts(context, *bucket, Direction::kForwards, context.out, [&](const PrintedPart& part) {
    ObjectLines lines(context, tools, part.findings);
    std::array<backend::Row, 64> rows;
    while (const size_t read = part.scan.Next(rows)) {
      for (const backend::Row& row : std::span(rows).first(read)) {
        const auto decoded = mvcc::DecodeKeyRow(row, context.evidence.path, part.findings);
        if (decoded && decoded->at.revision.main <= last) lines.Append(part.text.text, *decoded);
      }
      if (app::Interrupted()) part.text.Cancel();
      if (!part.text.Checkpoint()) return;
    }
  });
}

// Prints rows as they come, some at a time on all cores, in their order.
class StatePrinter {
 public:
  StatePrinter(const VerbContext& context, const objects::Tools& tools)
      : context_(context), tools_(tools) {
    for (size_t i = 0; i < mvcc::SliceCount(); ++i) {
      workers_.push_back(std::make_unique<Worker>(context, tools));
    }
  }

  // False when nobody reads any more, or the user has had enough: stop.
  bool Add(const mvcc::KeyRow& row) {
    rows_.push_back(row);
    value_bytes_ += row.kv.value.size();
    return (rows_.size() < kMostRows && value_bytes_ < kMostBytes) || Print();
  }
  // What was added since it last printed.
  bool Print() {
    mvcc::WorkInSlices(rows_.size(), [&](const mvcc::Slice& slice) {
      Worker& worker = *workers_[slice.ordinal];
      for (size_t i = slice.begin; i < slice.end; ++i) worker.lines.Append(worker.text, rows_[i]);
    });
    rows_.clear();
    value_bytes_ = 0;
    bool goes_on = !app::Interrupted();
    for (const auto& worker : workers_) {
      goes_on = goes_on && context_.out.Write(worker->text);
      worker->text.clear();
      worker->findings.PassOn(tools_, context_.findings);
    }
    return goes_on;
  }

 private:
  static constexpr size_t kMostRows = 1 << 12;
  static constexpr size_t kMostBytes = 8 << 20;

  struct Worker {
    Worker(const VerbContext& context, const objects::Tools& tools)
        : lines(context, tools, findings) {}
    objects::HeldFindings findings;
    ObjectLines lines;
    std::string text;
  };

  const VerbContext& context_;
  const objects::Tools& tools_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<mvcc::KeyRow> rows_;
  size_t value_bytes_ = 0;
};

Result<void> PrintState(const VerbContext& context, const objects::Tools& tools) {
  const mvcc::Store store = StoreOf(context);
  const auto revision = mvcc::ReadStatus(store).ReadRevision(context.options.revision.value_or(0));
  if (!revision) return Fail(revision.error());
  const mvcc::LiveRows live = mvcc::FindLiveRows(store, *revision);
  StatePrinter printer(context, tools);
  mvcc::VisitSorted(
      store, live, mvcc::RowOrder::kByKey,
      [&](const mvcc::KeyValue& kv) { return AsText(kv.key).starts_with(context.options.prefix); },
      [&](const mvcc::KeyRow& row) { return printer.Add(row); });
  printer.Print();
  return {};
}

}  // namespace

Result<void> Objects(const VerbContext& context) {
  const auto tools = objects::Tools::Load(DecoderOptionsOf(context.options));
  if (!tools) return Fail(tools.error());
  context.out.Write(ObjectLines::Header(context.options.format));
  if (!context.options.history) return PrintState(context, *tools);
  PrintHistory(context, *tools);
  return {};
}

}  // namespace etcdf::dump_db
