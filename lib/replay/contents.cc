#include "replay/contents.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

#include "apply/key_requests.h"
#include "raft/payload.h"

namespace etcdf::replay {
namespace {

// Fields of InternalRaftRequest.
constexpr uint32_t kPut = 4;
constexpr uint32_t kTxn = 6;

// Nested as deep as Message::kMaxDepth allows, at most.
void ForEachPutOf(raft::MessageView txn, const std::function<void(raft::MessageView put)>& visit) {
  for (const bool succeeded : {true, false}) {
    apply::ForEachOp(txn, succeeded, [&](uint32_t kind, raft::MessageView request) {
      if (kind == apply::kOpPut) visit(request);
      if (kind == apply::kOpTxn) ForEachPutOf(request, visit);
      return apply::Refusal::kNone;
    });
  }
}

}  // namespace

void ForEachPut(const raft::Payload& payload,
                const std::function<void(raft::MessageView put)>& visit) {
  if (payload.request_number() == kPut) visit(payload.request());
  if (payload.request_number() == kTxn) ForEachPutOf(payload.request(), visit);
}

size_t CountWrites(std::span<const wire::Entry> entries) {
  constexpr auto kWriting =
      std::to_array<std::string_view>({"put", "delete_range", "txn", "lease_revoke"});
  raft::Payload payload;
  return static_cast<size_t>(std::ranges::count_if(entries, [&](const wire::Entry& entry) {
    if (entry.type != wire::EntryType::kNormal) return false;
    payload.Decode(entry.data);
    return std::ranges::find(kWriting, payload.request_name()) != kWriting.end();
  }));
}

uint64_t HashContent(Bytes key, Bytes value) {
  constexpr uint64_t kMix = 0x9e3779b97f4a7c15;
  const std::hash<std::string_view> hash;
  return hash(AsText(key)) * kMix ^ hash(AsText(value));
}

Contents::Contents(const Entries& entries) {
  raft::Payload payload;
  for (size_t position = 0; position < entries.size(); ++position) {
    if (entries[position].type != wire::EntryType::kNormal) continue;
    payload.Decode(entries[position].data);
    const auto take = [&](raft::MessageView put) {
      puts_.push_back({.hash = HashContent(put.BytesOf(1), put.BytesOf(2)), .position = position});
    };
    ForEachPut(payload, take);
  }
  std::ranges::sort(puts_, [](const Put& a, const Put& b) {
    return std::pair(a.hash, a.position) < std::pair(b.hash, b.position);
  });
}

std::vector<size_t> Contents::Near(const apply::StoredRow& row, size_t position, size_t max) const {
  std::vector<size_t> positions;
  if (row.tombstone) return positions;
  const uint64_t hash = HashContent(row.key, row.value);
  const auto same = std::ranges::equal_range(puts_, hash, {}, &Put::hash);
  auto behind = std::ranges::lower_bound(same, position, {}, &Put::position);
  auto before = behind;
  while (positions.size() < max && (before != same.begin() || behind != same.end())) {
    const bool takes_before =
        before != same.begin() && (behind == same.end() || position - std::prev(before)->position <=
                                                               behind->position - position);
    positions.push_back(takes_before ? (--before)->position : (behind++)->position);
  }
  std::ranges::sort(positions);
  return positions;
}

}  // namespace etcdf::replay
