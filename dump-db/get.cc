#include "base/escape.h"
#include "describe/value.h"
#include "dump-db/object_lines.h"
#include "dump-db/row_text.h"
#include "dump-db/store.h"
#include "mvcc/key_history.h"
#include "mvcc/status.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

void AppendPrintable(std::string& out, Bytes bytes) { out += Printable(AsText(bytes)); }

}  // namespace

// Text is that of `etcdctl get`: the key and the value, a line each, but escaped where they would
// not stay on their line.
Result<void> Get(const VerbContext& context) {
  const Options& options = context.options;
  const mvcc::Store store = StoreOf(context);
  const auto revision = mvcc::ReadStatus(store).ReadRevision(options.revision.value_or(0));
  if (!revision) return Fail(revision.error());
  const auto row = mvcc::FindAt(store, AsBytes(options.key), *revision);
  if (!row) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "no such key at this revision; history shows all that is stored of it",
                 .subject = options.key});
  }
  const auto tools = objects::Tools::Load(DecoderOptionsOf(options));
  if (!tools) return Fail(tools.error());
  RowLines lines(context, *tools);
  std::string text;
  switch (options.format) {
    case Format::kJson: {
      output::JsonWriter json(text);
      json.BeginObject();
      lines.WriteJson(json, *row);
      json.EndObject();
      json.EndLine();
      break;
    }
    case Format::kYaml: lines.AppendYaml(text, *row); break;
    case Format::kCsv:
      text = std::string(kKeyRowCsvTitles) + "\r\n";
      AppendKeyRowCsv(text, *row, options.values);
      text += "\r\n";
      break;
    default:
      AppendPrintable(text, row->kv.key);
      text += '\n';
      if (describe::LeavesOut(options.values)) break;
      describe::AppendValue(text, row->kv.value, options.values, AppendPrintable);
      text += '\n';
  }
  context.out.Write(text);
  return {};
}

}  // namespace etcdf::dump_db
