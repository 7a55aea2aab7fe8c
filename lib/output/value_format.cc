#include "output/value_format.h"

#include <utility>

namespace etcdf::output {

std::optional<ValueStyle> ValueStyleByName(std::string_view name) {
  static constexpr std::pair<std::string_view, ValueStyle> kStyles[] = {
      {"quoted", ValueStyle::kQuoted}, {"hex", ValueStyle::kHex},   {"base64", ValueStyle::kBase64},
      {"size", ValueStyle::kSize},     {"none", ValueStyle::kNone},
  };
  for (const auto& [style_name, style] : kStyles) {
    if (style_name == name) return style;
  }
  return std::nullopt;
}

}  // namespace etcdf::output
