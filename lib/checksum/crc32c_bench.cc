// What a checksum costs by the length of its input: WAL records are some 180 bytes long, the keys
// of a key space hash 17, the segments that cores sum up apart 64 MB.
#include "checksum/crc32c.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace etcdf {
namespace {

void Lengths(benchmark::internal::Benchmark* benchmark) {
  for (const int64_t length_bytes : {17, 32, 64, 100, 180, 256, 512, 4096, 1 << 20}) {
    benchmark->Arg(length_bytes);
  }
}

// A chain: no call can start before the last one has ended.
void Crc32cExtendChained(benchmark::State& state) {
  const std::vector<uint8_t> input(static_cast<size_t>(state.range(0)), 0xa5);
  uint32_t crc = 0;
  for (auto _ : state) {
    crc = Crc32cExtend(crc, input);
    benchmark::DoNotOptimize(crc);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Crc32cExtendChained)->Apply(Lengths);

// Each input from a known seed, as when a record is checked against the checksum stored in the one
// before it: the processor may overlap the calls.
void Crc32cExtendIndependent(benchmark::State& state) {
  const std::vector<uint8_t> input(static_cast<size_t>(state.range(0)), 0xa5);
  uint32_t seed = 0;
  for (auto _ : state) {
    uint32_t crc = Crc32cExtend(++seed, input);
    benchmark::DoNotOptimize(crc);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Crc32cExtendIndependent)->Apply(Lengths);

void Crc32cCombineTwoParts(benchmark::State& state) {
  const auto length_b = static_cast<uint64_t>(state.range(0));
  uint32_t crc = 0x12345678;
  for (auto _ : state) {
    crc = Crc32cCombine(crc, 0x9abcdef0, length_b);
    benchmark::DoNotOptimize(crc);
  }
}
BENCHMARK(Crc32cCombineTwoParts)->Arg(180)->Arg(4096)->Arg(64'000'000);

}  // namespace
}  // namespace etcdf
