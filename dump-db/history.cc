#include "base/escape.h"
#include "describe/value.h"
#include "dump-db/object_lines.h"
#include "dump-db/row_text.h"
#include "dump-db/store.h"
#include "mvcc/key_history.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

// put 217 create=12 version=3 lease=0 size=5 value="hello"
void AppendText(std::string& text, const mvcc::HistoryRow& each,
                const output::ValueFormat& values) {
  const mvcc::KeyValue& kv = each.row.kv;
  const bool tombstone = each.row.at.tombstone;
  if (each.is_cut) text += "(compacted: what came before)\n";
  text += tombstone ? "delete " : "put ";
  text += mvcc::RevisionText(each.row.at.revision);
  if (!tombstone) {
    text += " create=" + std::to_string(kv.create_revision) +
            " version=" + std::to_string(kv.version) +
            " lease=" + HexId(static_cast<uint64_t>(kv.lease)) +
            " size=" + std::to_string(kv.value.size());
    if (!describe::LeavesOut(values)) {
      text += " value=";
      describe::AppendValue(text, kv.value, values, AppendQuoted);
    }
  }
  text += '\n';
}

void AppendJson(std::string& text, const mvcc::HistoryRow& each, RowLines& rows) {
  output::JsonWriter json(text);
  json.BeginObject();
  json.Uint("generation", each.generation);
  if (each.is_cut) json.Bool("compacted_before", true);
  rows.WriteJson(json, each.row);
  json.EndObject();
  json.EndLine();
}

}  // namespace

// Oldest first. In text a blank line parts the lives of a key that was deleted and came back.
Result<void> History(const VerbContext& context) {
  const Options& options = context.options;
  const auto tools = objects::Tools::Load(DecoderOptionsOf(options));
  if (!tools) return Fail(tools.error());
  RowLines rows(context, *tools);
  LineWriter lines(context.out);
  if (options.format == Format::kCsv) lines.text = std::string(kKeyRowCsvTitles) + "\r\n";
  uint64_t generation = 0;
  mvcc::VisitHistory(StoreOf(context), AsBytes(options.key), [&](const mvcc::HistoryRow& each) {
    const bool comes_back = generation > 0 && each.generation > generation;
    generation = each.generation;
    switch (options.format) {
      case Format::kJson: AppendJson(lines.text, each, rows); break;
      case Format::kYaml: rows.AppendYaml(lines.text, each.row); break;
      case Format::kCsv:
        AppendKeyRowCsv(lines.text, each.row, options.values);
        lines.text += "\r\n";
        break;
      default:
        if (comes_back) lines.text += '\n';
        AppendText(lines.text, each, options.values);
    }
    return lines.EndLine();
  });
  if (generation > 0) return {};
  return Fail({.code = ErrorCode::kNotFound,
               .what = "no revision of this key is stored",
               .subject = options.key});
}

}  // namespace etcdf::dump_db
