#include "mvcc/hash.h"

#include "base/escape.h"
#include "dump-db/store.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {

// The text is that of etcd-dump-db 3.6.9 (tools/etcd-dump-db/main.go, getHashCommandFunc).
Result<void> Hash(const VerbContext& context) {
  const auto computed = mvcc::HashBackend(StoreOf(context), mvcc::IgnoredSince36());
  const std::string hash = computed.is_whole ? std::to_string(computed.hash) : "-";
  std::string text;
  switch (context.options.format) {
    case Format::kJson: {
      output::JsonWriter json(text);
      json.BeginObject();
      json.Raw("hash", computed.is_whole ? hash : "null");
      json.EndObject();
      json.EndLine();
      break;
    }
    case Format::kCsv: text = "hash\r\n" + hash + "\r\n"; break;
    default: text = "db path: " + Printable(context.evidence.path) + "\nHash: " + hash + "\n";
  }
  context.out.Write(text);
  return {};
}

}  // namespace etcdf::dump_db
