#include "dump-db/verbs.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {

// The text is that of `bbolt info` (bbolt v1.4.3, cmd/bbolt/main.go).
Result<void> Info(const VerbContext& context) {
  const bolt::File& file = *context.evidence.bolt;
  std::string text;
  switch (context.options.format) {
    case Format::kJson: {
      output::JsonWriter json(text);
      json.BeginObject();
      json.Uint("page_size", file.page_size());
      json.Uint("file_size", file.bytes().size());
      json.EndObject();
      json.EndLine();
      break;
    }
    case Format::kCsv:
      text = "page_size,file_size\r\n" + std::to_string(file.page_size()) + "," +
             std::to_string(file.bytes().size()) + "\r\n";
      break;
    default: text = "Page Size: " + std::to_string(file.page_size()) + "\n";
  }
  context.out.Write(text);
  return {};
}

}  // namespace etcdf::dump_db
