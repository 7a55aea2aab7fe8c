// What applying a log costs, decoding included. The log is made by generate-wal:
//
//     ETCDF_BENCH_LOG=DATA_DIR etcdf_apply_bench
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "apply/member_store.h"
#include "base/finding.h"
#include "io/data_dir.h"
#include "replay/replay.h"
#include "wal/log.h"

namespace etcdf::replay {
namespace {

void BM_Replay(benchmark::State& state, apply::KeyStore::History history, bool settles) {
  const char* const path = std::getenv("ETCDF_BENCH_LOG");
  const auto dir = io::FindDataDir(path != nullptr ? path : "");
  FindingList findings;
  auto log = wal::Log::Open(dir ? *dir : io::DataDir(), std::nullopt, findings);
  if (!log) {
    state.SkipWithError("ETCDF_BENCH_LOG names no data dir");
    return;
  }
  log->Scan(findings);
  uint64_t entries = 0;
  for (auto _ : state) {
    apply::MemberStore store(apply::RulesOf({3, 4, 23}), history);
    ForEachEntry(*log, {}, [&](const wire::Entry& entry) {
      benchmark::DoNotOptimize(store.Apply(entry));
      if (settles) store.Settle();
      ++entries;
      return true;
    });
    state.counters["revision"] = static_cast<double>(store.keys().current_revision());
  }
  state.SetItemsProcessed(static_cast<int64_t>(entries));
}
BENCHMARK_CAPTURE(BM_Replay, undoable, apply::KeyStore::History::kKept, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Replay, settled, apply::KeyStore::History::kKept, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Replay, live_only, apply::KeyStore::History::kDropped, true)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace etcdf::replay
