// How values print, in one place: `--value`, `--redact` and `--show-secrets` of every tool end
// here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace etcdf::output {

enum class ValueStyle : uint8_t { kQuoted, kHex, kBase64, kSize, kNone };

// "quoted", "hex", "base64", "size" or "none"; nothing for any other name.
std::optional<ValueStyle> ValueStyleByName(std::string_view name);

struct ValueFormat {
  ValueStyle style = ValueStyle::kQuoted;  // how the values of keys print
  bool redact = false;        // no value, password or token: only length and fingerprint
  bool show_secrets = false;  // passwords, password hashes and tokens as they are
};

}  // namespace etcdf::output
