// The schemas of what etcd writes, as compact tables: which field has which number, name, type and
// meaning. The generic reader (message.h) and every printer work from these tables alone.
//
// The tables are built once, on first use, from the descriptors that protoc makes of
// lib/proto/*.proto, so a field is declared in exactly one place. Everything here lives as long as
// the process.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wire/reader.h"

namespace etcdf::raft {

enum class FieldKind : uint8_t {
  kInt64,
  kUint64,
  kBool,
  kEnum,
  kString,
  kBytes,
  kMessage,
};

// lib/proto/annotations.proto says what each means.
enum class Meaning : uint8_t {
  kPlain,
  kKey,
  kRangeEnd,
  kValue,
  kLease,
  kId,
  kSecret,
  kUser,
  kToken
};

struct EnumSchema {
  struct Value {
    int32_t number;
    std::string_view name;
  };
  std::vector<Value> values;

  // Empty if the number has no name.
  std::string_view Name(int32_t number) const;
};

struct MessageSchema;

struct FieldSchema {
  std::string_view name;        // as in the .proto
  std::string_view name_colon;  // the same with ':' behind it, as text prints it
  uint32_t number = 0;
  uint16_t position = 0;  // in declaration order, within its message
  uint8_t oneof = 0;      // fields with the same number above 0 exclude each other
  FieldKind kind = FieldKind::kBytes;
  Meaning meaning = Meaning::kPlain;
  bool repeated = false;
  // Text shows the field whenever it is present; without this it shows only what is not zero or
  // empty.
  bool shown_when_zero = false;
  const MessageSchema* message = nullptr;   // with kMessage
  const EnumSchema* enumeration = nullptr;  // with kEnum

  // The only wire type the field's values may have, packed lists aside.
  wire::Type wire_type() const {
    return kind >= FieldKind::kString ? wire::Type::kBytes : wire::Type::kVarint;
  }
};

struct MessageSchema {
  static constexpr uint8_t kNoField = 0xff;

  std::string_view name;            // without package: "PutRequest"
  std::vector<FieldSchema> fields;  // in declaration order; fewer than kNoField
  bool keeps_unknown = true;        // false: reading drops fields that the schema does not know

  // Null if there is none.
  const FieldSchema* FindNumber(uint32_t number) const {
    if (number < position_by_number.size()) {
      const uint8_t position = position_by_number[number];
      return position == kNoField ? nullptr : &fields[position];
    }
    return FindHighNumber(number);
  }
  const FieldSchema* FindName(std::string_view field_name) const;

  std::array<uint8_t, 128> position_by_number;     // kNoField where there is none
  std::vector<uint8_t> positions_of_high_numbers;  // of numbers from 128 on, ascending

 private:
  const FieldSchema* FindHighNumber(uint32_t number) const;
};

// etcdserverpb, raft_internal.proto: the payload of a normal entry since 3.0.
const MessageSchema& InternalRaftRequestSchema();
// etcdserverpb, etcdserver.proto: the v2 request.
const MessageSchema& V2RequestSchema();
// The records of the WAL, for the raw view: raftpb.Entry, raftpb.HardState, walpb.Snapshot,
// etcdserverpb.Metadata.
const MessageSchema& EntrySchema();
const MessageSchema& HardStateSchema();
const MessageSchema& WalSnapshotSchema();
const MessageSchema& MetadataSchema();
// raftpb: the payloads of configuration entries, and who votes.
const MessageSchema& ConfChangeSchema();
const MessageSchema& ConfChangeV2Schema();
const MessageSchema& ConfStateSchema();
// Values stored in the database: mvccpb.KeyValue, leasepb.Lease, authpb.User, authpb.Role,
// etcdserverpb.AlarmMember.
const MessageSchema& KeyValueSchema();
const MessageSchema& LeaseSchema();
const MessageSchema& UserSchema();
const MessageSchema& RoleSchema();
const MessageSchema& AlarmMemberSchema();

}  // namespace etcdf::raft
