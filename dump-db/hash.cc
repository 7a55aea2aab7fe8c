#include "mvcc/hash.h"

#include "base/escape.h"
#include "dump-db/store.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {

// The text is that of etcd-dump-db 3.6.9 (tools/etcd-dump-db/main.go, getHashCommandFunc).
Result<void> Hash(const VerbContext& context) {
  const uint32_t hash = mvcc::HashBackend(StoreOf(context), mvcc::IgnoredSince36());
  std::string text;
  switch (context.options.format) {
    case Format::kJson: {
      output::JsonWriter json(text);
      json.BeginObject();
      json.Uint("hash", hash);
      json.EndObject();
      json.EndLine();
      break;
    }
    case Format::kCsv: text = "hash\r\n" + std::to_string(hash) + "\r\n"; break;
    default:
      text =
          "db path: " + Printable(context.evidence.path) + "\nHash: " + std::to_string(hash) + "\n";
  }
  context.out.Write(text);
  return {};
}

}  // namespace etcdf::dump_db
