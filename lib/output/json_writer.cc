#include "output/json_writer.h"

#include <array>
#include <charconv>

#include "base/escape.h"

namespace etcdf::output {
namespace {

// Bytes that do not stand for themselves in a string, or may begin a character that does not.
constexpr std::array<bool, 256> MakeSpecialBytes() {
  std::array<bool, 256> special{};
  for (size_t c = 0; c < 0x20; ++c) special[c] = true;
  for (const uint8_t c :
       {uint8_t{'"'}, uint8_t{'\\'}, uint8_t{0x7f}, uint8_t{0xc2}, uint8_t{0xd8}, uint8_t{0xe2}}) {
    special[c] = true;
  }
  return special;
}

constexpr std::array<bool, 256> kSpecialBytes = MakeSpecialBytes();

struct Character {
  uint32_t code_point;
  size_t length_bytes;
};

// The character at `at` of UTF-8 text, where its first byte is special. Such have at most 3 bytes.
Character CharacterAt(std::string_view utf8, size_t at) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(utf8[at + i]));
  };
  if (byte(0) < 0x80) return {byte(0), 1};
  if (byte(0) < 0xe0) return {(byte(0) & 0x1f) << 6 | (byte(1) & 0x3f), 2};
  return {(byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f), 3};
}

void AppendEscaped(std::string& out, uint32_t c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  static constexpr char kDigits[] = "0123456789ABCDEF";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(c >> shift) & 0xf];
}

template <typename Number>
void AppendNumber(std::string& out, Number value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

void JsonWriter::Separate() {
  if (needs_comma_) out_ += ',';
}

void JsonWriter::String(std::string_view utf8) {
  Separate();
  out_ += '"';
  size_t run_begin = 0;  // what stands for itself is appended a run at a time
  for (size_t at = 0; at < utf8.size();) {
    at += PlainLength(AsBytes(utf8.substr(at)));
    while (at < utf8.size() && !kSpecialBytes[static_cast<uint8_t>(utf8[at])]) ++at;
    if (at == utf8.size()) break;
    const Character character = CharacterAt(utf8, at);
    const uint32_t c = character.code_point;
    if (c == '"' || c == '\\' || SteersTerminal(c)) {
      out_.append(utf8, run_begin, at - run_begin);
      AppendEscaped(out_, c);
      run_begin = at + character.length_bytes;
    }
    at += character.length_bytes;
  }
  out_.append(utf8, run_begin);
  out_ += '"';
  needs_comma_ = true;
}

void JsonWriter::BeginObject() {
  Separate();
  out_ += '{';
  needs_comma_ = false;
}

void JsonWriter::EndObject() {
  out_ += '}';
  needs_comma_ = true;
}

void JsonWriter::BeginArray() {
  Separate();
  out_ += '[';
  needs_comma_ = false;
}

void JsonWriter::EndArray() {
  out_ += ']';
  needs_comma_ = true;
}

void JsonWriter::EndLine() {
  out_ += '\n';
  needs_comma_ = false;
}

void JsonWriter::Name(std::string_view name) {
  String(name);
  out_ += ':';
  needs_comma_ = false;
}

void JsonWriter::PlainName(std::string_view name) {
  Separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  needs_comma_ = false;
}

void JsonWriter::Uint(uint64_t value) {
  Separate();
  AppendNumber(out_, value);
  needs_comma_ = true;
}

void JsonWriter::Int(int64_t value) {
  Separate();
  AppendNumber(out_, value);
  needs_comma_ = true;
}

void JsonWriter::Bool(bool value) {
  Separate();
  out_ += value ? "true" : "false";
  needs_comma_ = true;
}

void JsonWriter::Null() {
  Separate();
  out_ += "null";
  needs_comma_ = true;
}

void JsonWriter::Text(std::string_view text) {
  if (IsUtf8(AsBytes(text))) return String(text);
  scratch_.clear();
  AppendOctalEscaped(scratch_, AsBytes(text));
  String(scratch_);
}

void JsonWriter::HexId(uint64_t id) { String(etcdf::HexId(id)); }

void JsonWriter::Uint(std::string_view name, uint64_t value) {
  Name(name);
  Uint(value);
}

void JsonWriter::Int(std::string_view name, int64_t value) {
  Name(name);
  Int(value);
}

void JsonWriter::Bool(std::string_view name, bool value) {
  Name(name);
  Bool(value);
}

void JsonWriter::Text(std::string_view name, std::string_view text) {
  Name(name);
  Text(text);
}

void JsonWriter::HexId(std::string_view name, uint64_t id) {
  Name(name);
  HexId(id);
}

void JsonWriter::Bytes(std::string_view name, etcdf::Bytes bytes) {
  Name(name);
  if (IsUtf8(bytes)) return String(AsText(bytes));
  scratch_.clear();
  AppendOctalEscaped(scratch_, bytes);
  String(scratch_);
  scratch_.assign(name);
  scratch_ += "_b64";
  Name(scratch_);
  scratch_.clear();
  AppendBase64(scratch_, bytes);
  String(scratch_);
}

void JsonWriter::Raw(std::string_view name, std::string_view json) {
  Name(name);
  Raw(json);
}

void JsonWriter::Raw(std::string_view json) {
  Separate();
  out_ += json;
  needs_comma_ = true;
}

}  // namespace etcdf::output
