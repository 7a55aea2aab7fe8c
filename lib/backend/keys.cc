#include "backend/keys.h"

#include "base/escape.h"

namespace etcdf::backend {
namespace {

// Of a key in a message: enough to find it again.
constexpr size_t kKeyBytesShown = 80;

}  // namespace

std::string KeyText(Bytes key) {
  std::string text;
  AppendGoQuoted(text, key);
  // Whatever is quoted by more than a backslash before a quote or a backslash is not printable.
  for (size_t i = text.find('\\'); i != std::string::npos; i = text.find('\\', i + 2)) {
    if (text[i + 1] == '"' || text[i + 1] == '\\') continue;
    text.clear();
    AppendHex(text, key);
    break;
  }
  return text;
}

std::string ShortKeyText(Bytes key) {
  if (key.size() <= kKeyBytesShown) return KeyText(key);
  return KeyText(key.first(kKeyBytesShown)) + "...";
}

std::string KeyRangeText(const KeyRange& range) {
  if (range.lower.empty() && range.upper.empty()) return "the rows of the bucket";
  std::string text = "the rows";
  if (!range.lower.empty()) text += " from " + ShortKeyText(range.lower) + " on";
  if (!range.lower.empty() && !range.upper.empty()) text += " and";
  if (!range.upper.empty()) text += " below " + ShortKeyText(range.upper);
  return text;
}

}  // namespace etcdf::backend
