// What it costs to understand one entry: its envelope, and the request in it. The put is the one
// that fills most logs: a key of 16 bytes, a value of 100, 180 bytes in all with the entry around
// it.
#include "raft/message.h"

#include <benchmark/benchmark.h>

#include <string>

#include "raft/key_range.h"
#include "raft/payload.h"
#include "testing/proto_writer.h"
#include "wire/raft_records.h"

namespace etcdf::raft {
namespace {

using testing::ProtoWriter;

std::string Put(std::string_view key) {
  ProtoWriter put;
  put.Bytes(1, key).Bytes(2, std::string(100, 'v')).Number(3, 0x32695f2a1c0d4e03);
  return put.bytes();
}

std::string Header() {
  ProtoWriter header;
  header.Number(1, 0x2e87a1f9498ffa05);
  return header.bytes();
}

std::string PutRequest() {
  ProtoWriter request;
  request.Bytes(4, Put("registry/pods/17")).Bytes(100, Header());
  return request.bytes();
}

// Three compares, three puts, three deletes.
std::string TxnRequest() {
  ProtoWriter txn;
  for (int i = 0; i < 3; ++i) {
    ProtoWriter compare;
    compare.Number(2, 2).Bytes(3, "registry/pods/17").Number(6, 1'000'000);
    txn.Bytes(1, compare.bytes());
  }
  for (int i = 0; i < 3; ++i) {
    txn.Bytes(2, ProtoWriter().Bytes(2, Put("registry/pods/17")).bytes());
  }
  for (int i = 0; i < 3; ++i) {
    ProtoWriter deletion;
    deletion.Bytes(1, "registry/pods/17");
    txn.Bytes(3, ProtoWriter().Bytes(3, deletion.bytes()).bytes());
  }
  ProtoWriter request;
  request.Bytes(6, txn.bytes()).Bytes(100, Header());
  return request.bytes();
}

std::string EntryWith(const std::string& payload) {
  ProtoWriter entry;
  entry.Number(1, 0).Number(2, 2).Number(3, 1'234'567).Bytes(4, payload);
  return entry.bytes();
}

void EntryEnvelope(benchmark::State& state) {
  const std::string entry = EntryWith(PutRequest());
  for (auto _ : state) benchmark::DoNotOptimize(wire::DecodeEntry(AsBytes(entry)));
}
BENCHMARK(EntryEnvelope);

void PayloadOf(benchmark::State& state, const std::string& request) {
  Payload payload;
  for (auto _ : state) benchmark::DoNotOptimize(payload.Decode(AsBytes(request)));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(request.size()));
}
BENCHMARK_CAPTURE(PayloadOf, Put, PutRequest());
BENCHMARK_CAPTURE(PayloadOf, Txn, TxnRequest());

// The filter --key on entries that are already decoded.
void KeysOf(benchmark::State& state, const std::string& request) {
  Payload payload;
  payload.Decode(AsBytes(request));
  const Bytes wanted = AsBytes("registry/pods/18");
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        VisitKeys(payload.message(), [&](const KeyUse& use) { return !use.range.Covers(wanted); }));
  }
}
BENCHMARK_CAPTURE(KeysOf, Put, PutRequest());
BENCHMARK_CAPTURE(KeysOf, Txn, TxnRequest());

}  // namespace
}  // namespace etcdf::raft
