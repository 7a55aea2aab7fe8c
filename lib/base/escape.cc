#include "base/escape.h"

#include <utf8proc.h>

#include <array>
#include <charconv>

namespace etcdf {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

struct Escape {
  char text[4];
  uint8_t length;  // 0: the byte stands for itself
};

constexpr std::array<Escape, 256> MakeOctalEscapes() {
  std::array<Escape, 256> table{};
  for (int c = 0; c < 256; ++c) {
    Escape& e = table[static_cast<size_t>(c)];
    switch (c) {
      case '\n': e = {{'\\', 'n'}, 2}; break;
      case '\r': e = {{'\\', 'r'}, 2}; break;
      case '\t': e = {{'\\', 't'}, 2}; break;
      case '"': e = {{'\\', '"'}, 2}; break;
      case '\\': e = {{'\\', '\\'}, 2}; break;
      default:
        if (c < 0x20 || c >= 0x7f) {
          e = {{'\\', static_cast<char>('0' + (c >> 6)), static_cast<char>('0' + ((c >> 3) & 7)),
                static_cast<char>('0' + (c & 7))},
               4};
        }
    }
  }
  return table;
}

constexpr std::array<Escape, 256> kOctalEscapes = MakeOctalEscapes();

constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNoBase64Digit = 0xff;

constexpr std::array<uint8_t, 256> MakeBase64Values() {
  std::array<uint8_t, 256> values{};
  values.fill(kNoBase64Digit);
  for (uint8_t i = 0; i < 64; ++i) values[static_cast<uint8_t>(kBase64Digits[i])] = i;
  return values;
}

constexpr std::array<uint8_t, 256> kBase64Values = MakeBase64Values();

// The bytes that Go's %q leaves as they are.
constexpr std::array<bool, 256> MakePlainInGo() {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}

constexpr std::array<bool, 256> kPlainInGo = MakePlainInGo();

// Go's strconv.IsPrint: letters, marks, numbers, punctuation, symbols, and the ASCII space.
bool IsPrintRune(utf8proc_int32_t rune) {
  if (rune == ' ') return true;
  switch (utf8proc_category(rune)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    default: return true;
  }
}

void AppendHexDigits(std::string& out, uint32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += kHexDigits[(value >> shift) & 0xf];
  }
}

void AppendGoRune(std::string& out, utf8proc_int32_t rune, std::string_view encoded) {
  switch (rune) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\a': out += "\\a"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\v': out += "\\v"; return;
    default: break;
  }
  if (IsPrintRune(rune)) {
    out += encoded;
  } else if (rune < ' ' || rune == 0x7f) {
    out += "\\x";
    AppendHexDigits(out, static_cast<uint32_t>(rune), 2);
  } else if (rune < 0x10000) {
    out += "\\u";
    AppendHexDigits(out, static_cast<uint32_t>(rune), 4);
  } else {
    out += "\\U";
    AppendHexDigits(out, static_cast<uint32_t>(rune), 8);
  }
}

// Decodes the rune at `at`. Returns its length in bytes, or 0 where the bytes are not UTF-8.
size_t DecodeRune(Bytes bytes, size_t at, utf8proc_int32_t& rune) {
  const utf8proc_ssize_t length =
      utf8proc_iterate(bytes.data() + at, static_cast<utf8proc_ssize_t>(bytes.size() - at), &rune);
  return length > 0 ? static_cast<size_t>(length) : 0;
}

}  // namespace

void AppendOctalEscaped(std::string& out, Bytes bytes) {
  size_t run_begin = 0;  // bytes that stand for themselves are appended a run at a time
  for (size_t i = 0; i < bytes.size(); ++i) {
    const Escape& escape = kOctalEscapes[bytes[i]];
    if (escape.length == 0) continue;
    out.append(AsText(bytes.subspan(run_begin, i - run_begin)));
    out.append(escape.text, escape.length);
    run_begin = i + 1;
  }
  out.append(AsText(bytes.subspan(run_begin)));
}

void AppendQuoted(std::string& out, Bytes bytes) {
  out += '"';
  AppendOctalEscaped(out, bytes);
  out += '"';
}

void AppendGoQuoted(std::string& out, Bytes bytes) {
  out += '"';
  size_t run_begin = 0;  // bytes that stand for themselves are appended a run at a time
  for (size_t i = 0; i < bytes.size();) {
    if (kPlainInGo[bytes[i]]) {
      ++i;
      continue;
    }
    out.append(AsText(bytes.subspan(run_begin, i - run_begin)));
    utf8proc_int32_t rune = 0;
    const size_t length = DecodeRune(bytes, i, rune);
    if (length == 0) {
      out += "\\x";
      AppendHexDigits(out, bytes[i], 2);
      ++i;
    } else {
      AppendGoRune(out, rune, AsText(bytes.subspan(i, length)));
      i += length;
    }
    run_begin = i;
  }
  out.append(AsText(bytes.subspan(run_begin)));
  out += '"';
}

void AppendHex(std::string& out, Bytes bytes) {
  out.reserve(out.size() + bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 0xf];
  }
}

void AppendBase64(std::string& out, Bytes bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = bytes.size() - i;
    const uint32_t group = static_cast<uint32_t>(bytes[i]) << 16 |
                           static_cast<uint32_t>(left > 1 ? bytes[i + 1] : 0) << 8 |
                           static_cast<uint32_t>(left > 2 ? bytes[i + 2] : 0);
    out += kBase64Digits[group >> 18];
    out += kBase64Digits[(group >> 12) & 0x3f];
    out += left > 1 ? kBase64Digits[(group >> 6) & 0x3f] : '=';
    out += left > 2 ? kBase64Digits[group & 0x3f] : '=';
  }
}

bool DecodeBase64(std::string_view text, std::vector<uint8_t>& out) {
  out.clear();
  if (text.size() % 4 != 0) return false;
  out.reserve(text.size() / 4 * 3);
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  uint32_t group = 0;  // the bits at hand that are no whole byte yet, above them what is used up
  int bits = 0;
  for (const char digit : text) {
    const uint8_t value = kBase64Values[static_cast<uint8_t>(digit)];
    if (value == kNoBase64Digit) return false;
    group = group << 6 | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<uint8_t>(group >> bits));
    }
  }
  return (group & ((1U << bits) - 1)) == 0;
}

std::string HexId(uint64_t id) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, id, 16).ptr;
  return {digits, end};
}

std::string FixedHex(uint64_t value, size_t digits) {
  std::string text(digits, '0');
  for (size_t i = digits; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 0xf];
  return text;
}

bool IsUtf8(Bytes bytes) {
  constexpr uint64_t kHighBits = 0x8080'8080'8080'8080;
  for (size_t i = 0; i < bytes.size();) {
    if (bytes.size() - i >= 8 && (LoadLe64(bytes.data() + i) & kHighBits) == 0) {
      i += 8;  // eight ASCII characters
      continue;
    }
    if (bytes[i] < 0x80) {
      ++i;
      continue;
    }
    utf8proc_int32_t rune = 0;
    const size_t length = DecodeRune(bytes, i, rune);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

namespace {

enum class Backslash : uint8_t { kPlain, kDoubled };

std::string MakePrintable(std::string_view text, Backslash backslash) {
  const Bytes bytes = AsBytes(text);
  size_t i = PlainLength(bytes);
  std::string out(text.substr(0, i));
  while (i < bytes.size()) {
    utf8proc_int32_t rune = 0;
    const size_t length = DecodeRune(bytes, i, rune);
    if (length > 0 && !SteersTerminal(static_cast<uint32_t>(rune))) {
      if (rune == '\\' && backslash == Backslash::kDoubled) out += '\\';
      out += text.substr(i, length);
      i += length;
      continue;
    }
    for (const uint8_t byte : bytes.subspan(i, length == 0 ? 1 : length)) {
      out += '\\';
      for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + ((byte >> shift) & 7));
    }
    i += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace

std::string Printable(std::string_view text) { return MakePrintable(text, Backslash::kPlain); }

std::string PrintableKey(std::string_view text) { return MakePrintable(text, Backslash::kDoubled); }

}  // namespace etcdf
