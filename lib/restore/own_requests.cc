#include "restore/own_requests.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "raft/payload.h"
#include "raft/request_id.h"
#include "wal/record.h"
#include "wire/raft_records.h"

namespace etcdf::restore {
namespace {

// Calls `visit` for every record of the chunk, in the order of the file.
template <typename Visit>
void ForEachRecord(const wal::Log& log, const wal::Chunk& chunk, Visit visit) {
  std::vector<wal::ScannedRecord> records;
  log.ReadRecords(chunk, records);
  for (const wal::ScannedRecord& record : records) {
    if (record.crc_state != wal::CrcState::kMismatch) visit(record.record);
  }
}

std::optional<wire::HardState> StateIn(const wal::Record& record) {
  if (record.type != wal::RecordType::kState) return std::nullopt;
  return wire::DecodeHardState(record.data);
}

class RequestReader {
 public:
  RequestReader(uint64_t node, const wal::IndexRange& range) : node_(node), range_(range) {}

  // Before the records of a chunk.
  void Begin(const wal::Chunk& chunk) {
    commit_ = std::max(commit_, chunk.commit);
    if (!wal::Log::MayHold(chunk, range_)) TakeAway(chunk.lowest.index);
  }

  void Take(const wal::Record& record) {
    if (record.type == wal::RecordType::kEntry) {
      if (const auto entry = wire::DecodeEntry(record.data)) TakeEntry(*entry);
    } else if (const auto state = StateIn(record)) {
      commit_ = std::max(commit_, state->commit);
      // Entries are written before the state that came with them (wal.go, Save).
      if (!own_.empty() && own_.back().index == index_last_ && state->commit < index_last_) {
        own_.back().commit = commit_;
      }
    }
  }

  OwnRequests Count() const {
    OwnRequests result{.count = own_.size()};
    uint64_t round_first = 0;
    for (const Own& request : own_) {
      result.index_last = request.index;
      if (round_first != 0 && request.commit < round_first) continue;
      round_first = request.index;
      ++result.rounds;
    }
    return result;
  }

 private:
  struct Own {
    uint64_t index = 0;
    uint64_t commit = 0;  // what was known to be committed when it came
  };

  // An entry supersedes what stands at its index and above.
  void TakeAway(uint64_t index) {
    while (!own_.empty() && own_.back().index >= index) own_.pop_back();
  }

  void TakeEntry(const wire::Entry& entry) {
    TakeAway(entry.index);
    index_last_ = entry.index;
    if (!range_.Holds(entry.index) || !IsOwn(entry)) return;
    own_.push_back({.index = entry.index, .commit = commit_});
  }

  bool IsOwn(const wire::Entry& entry) {
    if (entry.type != wire::EntryType::kNormal || entry.data.empty()) return false;
    payload_.Decode(entry.data);
    const uint64_t id = payload_.request_id();
    return id != 0 && raft::MayComeFrom(id, node_);
  }

  uint64_t node_;
  wal::IndexRange range_;
  raft::Payload payload_;
  std::vector<Own> own_;  // ascending by index
  uint64_t index_last_ = 0;
  uint64_t commit_ = 0;
};

}  // namespace

OwnRequests FindRequestsOf(uint64_t node, const wal::Log& log, const wal::IndexRange& range) {
  RequestReader reader(node, range);
  for (const wal::Chunk& chunk : log.chunks()) {
    reader.Begin(chunk);
    if (!wal::Log::MayHold(chunk, range)) continue;
    ForEachRecord(log, chunk, [&](const wal::Record& record) { reader.Take(record); });
  }
  return reader.Count();
}

uint64_t FindVoteFor(uint64_t node, const wal::Log& log) {
  uint64_t term = 0;
  for (const wal::Chunk& chunk : log.chunks()) {
    ForEachRecord(log, chunk, [&](const wal::Record& record) {
      const auto state = StateIn(record);
      if (state && state->vote == node) term = std::max(term, state->term);
    });
  }
  return term;
}

}  // namespace etcdf::restore
