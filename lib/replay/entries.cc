#include "replay/entries.h"

#include <utility>

#include "raft/payload.h"
#include "raft/request_id.h"
#include "replay/replay.h"

namespace etcdf::replay {
namespace {

constexpr uint32_t kCompaction = 7;  // field of InternalRaftRequest

}  // namespace

Entries::Entries(const wal::Log& log, uint64_t until)
    : head_(wal::ReadLogHead(log)),
      cluster_id_(log.summary().metadata.cluster_id),
      node_id_(log.summary().metadata.node_id),
      until_(until),
      entries_(Read(log, {.until = until})) {
  raft::Payload payload;
  ForEachEntry(log, {.after = until}, [&](const wire::Entry& entry) {
    if (entry.type != wire::EntryType::kNormal) return true;
    payload.Decode(entry.data);
    if (payload.request_number() == kCompaction) behind_.push_back(entry);
    return true;
  });
}

std::vector<wire::Entry> Entries::Read(const wal::Log& log, const wal::IndexRange& range) {
  std::vector<wire::Entry> entries;
  ForEachEntry(log, range, [&](const wire::Entry& entry) {
    if (!entries.empty() && entry.index != entries.back().index + 1) entries.clear();
    entries.push_back(entry);
    return true;
  });
  return entries;
}

bool Entries::MayBeOwn(size_t position) const {
  raft::Payload payload;
  payload.Decode(entries_[position].data);
  return raft::MayComeFrom(payload.request_id(), node_id_);
}

void Entries::Prepend(const wal::Log& peer) {
  if (entries_.empty() || entries_.front().index == 0) return;
  if (peer.summary().metadata.cluster_id != cluster_id_) return;
  const wire::Entry first = entries_.front();
  auto before = Read(peer, {.until = first.index - 1});
  if (before.empty() || before.back().index + 1 != first.index) return;
  if (before.back().term > first.term) return;
  before.insert(before.end(), entries_.begin(), entries_.end());
  entries_ = std::move(before);
  head_ = wal::ReadLogHead(peer);
}

}  // namespace etcdf::replay
