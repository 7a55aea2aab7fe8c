#include "base/escape.h"
#include "dump-db/object_lines.h"
#include "dump-db/store.h"
#include "mvcc/live_rows.h"
#include "mvcc/sorted_rows.h"
#include "mvcc/status.h"
#include "output/csv.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

void AppendKey(std::string& text, const mvcc::KeyRow& row, Format format, RowLines& lines) {
  const mvcc::KeyValue& kv = row.kv;
  const std::string lease = kv.lease == 0 ? "" : HexId(static_cast<uint64_t>(kv.lease));
  switch (format) {
    case Format::kJson: {
      output::JsonWriter json(text);
      json.BeginObject();
      json.Bytes("key", kv.key);
      json.Int("create_revision", kv.create_revision);
      json.Int("mod_revision", kv.mod_revision);
      json.Int("version", kv.version);
      if (kv.lease != 0) json.Text("lease", lease);
      json.Uint("value_size", kv.value.size());
      lines.WriteObject(json, row);
      json.EndObject();
      json.EndLine();
      return;
    }
    case Format::kYaml: return lines.AppendYaml(text, row);
    case Format::kCsv:
      output::AppendCsvCell(text, PrintableKey(AsText(kv.key)));
      for (const int64_t number : {kv.create_revision, kv.mod_revision, kv.version}) {
        text += ',' + std::to_string(number);
      }
      text += ',' + lease + ',' + std::to_string(kv.value.size()) + "\r\n";
      return;
    default: text += PrintableKey(AsText(kv.key)) + "\n";
  }
}

}  // namespace

Result<void> Keys(const VerbContext& context) {
  const Options& options = context.options;
  const mvcc::Store store = StoreOf(context);
  const auto revision = mvcc::ReadStatus(store).ReadRevision(options.revision.value_or(0));
  if (!revision) return Fail(revision.error());
  const auto tools = objects::Tools::Load(DecoderOptionsOf(options));
  if (!tools) return Fail(tools.error());
  RowLines rows(context, *tools);
  const mvcc::LiveRows live = mvcc::FindLiveRows(store, *revision);
  LineWriter lines(context.out);
  if (options.format == Format::kCsv) {
    lines.text = "key,create_revision,mod_revision,version,lease,value_size\r\n";
  }
  mvcc::VisitSorted(
      store, live, mvcc::RowOrder::kByKey,
      [&](const mvcc::KeyValue& kv) { return AsText(kv.key).starts_with(options.prefix); },
      [&](const mvcc::KeyRow& row) {
        AppendKey(lines.text, row, options.format, rows);
        return lines.EndLine();
      });
  return {};
}

}  // namespace etcdf::dump_db
