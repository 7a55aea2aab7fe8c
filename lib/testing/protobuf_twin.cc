#include "testing/protobuf_twin.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <map>

#include "base/escape.h"
#include "proto/annotations.pb.h"
#include "proto/auth.pb.h"
#include "proto/etcdserver.pb.h"
#include "proto/kv.pb.h"
#include "proto/lease.pb.h"
#include "proto/raft.pb.h"
#include "proto/raft_internal.pb.h"
#include "proto/rpc.pb.h"
#include "proto/wal.pb.h"
#include "testing/proto_writer.h"
#include "wire/reader.h"

namespace etcdf::testing {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;

std::string Hex(std::string_view bytes) {
  std::string text;
  AppendHex(text, AsBytes(bytes));
  return text;
}

bool IsTextOrMessage(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_STRING ||
         field.type() == FieldDescriptor::TYPE_BYTES ||
         field.type() == FieldDescriptor::TYPE_MESSAGE;
}

uint64_t Narrowed(const FieldDescriptor& field, uint64_t value) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL: return value != 0;
    case FieldDescriptor::TYPE_ENUM:
      return static_cast<uint64_t>(int64_t{static_cast<int32_t>(value)});
    default: return value;
  }
}

std::string Serialized(const pb::UnknownField& field) {
  pb::UnknownFieldSet alone;
  alone.AddField(field);
  std::string bytes;
  alone.SerializeToString(&bytes);
  return bytes;
}

// Reads one message by protobuf's means and puts it together field by field.
class TwinReader {
 public:
  explicit TwinReader(const pb::Descriptor& type) : type_(type) {}

  std::optional<Twin> Read(std::string_view message, int depth) {
    pb::UnknownFieldSet fields;
    if (depth > raft::Message::kMaxDepth ||
        !fields.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
      return std::nullopt;
    }
    for (int i = 0; i < fields.field_count(); ++i) {
      if (!Take(fields.field(i), depth)) return std::nullopt;
    }
    Twin twin{.dump = {}, .canonical = canonical_};
    for (int i = 0; i < type_.field_count(); ++i) {
      if (!DumpField(*type_.field(i), depth, twin.dump)) return std::nullopt;
    }
    if (!type_.file()->options().GetExtension(annotations::unknown_fields_dropped)) {
      for (const std::string& raw : unknown_) twin.dump += "?" + Hex(raw) + ";";
    }
    return twin;
  }

 private:
  bool Take(const pb::UnknownField& field, int depth) {
    const FieldDescriptor* const known = type_.FindFieldByNumber(field.number());
    if (known == nullptr) {
      unknown_.push_back(Serialized(field));
      canonical_ += unknown_.back();
      return true;
    }
    if (const auto* oneof = known->containing_oneof()) {
      for (int i = 0; i < oneof->field_count(); ++i) values_.erase(oneof->field(i)->number());
    }
    if (IsTextOrMessage(*known)) {
      return field.type() == pb::UnknownField::TYPE_LENGTH_DELIMITED &&
             TakeText(*known, field.length_delimited(), depth);
    }
    if (field.type() == pb::UnknownField::TYPE_VARINT) {
      numbers_[known->number()].push_back(Narrowed(*known, field.varint()));
      values_[known->number()].emplace_back();
      canonical_ += Serialized(field);
      return true;
    }
    return known->is_repeated() && field.type() == pb::UnknownField::TYPE_LENGTH_DELIMITED &&
           TakePacked(*known, field.length_delimited());
  }

  bool TakeText(const FieldDescriptor& known, const std::string& value, int depth) {
    std::string canonical = value;
    if (known.type() == FieldDescriptor::TYPE_MESSAGE) {
      const auto twin = TwinReader(*known.message_type()).Read(value, depth + 1);
      if (!twin) return false;
      canonical = twin->canonical;
    }
    values_[known.number()].push_back(value);
    canonical_ += ProtoWriter().Bytes(static_cast<uint32_t>(known.number()), canonical).bytes();
    return true;
  }

  bool TakePacked(const FieldDescriptor& known, const std::string& list) {
    pb::io::CodedInputStream in(AsBytes(list).data(), static_cast<int>(list.size()));
    while (static_cast<size_t>(in.CurrentPosition()) < list.size()) {
      pb::uint64 value = 0;
      if (!in.ReadVarint64(&value)) return false;
      numbers_[known.number()].push_back(Narrowed(known, value));
      values_[known.number()].emplace_back();
    }
    canonical_ += ProtoWriter().Bytes(static_cast<uint32_t>(known.number()), list).bytes();
    return true;
  }

  bool DumpField(const FieldDescriptor& known, int depth, std::string& dump) {
    const auto present = values_.find(known.number());
    if (present == values_.end()) return true;
    std::vector<std::string>& values = present->second;
    const bool is_message = known.type() == FieldDescriptor::TYPE_MESSAGE;
    if (!known.is_repeated() && is_message) {
      // Merging messages is, by the specification, reading their encodings one after the other.
      std::string merged;
      for (const std::string& value : values) merged += value;
      values = {merged};
    } else if (!known.is_repeated()) {
      values = {values.back()};
    }
    const size_t count = values.size();
    const std::vector<uint64_t>& numbers = numbers_[known.number()];
    for (size_t i = 0; i < count; ++i) {
      dump += known.name() + "=";
      if (is_message) {
        const auto twin = TwinReader(*known.message_type()).Read(values[i], depth + 1);
        if (!twin) return false;
        dump += "{" + twin->dump + "}";
      } else if (IsTextOrMessage(known)) {
        dump += Hex(values[i]);
      } else {
        dump += std::to_string(numbers[numbers.size() - count + i]);
      }
      dump += ";";
    }
    return true;
  }

  const pb::Descriptor& type_;
  std::map<int, std::vector<std::string>> values_;  // by field number, in the order of the wire
  std::map<int, std::vector<uint64_t>> numbers_;    // the same, of fields that are numbers
  std::vector<std::string> unknown_;
  std::string canonical_;
};

void SetRandom(pb::Message& message, const FieldDescriptor& field, std::mt19937_64& random,
               int depth);

uint64_t RandomNumber(std::mt19937_64& random) { return random() >> (random() % 64); }

std::string RandomText(const FieldDescriptor& field, std::mt19937_64& random) {
  static constexpr std::string_view kPieces[] = {"a", "key/", "\"", "\\", "\n", "\x7f", "й", "日"};
  std::string text;
  for (uint64_t size = random() % 12; size > 0; --size) {
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
      text += static_cast<char>(random());
    } else {
      text += kPieces[random() % std::size(kPieces)];
    }
  }
  return text;
}

void AddRandomUnknown(pb::UnknownFieldSet& unknown, std::mt19937_64& random, int depth) {
  const int number = 20000 + static_cast<int>(random() % 1000);
  switch (random() % 5) {
    case 0: unknown.AddVarint(number, RandomNumber(random)); return;
    case 1: unknown.AddFixed32(number, static_cast<uint32_t>(random())); return;
    case 2: unknown.AddFixed64(number, random()); return;
    case 3: unknown.AddLengthDelimited(number, "\"\xff\n\xc3\xa9"); return;
    default:
      pb::UnknownFieldSet* const group = unknown.AddGroup(number);
      if (depth < 3) AddRandomUnknown(*group, random, depth + 1);
  }
}

void FillRandom(pb::Message& message, std::mt19937_64& random, int depth) {
  const pb::Descriptor& type = *message.GetDescriptor();
  // A few fields of many, as requests are; of a small message most.
  const uint64_t one_in = type.field_count() > 20 ? 8 : 2;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (random() % one_in != 0) continue;
    const uint64_t count = field.is_repeated() ? random() % 4 : 1;
    for (uint64_t j = 0; j < count; ++j) SetRandom(message, field, random, depth);
  }
  if (random() % 8 == 0) {
    AddRandomUnknown(*message.GetReflection()->MutableUnknownFields(&message), random, 0);
  }
}

void SetRandom(pb::Message& message, const FieldDescriptor& field, std::mt19937_64& random,
               int depth) {
  const pb::Reflection& access = *message.GetReflection();
  const bool add = field.is_repeated();
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL: return access.SetBool(&message, &field, random() % 2 == 0);
    case FieldDescriptor::TYPE_INT64:
      return access.SetInt64(&message, &field, static_cast<int64_t>(RandomNumber(random)));
    case FieldDescriptor::TYPE_UINT64: {
      const uint64_t number = RandomNumber(random);
      return add ? access.AddUInt64(&message, &field, number)
                 : access.SetUInt64(&message, &field, number);
    }
    case FieldDescriptor::TYPE_ENUM: {
      const auto limit = static_cast<uint64_t>(field.enum_type()->value_count());
      return access.SetEnumValue(&message, &field, static_cast<int>(random() % (limit + 1)));
    }
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES: {
      const std::string text = RandomText(field, random);
      return add ? access.AddString(&message, &field, text)
                 : access.SetString(&message, &field, text);
    }
    case FieldDescriptor::TYPE_MESSAGE:
      if (depth > 5) return;
      return FillRandom(
          add ? *access.AddMessage(&message, &field) : *access.MutableMessage(&message, &field),
          random, depth + 1);
    default: ADD_FAILURE() << "lib/proto has a type that this generator does not know";
  }
}

template <typename Generated>
TwinSubject Subject(const raft::MessageSchema& schema) {
  return {&schema, &Generated::default_instance()};
}

}  // namespace

const std::vector<TwinSubject>& TwinSubjects() {
  static const std::vector<TwinSubject> subjects = {
      Subject<etcdserverpb::InternalRaftRequest>(raft::InternalRaftRequestSchema()),
      Subject<etcdserverpb::Request>(raft::V2RequestSchema()),
      Subject<raftpb::Entry>(raft::EntrySchema()),
      Subject<raftpb::HardState>(raft::HardStateSchema()),
      Subject<walpb::Snapshot>(raft::WalSnapshotSchema()),
      Subject<etcdserverpb::Metadata>(raft::MetadataSchema()),
      Subject<raftpb::ConfChange>(raft::ConfChangeSchema()),
      Subject<raftpb::ConfChangeV2>(raft::ConfChangeV2Schema()),
      Subject<raftpb::ConfState>(raft::ConfStateSchema()),
      Subject<mvccpb::KeyValue>(raft::KeyValueSchema()),
      Subject<leasepb::Lease>(raft::LeaseSchema()),
      Subject<authpb::User>(raft::UserSchema()),
      Subject<authpb::Role>(raft::RoleSchema()),
      Subject<etcdserverpb::AlarmMember>(raft::AlarmMemberSchema()),
  };
  return subjects;
}

std::optional<Twin> TwinOf(const pb::Descriptor& type, std::string_view message) {
  return TwinReader(type).Read(message, 1);
}

std::string Dump(raft::MessageView message, Unknown unknown) {
  std::string dump;
  for (const raft::FieldView field : message) {
    for (const raft::ValueView value : field) {
      dump += std::string(field.schema().name) + "=";
      switch (field.schema().kind) {
        case raft::FieldKind::kMessage: dump += "{" + Dump(value.message(), unknown) + "}"; break;
        case raft::FieldKind::kString:
        case raft::FieldKind::kBytes: dump += Hex(AsText(value.bytes())); break;
        default: dump += std::to_string(value.number());
      }
      dump += ";";
    }
  }
  if (unknown == Unknown::kLeftOut) return dump;
  message.ForEachUnknown([&](Bytes raw) {
    dump += "?" + Hex(AsText(raw)) + ";";
    return true;
  });
  return dump;
}

std::string Canonical(const raft::MessageSchema& schema, std::string_view message) {
  constexpr uint32_t kMaxNumber = (1 << 29) - 1;
  wire::Reader reader(AsBytes(message));
  wire::Field field;
  ProtoWriter canonical;
  while (reader.Next(field)) {
    if (field.number > kMaxNumber) continue;
    if (field.type == wire::Type::kVarint) {
      canonical.Number(field.number, field.value);
    } else if (field.type == wire::Type::kBytes) {
      const raft::FieldSchema* const known = schema.FindNumber(field.number);
      const bool is_message = known != nullptr && known->kind == raft::FieldKind::kMessage;
      canonical.Bytes(field.number, is_message ? Canonical(*known->message, AsText(field.bytes))
                                               : std::string(AsText(field.bytes)));
    }  // what remains can only be unknown
  }
  return canonical.bytes();
}

std::unique_ptr<pb::Message> RandomMessage(const pb::Message& prototype, std::mt19937_64& random) {
  std::unique_ptr<pb::Message> message(prototype.New());
  FillRandom(*message, random, 0);
  return message;
}

std::string Mutated(std::string message, std::mt19937_64& random) {
  for (uint64_t count = 1 + random() % 3; count > 0; --count) {
    const size_t at = random() % (message.size() + 1);
    const auto byte = static_cast<char>(random());
    switch (random() % 4) {
      case 0: message.insert(at, 1, byte); break;
      case 1: message.resize(at); break;
      case 2:
        if (at < message.size()) message.erase(at, 1);
        break;
      default:
        if (at < message.size()) message[at] = byte;
    }
  }
  return message;
}

std::string TwinDifference(const TwinSubject& subject, std::string_view message) {
  const pb::Descriptor& type = *subject.prototype->GetDescriptor();
  raft::Message ours;
  // What protobuf accepts, we accept as the same, once it is in canonical form.
  if (const auto twin = TwinOf(type, message)) {
    if (ours.Parse(*subject.schema, AsBytes(twin->canonical)) != raft::ParseVerdict::kAccepted) {
      return "only protobuf accepts " + Hex(twin->canonical);
    }
    if (Dump(ours.root()) != twin->dump) {
      return "of " + Hex(twin->canonical) + "\nours:     " + Dump(ours.root()) +
             "\nprotobuf: " + twin->dump;
    }
  }
  // What we accept, protobuf accepts as the same, once it is in canonical form.
  if (ours.Parse(*subject.schema, AsBytes(message)) == raft::ParseVerdict::kAccepted) {
    const std::string canonical = Canonical(*subject.schema, message);
    const auto twin = TwinOf(type, canonical);
    if (!twin) return "only ours accepts " + Hex(canonical);
    raft::Message again;
    if (again.Parse(*subject.schema, AsBytes(canonical)) != raft::ParseVerdict::kAccepted ||
        Dump(again.root()) != twin->dump ||
        Dump(again.root(), Unknown::kLeftOut) != Dump(ours.root(), Unknown::kLeftOut)) {
      return "of " + Hex(message) + "\nours:     " + Dump(ours.root()) +
             "\nprotobuf: " + twin->dump;
    }
  }
  return {};
}

}  // namespace etcdf::testing
