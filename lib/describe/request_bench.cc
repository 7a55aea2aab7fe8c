// What it costs to understand one request and to print it, as text and as JSON. The request is the
// one that fills most logs: a put of 100 bytes, mostly printable.
#include <benchmark/benchmark.h>

#include <string>

#include "describe/go_text.h"
#include "describe/json.h"
#include "output/json_writer.h"
#include "raft/payload.h"
#include "testing/proto_writer.h"

namespace etcdf::describe {
namespace {

using testing::ProtoWriter;

const std::string& PutPayload() {
  static const std::string payload = [] {
    std::string value = "k8s";
    value += '\0';
    for (size_t i = value.size(); i < 100; ++i) {
      value += i % 25 == 0 ? '\n' : static_cast<char>('a' + i % 26);
    }
    return ProtoWriter()
        .Bytes(4,
               ProtoWriter().Bytes(1, "/registry/pods/default/name-000123").Bytes(2, value).bytes())
        .Bytes(100, ProtoWriter().Number(1, 0x694d'9b71'92b4'0001).bytes())
        .bytes();
  }();
  return payload;
}

void DecodePut(benchmark::State& state) {
  raft::Payload payload;
  for (auto _ : state) benchmark::DoNotOptimize(payload.Decode(AsBytes(PutPayload())));
}
BENCHMARK(DecodePut);

void PrintPutAsText(benchmark::State& state) {
  raft::Payload payload;
  payload.Decode(AsBytes(PutPayload()));
  std::string out;
  for (auto _ : state) {
    out.clear();
    AppendGoText(out, payload.message(), {});
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(out.size()));
}
BENCHMARK(PrintPutAsText);

void PrintPutAsJson(benchmark::State& state) {
  raft::Payload payload;
  payload.Decode(AsBytes(PutPayload()));
  std::string out;
  output::JsonWriter json(out);
  for (auto _ : state) {
    out.clear();
    WriteJson(json, payload.message(), {});
    json.EndLine();
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(out.size()));
}
BENCHMARK(PrintPutAsJson);

}  // namespace
}  // namespace etcdf::describe
