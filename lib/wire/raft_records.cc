#include "wire/raft_records.h"

#include "wire/reader.h"
#include "wire/varint_list.h"

namespace etcdf::wire {
namespace {

// gogo refuses a known field of another wire type, where protobuf's own decoders keep it as
// unknown.
bool TakeNumber(const Field& field, uint64_t& value) {
  value = field.value;
  return field.type == Type::kVarint;
}

// Enums are 32 bits wide in Go as here; what does not fit is cut off.
bool TakeNumber(const Field& field, int32_t& value) {
  value = static_cast<int32_t>(field.value);
  return field.type == Type::kVarint;
}

bool TakeNumber(const Field& field, uint32_t& value) {
  value = static_cast<uint32_t>(field.value);
  return field.type == Type::kVarint;
}

bool TakeBool(const Field& field, bool& value) {
  value = field.value != 0;
  return field.type == Type::kVarint;
}

bool TakeBytes(const Field& field, Bytes& value) {
  value = field.bytes;
  return field.type == Type::kBytes;
}

bool TakeRepeated(const Field& field, std::vector<uint64_t>& values) {
  if (field.type == Type::kBytes) {
    VarintList packed(field.bytes);
    uint64_t value = 0;
    while (packed.Next(value)) values.push_back(value);
    return packed.ok();
  }
  if (field.type != Type::kVarint) return false;
  values.push_back(field.value);
  return true;
}

// Calls `take(field)` for each field until it says no. True if all of the message was read.
template <typename Take>
bool ReadFields(Bytes message, Take take) {
  Reader reader(message);
  Field field;
  while (reader.Next(field)) {
    if (!take(field)) return false;
  }
  return reader.ok();
}

template <typename T, typename TakeInto>
std::optional<T> Decode(Bytes message, TakeInto take_into) {
  T decoded;
  if (!ReadFields(message, [&](const Field& field) { return take_into(field, decoded); })) {
    return std::nullopt;
  }
  return decoded;
}

// A message that occurs twice is merged (protobuf's rule): the lists grow, the last scalar stays.
bool MergeConfState(Bytes message, ConfState& state) {
  return ReadFields(message, [&](const Field& field) {
    switch (field.number) {
      case 1: return TakeRepeated(field, state.voters);
      case 2: return TakeRepeated(field, state.learners);
      case 3: return TakeRepeated(field, state.voters_outgoing);
      case 4: return TakeRepeated(field, state.learners_next);
      case 5: return TakeBool(field, state.auto_leave);
      default: return true;
    }
  });
}

bool MergeSnapshotMetadata(Bytes message, RaftSnapshot& snapshot) {
  return ReadFields(message, [&](const Field& field) {
    switch (field.number) {
      case 1: return field.type == Type::kBytes && MergeConfState(field.bytes, snapshot.conf_state);
      case 2: return TakeNumber(field, snapshot.index);
      case 3: return TakeNumber(field, snapshot.term);
      default: return true;
    }
  });
}

}  // namespace

std::optional<Entry> DecodeEntryInAnyOrder(Bytes message) {
  return Decode<Entry>(message, [](const Field& field, Entry& entry) {
    switch (field.number) {
      case 1: {
        int32_t type = 0;
        if (!TakeNumber(field, type)) return false;
        entry.type = static_cast<EntryType>(type);
        return true;
      }
      case 2: return TakeNumber(field, entry.term);
      case 3: return TakeNumber(field, entry.index);
      case 4: entry.has_data = true; return TakeBytes(field, entry.data);
      default: return true;
    }
  });
}

std::optional<HardState> DecodeHardState(Bytes message) {
  return Decode<HardState>(message, [](const Field& field, HardState& state) {
    switch (field.number) {
      case 1: return TakeNumber(field, state.term);
      case 2: return TakeNumber(field, state.vote);
      case 3: return TakeNumber(field, state.commit);
      default: return true;
    }
  });
}

std::optional<ConfState> DecodeConfState(Bytes message) {
  ConfState state;
  if (!MergeConfState(message, state)) return std::nullopt;
  return state;
}

std::optional<WalSnapshot> DecodeWalSnapshot(Bytes message) {
  return Decode<WalSnapshot>(message, [](const Field& field, WalSnapshot& snapshot) {
    switch (field.number) {
      case 1: return TakeNumber(field, snapshot.index);
      case 2: return TakeNumber(field, snapshot.term);
      case 3:
        if (!snapshot.conf_state) snapshot.conf_state.emplace();
        return field.type == Type::kBytes && MergeConfState(field.bytes, *snapshot.conf_state);
      default: return true;
    }
  });
}

std::optional<Metadata> DecodeMetadata(Bytes message) {
  return Decode<Metadata>(message, [](const Field& field, Metadata& metadata) {
    switch (field.number) {
      case 1: return TakeNumber(field, metadata.node_id);
      case 2: return TakeNumber(field, metadata.cluster_id);
      default: return true;
    }
  });
}

std::optional<SnapEnvelope> DecodeSnapEnvelope(Bytes message) {
  return Decode<SnapEnvelope>(message, [](const Field& field, SnapEnvelope& envelope) {
    switch (field.number) {
      case 1: return TakeNumber(field, envelope.crc);
      case 2: return TakeBytes(field, envelope.data);
      default: return true;
    }
  });
}

std::optional<RaftSnapshot> DecodeRaftSnapshot(Bytes message) {
  return Decode<RaftSnapshot>(message, [](const Field& field, RaftSnapshot& snapshot) {
    switch (field.number) {
      case 1: return TakeBytes(field, snapshot.data);
      case 2: return field.type == Type::kBytes && MergeSnapshotMetadata(field.bytes, snapshot);
      default: return true;
    }
  });
}

std::optional<ConfChange> DecodeConfChange(Bytes message) {
  return Decode<ConfChange>(message, [](const Field& field, ConfChange& change) {
    switch (field.number) {
      case 1: return TakeNumber(field, change.id);
      case 2: {
        int32_t type = 0;
        if (!TakeNumber(field, type)) return false;
        change.type = static_cast<ConfChangeType>(type);
        return true;
      }
      case 3: return TakeNumber(field, change.node_id);
      case 4: return TakeBytes(field, change.context);
      default: return true;
    }
  });
}

}  // namespace etcdf::wire
