#include "describe/json.h"

#include <string>

#include "base/escape.h"
#include "describe/go_text.h"
#include "describe/value.h"
#include "raft/schema.h"
#include "wire/raft_records.h"

namespace etcdf::describe {
namespace {

using output::JsonWriter;
using output::ValueFormat;
using raft::FieldKind;
using raft::FieldSchema;
using raft::FieldView;
using raft::Meaning;
using raft::MessageView;
using raft::ValueView;

// Whether the values of this message are secrets whatever their fields say.
bool HoldsV2User(MessageView message) {
  constexpr uint32_t kPath = 3;
  return &message.schema() == &raft::V2RequestSchema() &&
         AsText(message.BytesOf(kPath)).starts_with("/2/users/");
}

void WriteSecret(JsonWriter& json, std::string_view name, Bytes secret, const ValueFormat& format) {
  if (!format.show_secrets) return json.Text(name, kSecretRemoved);
  if (format.redact) return WriteFingerprint(json, name, secret);
  json.Bytes(name, secret);
}

// A number, or the name that it stands for.
void WriteNumber(JsonWriter& json, const FieldSchema& schema, ValueView value) {
  if (schema.meaning == Meaning::kId || schema.meaning == Meaning::kLease) {
    return json.HexId(value.number());
  }
  switch (schema.kind) {
    case FieldKind::kBool: return json.Bool(value.number() != 0);
    case FieldKind::kInt64: return json.Int(value.signed_number());
    case FieldKind::kEnum: {
      const auto name = schema.enumeration->Name(static_cast<int32_t>(value.signed_number()));
      return name.empty() ? json.Int(value.signed_number()) : json.Text(name);
    }
    default: return json.Uint(value.number());
  }
}

// An element of an array, or the value behind a name.
void WriteElement(JsonWriter& json, const FieldSchema& schema, ValueView value,
                  const ValueFormat& format) {
  switch (schema.kind) {
    case FieldKind::kMessage: return WriteJson(json, value.message(), format);
    case FieldKind::kString:
    case FieldKind::kBytes: return json.Text(AsText(value.bytes()));
    default: return WriteNumber(json, schema, value);
  }
}

void WriteField(JsonWriter& json, const FieldView& field, bool values_are_secret,
                const ValueFormat& format) {
  const FieldSchema& schema = field.schema();
  if (schema.repeated) {
    json.Name(schema.name);
    json.BeginArray();
    for (const ValueView value : field) WriteElement(json, schema, value, format);
    json.EndArray();
    return;
  }
  const bool is_text = schema.kind == FieldKind::kString || schema.kind == FieldKind::kBytes;
  if (!is_text) {
    json.Name(schema.name);
    WriteElement(json, schema, field.value(), format);
    return;
  }
  const Bytes bytes = field.value().bytes();
  const bool is_value = schema.meaning == Meaning::kValue;
  const bool is_secret = schema.meaning == Meaning::kSecret || schema.meaning == Meaning::kToken;
  if (is_secret || (is_value && values_are_secret)) {
    WriteSecret(json, schema.name, bytes, format);
  } else if (is_value) {
    WriteValue(json, schema.name, bytes, format);
  } else {
    json.Bytes(schema.name, bytes);
  }
}

void WriteUnknown(JsonWriter& json, MessageView message, const ValueFormat& format) {
  std::string joined;
  message.ForEachUnknown([&](Bytes raw) {
    joined += AsText(raw);
    return true;
  });
  if (format.redact) return WriteFingerprint(json, "unknown", AsBytes(joined));
  std::string text;
  AppendBase64(text, AsBytes(joined));
  json.Text("unknown_b64", text);
}

}  // namespace

// The depth of the recursion is bounded by Message::kMaxDepth.
void WriteJson(JsonWriter& json, MessageView message, const ValueFormat& format) {
  const bool values_are_secret = HoldsV2User(message);
  json.BeginObject();
  for (const FieldView field : message) {
    if (field.IsShown()) WriteField(json, field, values_are_secret, format);
  }
  if (message.has_unknown()) WriteUnknown(json, message, format);
  json.EndObject();
}

bool WriteConfChangeJson(JsonWriter& json, Bytes data) {
  const auto change = wire::DecodeConfChange(data);
  if (!change) return false;
  json.BeginObject();
  json.Text("type", ConfChangeTypeName(change->type));
  json.HexId("node_id", change->node_id);
  if (change->id != 0) json.HexId("id", change->id);
  if (!change->context.empty()) json.Bytes("context", change->context);
  json.EndObject();
  return true;
}

bool WriteConfChangeV2Json(JsonWriter& json, Bytes data) {
  raft::Message message;
  if (message.Parse(raft::ConfChangeV2Schema(), data) != raft::ParseVerdict::kAccepted) {
    return false;
  }
  WriteJson(json, message.root(), ValueFormat{});
  return true;
}

}  // namespace etcdf::describe
