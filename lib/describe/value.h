// Values of keys, as `--value` and `--redact` ask for them: the one place where both texts and JSON
// decide.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "output/json_writer.h"
#include "output/value_format.h"

namespace etcdf::describe {

// `<size:5 xxh3:0123456789abcdef>`: what stands for bytes that are not to be shown.
void AppendFingerprint(std::string& out, Bytes bytes);

// Whether a text leaves the value out altogether.
inline bool LeavesOut(const output::ValueFormat& format) {
  return format.style == output::ValueStyle::kNone && !format.redact;
}

// The value in any style but the one that leaves it out. `quote` is how it is quoted.
void AppendValue(std::string& out, Bytes value, const output::ValueFormat& format,
                 void (*quote)(std::string&, Bytes));

// "name":{"size":5,"xxh3":"0123456789abcdef"}
void WriteFingerprint(output::JsonWriter& json, std::string_view name, Bytes bytes);

// The value as a member of an object: with redact as above; else, by style, its text (with
// "name_b64" if it is not UTF-8), its hex or base64, its size as "name_size", or nothing.
void WriteValue(output::JsonWriter& json, std::string_view name, Bytes value,
                const output::ValueFormat& format);

}  // namespace etcdf::describe
