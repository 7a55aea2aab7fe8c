// How fast stored values become objects: those of testdata/kubernetes/api-server.test.
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/escape.h"
#include "kubernetes/object.h"
#include "kubernetes/print.h"
#include "kubernetes/redaction.h"

namespace etcdf::kubernetes {
namespace {

const std::vector<std::vector<uint8_t>>& Values() {
  static const auto values = [] {
    std::vector<std::vector<uint8_t>> read;
    std::ifstream lines("testdata/kubernetes/api-server.test");
    for (std::string line; std::getline(lines, line);) {
      constexpr std::string_view kForm = "base64 ";
      if (!line.starts_with(kForm)) continue;
      if (!DecodeBase64(std::string_view(line).substr(kForm.size()), read.emplace_back())) {
        read.pop_back();
      }
    }
    return read;
  }();
  return values;
}

template <typename Work>
void ForAll(benchmark::State& state, Work work) {
  uint64_t bytes = 0;
  for (const auto& value : Values()) bytes += value.size();
  if (bytes == 0) return state.SkipWithError("run it from the root of the tree");
  for (auto _ : state) {
    for (const auto& value : Values()) work(value);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * Values().size()));
}

void ToJson(benchmark::State& state) {
  ObjectReader reader;
  std::string text;
  ForAll(state, [&](Bytes value) {
    text.clear();
    reader.Read(value, Extent::kPrinted);
    CloseLeaves(reader.document(), Disclosure::kSecretsClosed);
    AppendJson(text, reader.document().root(), {});
    benchmark::DoNotOptimize(text.data());
  });
}
BENCHMARK(ToJson);

void ToYaml(benchmark::State& state) {
  ObjectReader reader;
  std::string text;
  ForAll(state, [&](Bytes value) {
    text.clear();
    reader.Read(value);
    AppendYaml(text, reader.document().root(), {});
    benchmark::DoNotOptimize(text.data());
  });
}
BENCHMARK(ToYaml);

void ToSummary(benchmark::State& state) {
  ObjectReader reader;
  ForAll(state, [&](Bytes value) {
    reader.Read(value, Extent::kMetadata);
    benchmark::DoNotOptimize(SummaryOf(reader.document()));
  });
}
BENCHMARK(ToSummary);

}  // namespace
}  // namespace etcdf::kubernetes
