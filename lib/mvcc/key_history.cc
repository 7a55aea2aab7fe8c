#include "mvcc/key_history.h"

#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::mvcc {
namespace {

// Tells a key's generations apart as its rows go by.
class Generations {
 public:
  HistoryRow Next(const KeyRow& row) {
    HistoryRow placed{.row = row};
    const bool begins = !open_;
    if (begins) ++number_;
    placed.generation = number_;
    // A put that creates has version 1; a tombstone ends what a put must have begun.
    placed.is_cut = begins && (row.at.tombstone || row.kv.version > 1);
    open_ = !row.at.tombstone;
    return placed;
  }

 private:
  uint64_t number_ = 0;
  bool open_ = false;
};

}  // namespace

void VisitHistory(const Store& store, Bytes key,
                  const std::function<bool(const HistoryRow&)>& visit) {
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (!bucket) return;
  Generations generations;
  bool on = true;
  ForEachPart(
      *bucket, store.findings,
      [&](PartScan& part) {
        for (auto rows = part.Next(); on && !rows.empty(); rows = part.Next()) {
          for (const backend::Row& each : rows) {
            const auto row = DecodeKeyRow(each, store.file, part.findings());
            if (row && Equal(row->kv.key, key)) on = on && visit(generations.Next(*row));
          }
        }
      },
      Cores::kOne);
}

std::optional<KeyRow> FindAt(const Store& store, Bytes key, int64_t revision) {
  std::optional<KeyRow> newest;
  VisitHistory(store, key, [&](const HistoryRow& each) {
    if (each.row.at.revision.main > revision) return false;
    newest = each.row;
    return true;
  });
  if (newest && newest->at.tombstone) return std::nullopt;
  return newest;
}

}  // namespace etcdf::mvcc
