// The small raft messages that every part of the suite meets: what a WAL's records and a `.snap`
// file hold around the requests. (The requests themselves are read by raft/message.h.)
//
// Field numbers: raftpb/raft.proto of go.etcd.io/raft v3.6.0; walpb/record.proto, snappb/snap.proto
// and etcdserver.proto of etcd v3.6.9. All are proto2. etcd up to 3.6 always writes the scalars,
// 3.7 leaves out those that were never set: absent reads as 0. Each decoder accepts what the one
// that gogo/protobuf generates for etcd accepts (reader.h) and gives nothing for what that one
// refuses, with one exception: a packed list whose last number runs over the end of the list, which
// gogo reads on. etcd writes no packed lists.
//
// Returned views point into the message given. Numbers come from the file: any value is possible.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace etcdf::wire {

// raftpb.EntryType. A file may hold other numbers than these.
enum class EntryType : int32_t { kNormal = 0, kConfChange = 1, kConfChangeV2 = 2 };

// raftpb.Entry: a WAL record of type 2.
struct Entry {
  EntryType type = EntryType::kNormal;
  uint64_t term = 0;
  uint64_t index = 0;
  Bytes data = {};        // the payload; empty for a new leader's no-op
  bool has_data = false;  // present, be it with length 0
};

// raftpb.HardState: a WAL record of type 3.
struct HardState {
  uint64_t term = 0;
  uint64_t vote = 0;  // a member id; 0: none
  uint64_t commit = 0;
};

// raftpb.ConfState: who votes, in terms of member ids.
struct ConfState {
  std::vector<uint64_t> voters;
  std::vector<uint64_t> learners;
  std::vector<uint64_t> voters_outgoing;
  std::vector<uint64_t> learners_next;
  bool auto_leave = false;
};

// walpb.Snapshot: a WAL record of type 5. The first one of a log is (0, 0) without a conf state; so
// are all that etcd before 3.5 wrote.
struct WalSnapshot {
  uint64_t index = 0;
  uint64_t term = 0;
  std::optional<ConfState> conf_state = {};
};

// etcdserverpb.Metadata: a WAL record of type 1.
struct Metadata {
  uint64_t node_id = 0;
  uint64_t cluster_id = 0;
};

// snappb.snapshot: a `.snap` file. `crc` is the CRC-32C of `data`.
struct SnapEnvelope {
  uint32_t crc = 0;
  Bytes data = {};
};

// raftpb.Snapshot with its metadata: what `SnapEnvelope::data` holds.
struct RaftSnapshot {
  Bytes data = {};  // the v2 store as JSON
  ConfState conf_state = {};
  uint64_t index = 0;
  uint64_t term = 0;
};

// raftpb.ConfChangeType. A file may hold other numbers than these.
enum class ConfChangeType : int32_t {
  kAddNode = 0,
  kRemoveNode = 1,
  kUpdateNode = 2,
  kAddLearnerNode = 3,
};

// raftpb.ConfChange: the payload of an entry of type kConfChange. `context` is the member as JSON.
struct ConfChange {
  uint64_t id = 0;  // of the request, 0 in the entries that bootstrap a cluster
  ConfChangeType type = ConfChangeType::kAddNode;
  uint64_t node_id = 0;
  Bytes context = {};
};

// The entry, whatever the order of its fields. DecodeEntry is the one to call.
std::optional<Entry> DecodeEntryInAnyOrder(Bytes message);

std::optional<HardState> DecodeHardState(Bytes message);
std::optional<ConfState> DecodeConfState(Bytes message);
std::optional<WalSnapshot> DecodeWalSnapshot(Bytes message);
std::optional<Metadata> DecodeMetadata(Bytes message);
std::optional<SnapEnvelope> DecodeSnapEnvelope(Bytes message);
std::optional<RaftSnapshot> DecodeRaftSnapshot(Bytes message);
std::optional<ConfChange> DecodeConfChange(Bytes message);

namespace internal {

// Moves past `tag` and the varint after it. False if another tag stands at `at`, or a varint that
// is longer than 9 bytes or cut short: then the full decoder gives the verdict.
inline bool TakeTagged(uint8_t tag, const uint8_t*& at, const uint8_t* end, uint64_t& value) {
  if (at == end || *at != tag) return false;
  const uint8_t* next = at + 1;
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 63 && next != end; shift += 7) {
    const uint8_t byte = *next++;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      value = result;
      at = next;
      return true;
    }
  }
  return false;
}

}  // namespace internal

// Every entry of a log passes here, so the order in which all versions of etcd write the fields is
// read inline: type (0x08), term (0x10), index (0x18), data (0x22), each possibly absent.
inline std::optional<Entry> DecodeEntry(Bytes message) {
  const uint8_t* at = message.data();
  const uint8_t* const end = at + message.size();
  Entry entry;
  uint64_t type = 0;
  uint64_t length = 0;
  internal::TakeTagged(0x08, at, end, type);
  internal::TakeTagged(0x10, at, end, entry.term);
  internal::TakeTagged(0x18, at, end, entry.index);
  if (internal::TakeTagged(0x22, at, end, length)) {
    if (length != static_cast<uint64_t>(end - at)) return DecodeEntryInAnyOrder(message);
    entry.data = Bytes(at, length);
    entry.has_data = true;
    at = end;
  }
  if (at != end) return DecodeEntryInAnyOrder(message);
  entry.type = static_cast<EntryType>(static_cast<int32_t>(type));
  return entry;
}

}  // namespace etcdf::wire
