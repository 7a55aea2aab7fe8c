#include "base/escape.h"
#include "dump-db/verbs.h"
#include "output/csv.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {

// Text is upstream's: a name as it stands, a line each. Unlike upstream's, a name that steers a
// terminal is escaped.
Result<void> ListBucket(const VerbContext& context) {
  std::string text;
  if (context.options.format == Format::kCsv) text += "bucket\r\n";
  for (const Bytes name : context.evidence.database->bucket_names()) {
    switch (context.options.format) {
      case Format::kJson: {
        output::JsonWriter json(text);
        json.BeginObject();
        json.Bytes("bucket", name);
        json.EndObject();
        json.EndLine();
        break;
      }
      case Format::kCsv: output::AppendCsvRow(text, {Printable(AsText(name))}); break;
      default: text += Printable(AsText(name)) + "\n";
    }
  }
  context.out.Write(text);
  return {};
}

}  // namespace etcdf::dump_db
