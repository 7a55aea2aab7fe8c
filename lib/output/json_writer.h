// JSON, one event at a time, appended to a string that the caller owns and may hand over in pieces.
//
// What a JSON library would not do for us is the strings: text of unknown origin may not be UTF-8,
// and may hold what steers a terminal. Both are escaped here, so that a line can be shown as it is.
// Objects and arrays must be closed in the order they were opened; a mistake there is the
// program's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace etcdf::output {

class JsonWriter {
 public:
  // Appends to `out`, which must outlive the writer. The caller may clear it between events.
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void BeginObject();
  void EndObject();
  void BeginArray();
  void EndArray();

  // Ends the document: a newline, ready for the next object.
  void EndLine();

  // Within an object, before each value. The name must be UTF-8.
  void Name(std::string_view name);
  // The same for a name of letters, digits and the like.
  void PlainName(std::string_view name);

  void Uint(uint64_t value);
  void Int(int64_t value);
  void Bool(bool value);
  void Null();
  // Text that is not UTF-8 has its odd bytes as \ooo, in octal (AppendOctalEscaped).
  void Text(std::string_view text);
  // Text that is known to be UTF-8.
  void Utf8(std::string_view text) { String(text); }
  // A value that is JSON already.
  void Raw(std::string_view json);
  // An id as etcd prints it: hexadecimal without leading zeros, as a string, because a JSON number
  // is exact only up to 2^53 for many readers.
  void HexId(uint64_t id);

  // Name and value at once, within an object.
  void Uint(std::string_view name, uint64_t value);
  void Int(std::string_view name, int64_t value);
  void Bool(std::string_view name, bool value);
  void Text(std::string_view name, std::string_view text);
  void HexId(std::string_view name, uint64_t id);
  // "name":"..." as Text(); if the bytes are not UTF-8, also "name_b64":"..." with the bytes
  // exactly.
  void Bytes(std::string_view name, etcdf::Bytes bytes);
  // Value that is JSON already, such as one prepared earlier by another writer.
  void Raw(std::string_view name, std::string_view json);

 private:
  // Begins a value or a name: the comma after what stands before it.
  void Separate();
  void String(std::string_view utf8);

  std::string& out_;
  bool needs_comma_ = false;  // a value stands before what comes next
  std::string scratch_;
};

}  // namespace etcdf::output
