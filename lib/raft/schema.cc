#include "raft/schema.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <string>
#include <unordered_map>

#include "proto/annotations.pb.h"
#include "proto/auth.pb.h"
#include "proto/etcdserver.pb.h"
#include "proto/kv.pb.h"
#include "proto/lease.pb.h"
#include "proto/raft.pb.h"
#include "proto/raft_internal.pb.h"
#include "proto/rpc.pb.h"
#include "proto/wal.pb.h"

namespace etcdf::raft {
namespace {

namespace pb = google::protobuf;

FieldKind KindOf(const pb::FieldDescriptor& field) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_INT64: return FieldKind::kInt64;
    case pb::FieldDescriptor::TYPE_UINT64: return FieldKind::kUint64;
    case pb::FieldDescriptor::TYPE_BOOL: return FieldKind::kBool;
    case pb::FieldDescriptor::TYPE_ENUM: return FieldKind::kEnum;
    case pb::FieldDescriptor::TYPE_STRING: return FieldKind::kString;
    case pb::FieldDescriptor::TYPE_BYTES: return FieldKind::kBytes;
    case pb::FieldDescriptor::TYPE_MESSAGE: return FieldKind::kMessage;
    default: std::abort();  // lib/proto uses a type that the reader does not know
  }
}

Meaning MeaningOf(const pb::FieldDescriptor& field) {
  switch (field.options().GetExtension(annotations::meaning)) {
    case annotations::KEY: return Meaning::kKey;
    case annotations::RANGE_END: return Meaning::kRangeEnd;
    case annotations::VALUE: return Meaning::kValue;
    case annotations::LEASE: return Meaning::kLease;
    case annotations::ID: return Meaning::kId;
    case annotations::SECRET: return Meaning::kSecret;
    case annotations::USER: return Meaning::kUser;
    case annotations::TOKEN: return Meaning::kToken;
    case annotations::PLAIN: break;
  }
  return Meaning::kPlain;
}

// Whether etcd's Go type tells an absent field from a zero one: messages, oneof members, pointers,
// and the byte slices of proto2, which are nil when absent.
bool HasPresence(const pb::FieldDescriptor& field) {
  if (field.is_repeated()) return true;  // every element shows
  if (field.type() == pb::FieldDescriptor::TYPE_MESSAGE) return true;
  if (field.containing_oneof() != nullptr) return true;
  if (field.options().GetExtension(annotations::pointer)) return true;
  return field.type() == pb::FieldDescriptor::TYPE_BYTES &&
         field.file()->syntax() == pb::FileDescriptor::SYNTAX_PROTO2;
}

// Builds tables on demand and keeps them. Messages refer to one another in circles (a transaction
// may hold transactions), so a table is entered before its fields are filled in.
class Tables {
 public:
  const MessageSchema& Of(const pb::Descriptor& descriptor) {
    const auto [known, is_new] = messages_.try_emplace(&descriptor);
    MessageSchema& schema = known->second;  // stays put: the map's nodes never move
    if (!is_new) return schema;
    schema.name = descriptor.name();
    schema.keeps_unknown =
        !descriptor.file()->options().GetExtension(annotations::unknown_fields_dropped);
    if (descriptor.field_count() >= MessageSchema::kNoField) std::abort();
    schema.position_by_number.fill(MessageSchema::kNoField);
    schema.fields.resize(static_cast<size_t>(descriptor.field_count()));
    for (int i = 0; i < descriptor.field_count(); ++i) {
      Fill(*descriptor.field(i), schema, static_cast<uint8_t>(i));
    }
    std::sort(
        schema.positions_of_high_numbers.begin(), schema.positions_of_high_numbers.end(),
        [&](uint8_t a, uint8_t b) { return schema.fields[a].number < schema.fields[b].number; });
    return schema;
  }

 private:
  void Fill(const pb::FieldDescriptor& descriptor, MessageSchema& schema, uint8_t position) {
    FieldSchema& field = schema.fields[position];
    names_with_colon_.push_back(descriptor.name() + ":");
    field.name = descriptor.name();
    field.name_colon = names_with_colon_.back();
    field.number = static_cast<uint32_t>(descriptor.number());
    field.position = position;
    field.kind = KindOf(descriptor);
    field.meaning = MeaningOf(descriptor);
    field.repeated = descriptor.is_repeated();
    field.shown_when_zero = HasPresence(descriptor);
    if (const auto* oneof = descriptor.containing_oneof()) {
      field.oneof = static_cast<uint8_t>(oneof->index() + 1);
    }
    if (field.kind == FieldKind::kMessage) field.message = &Of(*descriptor.message_type());
    if (field.kind == FieldKind::kEnum) field.enumeration = &Of(*descriptor.enum_type());
    if (field.number < schema.position_by_number.size()) {
      schema.position_by_number[field.number] = position;
    } else {
      schema.positions_of_high_numbers.push_back(position);
    }
  }

  const EnumSchema& Of(const pb::EnumDescriptor& descriptor) {
    const auto [known, is_new] = enums_.try_emplace(&descriptor);
    for (int i = 0; is_new && i < descriptor.value_count(); ++i) {
      known->second.values.push_back(
          {.number = descriptor.value(i)->number(), .name = descriptor.value(i)->name()});
    }
    return known->second;
  }

  std::unordered_map<const pb::Descriptor*, MessageSchema> messages_;
  std::unordered_map<const pb::EnumDescriptor*, EnumSchema> enums_;
  std::deque<std::string> names_with_colon_;  // a deque, so that views into it stay good
};

// The schemas that have a name outside. All are built together, so that afterwards they are only
// read and threads need no lock.
struct Schemas {
  Tables tables;
  template <typename Generated>
  const MessageSchema& Of() {
    return tables.Of(*Generated::descriptor());
  }

  const MessageSchema& internal_raft_request = Of<etcdserverpb::InternalRaftRequest>();
  const MessageSchema& v2_request = Of<etcdserverpb::Request>();
  const MessageSchema& entry = Of<raftpb::Entry>();
  const MessageSchema& hard_state = Of<raftpb::HardState>();
  const MessageSchema& wal_snapshot = Of<walpb::Snapshot>();
  const MessageSchema& metadata = Of<etcdserverpb::Metadata>();
  const MessageSchema& conf_change = Of<raftpb::ConfChange>();
  const MessageSchema& conf_change_v2 = Of<raftpb::ConfChangeV2>();
  const MessageSchema& conf_state = Of<raftpb::ConfState>();
  const MessageSchema& key_value = Of<mvccpb::KeyValue>();
  const MessageSchema& lease = Of<leasepb::Lease>();
  const MessageSchema& user = Of<authpb::User>();
  const MessageSchema& role = Of<authpb::Role>();
  const MessageSchema& alarm_member = Of<etcdserverpb::AlarmMember>();
};

const Schemas& AllSchemas() {
  static const Schemas schemas;
  return schemas;
}

}  // namespace

std::string_view EnumSchema::Name(int32_t number) const {
  for (const Value& value : values) {
    if (value.number == number) return value.name;
  }
  return {};
}

const FieldSchema* MessageSchema::FindHighNumber(uint32_t number) const {
  const auto at = std::lower_bound(
      positions_of_high_numbers.begin(), positions_of_high_numbers.end(), number,
      [&](uint8_t position, uint32_t wanted) { return fields[position].number < wanted; });
  if (at == positions_of_high_numbers.end() || fields[*at].number != number) return nullptr;
  return &fields[*at];
}

const FieldSchema* MessageSchema::FindName(std::string_view field_name) const {
  for (const FieldSchema& field : fields) {
    if (field.name == field_name) return &field;
  }
  return nullptr;
}

const MessageSchema& InternalRaftRequestSchema() { return AllSchemas().internal_raft_request; }
const MessageSchema& V2RequestSchema() { return AllSchemas().v2_request; }
const MessageSchema& EntrySchema() { return AllSchemas().entry; }
const MessageSchema& HardStateSchema() { return AllSchemas().hard_state; }
const MessageSchema& WalSnapshotSchema() { return AllSchemas().wal_snapshot; }
const MessageSchema& MetadataSchema() { return AllSchemas().metadata; }
const MessageSchema& ConfChangeSchema() { return AllSchemas().conf_change; }
const MessageSchema& ConfChangeV2Schema() { return AllSchemas().conf_change_v2; }
const MessageSchema& ConfStateSchema() { return AllSchemas().conf_state; }
const MessageSchema& KeyValueSchema() { return AllSchemas().key_value; }
const MessageSchema& LeaseSchema() { return AllSchemas().lease; }
const MessageSchema& UserSchema() { return AllSchemas().user; }
const MessageSchema& RoleSchema() { return AllSchemas().role; }
const MessageSchema& AlarmMemberSchema() { return AllSchemas().alarm_member; }

}  // namespace etcdf::raft
