#include "describe/value.h"

#include "base/escape.h"
#include "checksum/fingerprint.h"

namespace etcdf::describe {

using output::JsonWriter;
using output::ValueFormat;
using output::ValueStyle;

void AppendFingerprint(std::string& out, Bytes bytes) {
  out += "<size:";
  out += std::to_string(bytes.size());
  out += " xxh3:";
  out += FingerprintText(bytes);
  out += '>';
}

void AppendValue(std::string& out, Bytes value, const ValueFormat& format,
                 void (*quote)(std::string&, Bytes)) {
  if (format.redact) return AppendFingerprint(out, value);
  switch (format.style) {
    case ValueStyle::kHex: return AppendHex(out, value);
    case ValueStyle::kBase64: return AppendBase64(out, value);
    case ValueStyle::kSize:
      out += "<size:";
      out += std::to_string(value.size());
      out += '>';
      return;
    default: return quote(out, value);
  }
}

void WriteFingerprint(JsonWriter& json, std::string_view name, Bytes bytes) {
  json.Name(name);
  json.BeginObject();
  json.Uint("size", bytes.size());
  json.Text("xxh3", FingerprintText(bytes));
  json.EndObject();
}

void WriteValue(JsonWriter& json, std::string_view name, Bytes value, const ValueFormat& format) {
  if (format.redact) return WriteFingerprint(json, name, value);
  std::string text;
  switch (format.style) {
    case ValueStyle::kQuoted: return json.Bytes(name, value);
    case ValueStyle::kHex: AppendHex(text, value); return json.Text(name, text);
    case ValueStyle::kBase64: AppendBase64(text, value); return json.Text(name, text);
    case ValueStyle::kSize: return json.Uint(std::string(name) + "_size", value.size());
    case ValueStyle::kNone: return;
  }
}

}  // namespace etcdf::describe
