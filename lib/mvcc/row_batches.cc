#include "mvcc/row_batches.h"

#include <vector>

#include "base/threads.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::mvcc {

void VisitInBatches(const Store& store, const std::function<bool(std::span<const KeyRow>)>& visit,
                    size_t batch_rows) {
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (!bucket) return;
  std::vector<KeyRow> batch;
  batch.reserve(batch_rows);
  bool on = true;
  const auto hand_over = [&] {
    if (on && !batch.empty()) on = visit(batch);
    batch.clear();
  };
  ForEachPart(
      *bucket, store.findings,
      [&](PartScan& part) {
        for (auto rows = part.Next(); on && !rows.empty(); rows = part.Next()) {
          for (const backend::Row& each : rows) {
            const auto row = DecodeKeyRow(each, store.file, part.findings());
            if (row) batch.push_back(*row);
            if (batch.size() == batch_rows) hand_over();
          }
        }
      },
      Cores::kOne);
  hand_over();
}

void WorkInSlices(size_t count, const std::function<void(const Slice&)>& work) {
  const size_t slices = SliceCount();
  RunOnThreads(slices, slices, [&](size_t i) {
    const Slice slice{.ordinal = i, .begin = count * i / slices, .end = count * (i + 1) / slices};
    if (slice.begin < slice.end) work(slice);
  });
}

size_t SliceCount() { return CoreCount(); }

}  // namespace etcdf::mvcc
