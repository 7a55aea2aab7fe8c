#include "raft/message.h"

#include "wire/varint_list.h"

namespace etcdf::raft {
namespace {

// A number as the field's Go type holds it: enums are cut to 32 bits.
uint64_t Narrow(const FieldSchema& schema, uint64_t value) {
  switch (schema.kind) {
    case FieldKind::kBool: return value != 0 ? 1 : 0;
    case FieldKind::kEnum: return static_cast<uint64_t>(int64_t{static_cast<int32_t>(value)});
    default: return value;
  }
}

}  // namespace

ParseVerdict Message::Parse(const MessageSchema& schema, Bytes message) {
  input_ = message;
  nodes_.clear();
  bodies_.clear();
  verdict_ = ParseVerdict::kAccepted;
  if (!ParseInto(NewBody(schema), message, 1)) {
    nodes_.clear();
    bodies_.clear();
  }
  return verdict_;
}

bool Message::ParseInto(uint32_t body, Bytes bytes, int depth) {
  if (depth > kMaxDepth) return Refuse(ParseVerdict::kTooComplex);
  const MessageSchema& schema = *bodies_[body].schema;
  wire::Reader reader(bytes);
  wire::Field field;
  while (reader.Next(field)) {
    if (nodes_.size() + bodies_.size() > kMaxValues || field.raw.size() > UINT32_MAX) {
      return Refuse(ParseVerdict::kTooComplex);
    }
    const FieldSchema* const known = schema.FindNumber(field.number);
    if (known != nullptr) {
      if (!TakeField(body, *known, field, depth)) return false;
    } else if (schema.keeps_unknown) {
      TakeUnknown(body, field.raw);
    }
  }
  return reader.ok() || Refuse(ParseVerdict::kMalformed);
}

bool Message::TakeField(uint32_t body, const FieldSchema& schema, const wire::Field& field,
                        int depth) {
  if (field.type != schema.wire_type()) {
    const bool packed = schema.repeated && field.type == wire::Type::kBytes;
    return packed ? TakePacked(body, schema, field.bytes) : Refuse(ParseVerdict::kMalformed);
  }
  if (schema.oneof != 0) DropOthersOfOneof(body, schema);
  const Slot slot = schema.repeated ? Slot{AppendElement(body, schema.position), true}
                                    : FindOrInsert(body, schema.position);
  switch (schema.kind) {
    case FieldKind::kString:
    case FieldKind::kBytes:
      nodes_[slot.node].payload = static_cast<uint64_t>(field.bytes.data() - input_.data());
      nodes_[slot.node].length_bytes = static_cast<uint32_t>(field.bytes.size());
      return true;
    case FieldKind::kMessage:
      if (slot.is_new || schema.oneof != 0) nodes_[slot.node].payload = NewBody(*schema.message);
      return ParseInto(static_cast<uint32_t>(nodes_[slot.node].payload), field.bytes, depth + 1);
    default: nodes_[slot.node].payload = Narrow(schema, field.value); return true;
  }
}

bool Message::TakePacked(uint32_t body, const FieldSchema& schema, Bytes list) {
  if (schema.wire_type() != wire::Type::kVarint) return Refuse(ParseVerdict::kMalformed);
  wire::VarintList values(list);
  uint64_t value = 0;
  while (values.Next(value)) {
    if (nodes_.size() + bodies_.size() > kMaxValues) return Refuse(ParseVerdict::kTooComplex);
    nodes_[AppendElement(body, schema.position)].payload = Narrow(schema, value);
  }
  return values.ok() || Refuse(ParseVerdict::kMalformed);
}

void Message::TakeUnknown(uint32_t body, Bytes raw) {
  const uint32_t node = NewNode(0);
  nodes_[node].payload = static_cast<uint64_t>(raw.data() - input_.data());
  nodes_[node].length_bytes = static_cast<uint32_t>(raw.size());
  Body& owner = bodies_[body];
  if (owner.first_unknown == kNone) {
    owner.first_unknown = node;
  } else {
    nodes_[owner.last_unknown].next_field = node;
  }
  owner.last_unknown = node;
}

// Fields mostly arrive in ascending number, which is nearly the order of declaration: the new field
// is then the last, or the last again. Otherwise the walk is over distinct fields, at most one for
// each of the schema.
Message::Slot Message::FindOrInsert(uint32_t body, uint16_t position) {
  Body& owner = bodies_[body];
  if (owner.last == kNone || nodes_[owner.last].position < position) {
    const uint32_t node = NewNode(position);
    (owner.last == kNone ? owner.first : nodes_[owner.last].next_field) = node;
    owner.last = node;
    return {node, true};
  }
  uint32_t before = kNone;
  uint32_t at = owner.first;
  while (nodes_[at].position < position) {  // ends: the last one's position is not less
    before = at;
    at = nodes_[at].next_field;
  }
  if (nodes_[at].position == position) return {at, false};
  const uint32_t node = NewNode(position);
  nodes_[node].next_field = at;
  (before == kNone ? owner.first : nodes_[before].next_field) = node;
  return {node, true};
}

uint32_t Message::AppendElement(uint32_t body, uint16_t position) {
  const Slot slot = FindOrInsert(body, position);
  if (slot.is_new) {
    nodes_[slot.node].last_element = slot.node;
    return slot.node;
  }
  const uint32_t node = NewNode(position);
  Node& first = nodes_[slot.node];
  nodes_[first.last_element].next_element = node;
  first.last_element = node;
  return node;
}

void Message::DropOthersOfOneof(uint32_t body, const FieldSchema& keep) {
  Body& owner = bodies_[body];
  uint32_t before = kNone;
  for (uint32_t at = owner.first; at != kNone; at = nodes_[at].next_field) {
    const FieldSchema& present = owner.schema->fields[nodes_[at].position];
    if (present.oneof != keep.oneof || present.position == keep.position) {
      before = at;
      continue;
    }
    (before == kNone ? owner.first : nodes_[before].next_field) = nodes_[at].next_field;
    if (owner.last == at) owner.last = before;
  }
}

uint32_t Message::NewNode(uint16_t position) {
  nodes_.push_back({.position = position});
  return static_cast<uint32_t>(nodes_.size() - 1);
}

uint32_t Message::NewBody(const MessageSchema& schema) {
  bodies_.push_back({.schema = &schema});
  return static_cast<uint32_t>(bodies_.size() - 1);
}

uint32_t MessageView::Node(uint32_t number) const {
  if (message_ == nullptr) return Message::kNone;
  const MessageSchema& schema = *body().schema;
  for (uint32_t at = body().first; at != Message::kNone; at = message_->nodes_[at].next_field) {
    if (schema.fields[message_->nodes_[at].position].number == number) return at;
  }
  return Message::kNone;
}

uint64_t MessageView::Number(uint32_t number) const {
  const uint32_t node = Node(number);
  return node == Message::kNone ? 0 : ValueView(message_, node).number();
}

Bytes MessageView::BytesOf(uint32_t number) const {
  const uint32_t node = Node(number);
  return node == Message::kNone ? Bytes() : ValueView(message_, node).bytes();
}

MessageView MessageView::Child(uint32_t number) const {
  const uint32_t node = Node(number);
  return node == Message::kNone ? MessageView() : ValueView(message_, node).message();
}

}  // namespace etcdf::raft
