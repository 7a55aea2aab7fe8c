#include "dump-db/bolt_pages.h"

#include <atomic>

#include "mvcc/parallel_scan.h"

namespace etcdf::dump_db {

Result<std::unique_ptr<bolt::Database>> OpenBolt(const VerbContext& context) {
  mvcc::UnheardFindings unheard;
  return bolt::Database::Open(*context.evidence.bolt, context.options.meta, unheard);
}

std::vector<std::optional<uint64_t>> ReadAllRows(const bolt::Database& database,
                                                 FindingSink& findings) {
  std::vector<std::optional<uint64_t>> counts;
  for (const Bytes name : database.bucket_names()) {
    std::atomic<uint64_t> rows = 0;
    const auto count = [&](mvcc::PartScan& part) {
      for (size_t read = part.Next().size(); read != 0; read = part.Next().size()) rows += read;
    };
    const bool is_whole = mvcc::ForEachPart(*database.Open(name), findings, count);
    counts.push_back(is_whole ? std::optional(rows.load()) : std::nullopt);
  }
  return counts;
}

void WriteMetaJson(output::JsonWriter& json, const bolt::Meta& meta) {
  json.Text("state", bolt::MetaStateText(meta.state));
  if (meta.state == bolt::MetaState::kAbsent) return;
  json.Uint("version", meta.version);
  json.Uint("page_size", meta.page_size);
  json.Uint("flags", meta.flags);
  json.Uint("root", meta.root);
  json.Name("freelist");
  if (meta.freelist == bolt::kNoFreelist) {
    json.Null();
  } else {
    json.Uint(meta.freelist);
  }
  json.Uint("high_water", meta.high_water);
  json.Uint("txid", meta.txid);
  json.HexId("checksum", meta.checksum);
  json.HexId("computed_checksum", meta.computed_checksum);
}

}  // namespace etcdf::dump_db
