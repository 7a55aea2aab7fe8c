#include "apply/stored_row.h"

#include "wire/writer.h"

namespace etcdf::apply {

StoredRow StoredRowOf(const mvcc::KeyRow& row) {
  return {.revision = row.at.revision,
          .key = row.kv.key,
          .value = row.kv.value,
          .create_revision = row.kv.create_revision,
          .version = row.kv.version,
          .lease = row.kv.lease,
          .tombstone = row.at.tombstone};
}

std::string EncodeRowKey(const StoredRow& row) {
  std::string key;
  wire::AppendBe64(key, static_cast<uint64_t>(row.revision.main));
  key += '_';
  wire::AppendBe64(key, static_cast<uint64_t>(row.revision.sub));
  if (row.tombstone) key += 't';
  return key;
}

bool IsBump(const StoredRow& row) {
  return !row.tombstone && row.key.empty() && row.version == 0 && row.create_revision == 0;
}

std::string EncodeRowValue(const StoredRow& row) {
  if (IsBump(row)) return {};
  wire::Writer message;
  message.Text(1, AsText(row.key));
  if (!row.tombstone) {
    message.Number(2, static_cast<uint64_t>(row.create_revision));
    message.Number(3, static_cast<uint64_t>(row.revision.main));
    message.Number(4, static_cast<uint64_t>(row.version));
    message.Text(5, AsText(row.value));
    message.Number(6, static_cast<uint64_t>(row.lease));
  }
  return message.Take();
}

}  // namespace etcdf::apply
