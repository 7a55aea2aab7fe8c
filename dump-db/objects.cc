// The verb objects: what of Kubernetes is stored, as kubectl would show it.
#include <limits>
#include <string>

#include "base/escape.h"
#include "dump-db/object_lines.h"
#include "dump-db/print_parts.h"
#include "dump-db/store.h"
#include "mvcc/live_rows.h"
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

Result<void> PrintState(const VerbContext& context, const objects::Tools& tools) {
  const mvcc::Store store = StoreOf(context);
  const auto revision = mvcc::ReadStatus(store).ReadRevision(context.options.revision.value_or(0));
  if (!revision) return Fail(revision.error());
  const mvcc::LiveRows live = mvcc::FindLiveRows(store, *revision);
  ObjectLines objects(context, tools, context.findings);
  LineWriter lines(context.out);
  mvcc::VisitSorted(
      store, live, mvcc::RowOrder::kByKey,
      [&](const mvcc::KeyValue& kv) { return AsText(kv.key).starts_with(context.options.prefix); },
      [&](const mvcc::KeyRow& row) {
        objects.Append(lines.text, row);
        return lines.EndLine();
      });
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
