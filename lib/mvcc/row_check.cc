#include "mvcc/row_check.h"

#include <string>

#include "mvcc/findings.h"
#include "mvcc/key_row.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::mvcc {
namespace {

// What is wrong with the row, or null.
const char* Contradiction(const KeyRow& row) {
  const KeyValue& kv = row.kv;
  if (row.at.tombstone) return nullptr;
  if (kv.mod_revision != row.at.revision.main) return "it was modified at another revision";
  if (kv.create_revision < 1 || kv.create_revision > kv.mod_revision) {
    return "it was created after it was modified, or never";
  }
  if (kv.version < 1 || (kv.version == 1) != (kv.create_revision == kv.mod_revision)) {
    return "its version does not go with its create revision";
  }
  return nullptr;
}

}  // namespace

void CheckRows(const Store& store) {
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (!bucket) return;
  ForEachPart(*bucket, store.findings, [&](PartScan& part) {
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& stored : rows) {
        const auto row = DecodeKeyRow(stored, store.file, part.findings());
        if (!row || stored.value.empty()) continue;
        const char* const wrong = Contradiction(*row);
        if (wrong == nullptr) continue;
        const KeyValue& kv = row->kv;
        part.findings().Report(
            {.kind = kRowContradiction,
             .file = store.file,
             .what =
                 "the row of revision " + RevisionText(row->at.revision) + " contradicts itself: " +
                 wrong + " (create " + std::to_string(kv.create_revision) + ", mod " +
                 std::to_string(kv.mod_revision) + ", version " + std::to_string(kv.version) + ")",
             .consequence = "bits flipped in it, or it was not written by etcd",
             .figures = {{"revision", static_cast<uint64_t>(row->at.revision.main)}}});
      }
    }
  });
}

}  // namespace etcdf::mvcc
