// What it costs to print an entry's request, once decoded and from its bytes on.
#include "describe/go_text.h"

#include <benchmark/benchmark.h>

#include <string>

#include "describe/json.h"
#include "raft/payload.h"
#include "testing/proto_writer.h"

namespace etcdf::describe {
namespace {

using testing::ProtoWriter;

// A put of 16 + 100 bytes, the request that fills most logs. The value's bytes repeat `pattern`.
std::string PutRequest(std::string_view pattern) {
  std::string value;
  while (value.size() < 100) value += pattern;
  value.resize(100);
  ProtoWriter put;
  put.Bytes(1, "registry/pods/17").Bytes(2, value).Number(3, 0x32695f2a1c0d4e03);
  ProtoWriter header;
  header.Number(1, 0x2e87a1f9498ffa05);
  return ProtoWriter().Bytes(4, put.bytes()).Bytes(100, header.bytes()).bytes();
}

void DecodeAndPrint(benchmark::State& state, const std::string& request) {
  raft::Payload payload;
  std::string text;
  for (auto _ : state) {
    text.clear();
    payload.Decode(AsBytes(request));
    AppendGoText(text, payload.message(), {});
    benchmark::DoNotOptimize(text.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(request.size()));
}
BENCHMARK_CAPTURE(DecodeAndPrint, PlainValue, PutRequest("value"));
BENCHMARK_CAPTURE(DecodeAndPrint, BinaryValue, PutRequest("\x01\xff"));

void PrintJson(benchmark::State& state, const std::string& request) {
  raft::Payload payload;
  payload.Decode(AsBytes(request));
  std::string text;
  output::JsonWriter json(text);
  for (auto _ : state) {
    text.clear();
    WriteJson(json, payload.message(), {});
    json.EndLine();
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK_CAPTURE(PrintJson, PlainValue, PutRequest("value"));
BENCHMARK_CAPTURE(PrintJson, BinaryValue, PutRequest("\x01\xff"));

}  // namespace
}  // namespace etcdf::describe
