#include "json/scanner.h"

#include <array>

namespace etcdf::json {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<bool, 256> MakePlain() {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 256; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}
// What stands for itself in a string.
constexpr std::array<bool, 256> kPlain = MakePlain();

// Four digits in hex, which are there.
uint32_t CodeUnit(std::string_view digits) {
  uint32_t unit = 0;
  for (const char c : digits.substr(0, 4)) unit = unit << 4 | static_cast<uint32_t>(HexDigit(c));
  return unit;
}

void AppendUtf8(std::string& out, uint32_t c) {
  const auto byte = [&](uint32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3f));
  } else {
    byte(0xf0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3f));
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

}  // namespace

Token Scanner::Next() {
  if (failed_) return Token::kFault;
  for (;; ++at_) {
    while (at_ != end_ && IsSpace(*at_)) ++at_;
    if (at_ == end_) return expect_ == Expect::kNothing ? Token::kEnd : Fault();
    if (expect_ != Expect::kCommaOrEnd) break;
    const bool in_object = is_object_[depth_ - 1];
    if (*at_ != ',') return CloseAs(in_object);
    expect_ = in_object ? Expect::kName : Expect::kValue;
  }
  switch (expect_) {
    case Expect::kNothing: return Fault();
    case Expect::kName: return Name(*at_);
    case Expect::kNameOrEnd: return *at_ == '}' ? CloseAs(true) : Name(*at_);
    case Expect::kValueOrEnd:
      if (*at_ == ']') return CloseAs(false);
      [[fallthrough]];
    default: return Value(*at_);
  }
}

Token Scanner::Value(char first) {
  switch (first) {
    case '{': return Open(true);
    case '[': return Open(false);
    case '"': return String(Token::kString);
    case 't': return Word("true", Token::kTrue);
    case 'f': return Word("false", Token::kFalse);
    case 'n': return Word("null", Token::kNull);
    default: return Number();
  }
}

Token Scanner::Name(char first) {
  if (first != '"') return Fault();
  const char* const name_begin = at_;
  if (String(Token::kName) == Token::kFault) return Token::kFault;
  while (at_ != end_ && IsSpace(*at_)) ++at_;
  if (at_ == end_ || *at_ != ':') {
    at_ = name_begin;  // a name without a value says nothing
    return Fault();
  }
  ++at_;
  expect_ = Expect::kValue;
  return Token::kName;
}

Token Scanner::Open(bool is_object) {
  if (depth_ == kMaxDepth) return Fault();
  ++at_;
  is_object_[depth_++] = is_object;
  expect_ = is_object ? Expect::kNameOrEnd : Expect::kValueOrEnd;
  return is_object ? Token::kBeginObject : Token::kBeginArray;
}

Token Scanner::CloseAs(bool is_object) {
  if (*at_ != (is_object ? '}' : ']')) return Fault();
  ++at_;
  --depth_;
  AfterValue();
  return is_object ? Token::kEndObject : Token::kEndArray;
}

Token Scanner::String(Token token) {
  const char* at = at_ + 1;
  has_escapes_ = false;
  for (;;) {
    while (at != end_ && kPlain[static_cast<uint8_t>(*at)]) ++at;
    if (at == end_ || static_cast<uint8_t>(*at) < 0x20) return Fault();
    if (*at == '"') break;
    has_escapes_ = true;
    if (++at == end_) return Fault();
    if (*at == 'u') {
      if (end_ - at < 5) return Fault();
      for (int digit = 1; digit <= 4; ++digit) {
        if (HexDigit(at[digit]) < 0) return Fault();
      }
      at += 5;
    } else if (std::string_view("\"\\/bfnrt").find(*at) != std::string_view::npos) {
      ++at;
    } else {
      return Fault();
    }
  }
  text_ = {at_ + 1, static_cast<size_t>(at - at_ - 1)};
  at_ = at + 1;
  AfterValue();
  return token;
}

Token Scanner::Number() {
  const char* at = at_;
  const auto skip_digits = [&] {
    const char* const from = at;
    while (at != end_ && IsDigit(*at)) ++at;
    return at != from;
  };
  if (*at == '-') ++at;
  const bool leads_with_zero = at != end_ && *at == '0';
  const char* const whole = at;
  if (!skip_digits() || (leads_with_zero && at - whole > 1)) return Fault();
  if (at != end_ && *at == '.') {
    ++at;
    if (!skip_digits()) return Fault();
  }
  if (at != end_ && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end_ && (*at == '+' || *at == '-')) ++at;
    if (!skip_digits()) return Fault();
  }
  text_ = {at_, static_cast<size_t>(at - at_)};
  at_ = at;
  AfterValue();
  return Token::kNumber;
}

Token Scanner::Word(std::string_view word, Token token) {
  if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(word)) return Fault();
  at_ += word.size();
  AfterValue();
  return token;
}

Token Scanner::Fault() {
  failed_ = true;
  return Token::kFault;
}

bool Scanner::SkipValue(Token first) {
  if (first != Token::kBeginObject && first != Token::kBeginArray) return first != Token::kFault;
  const size_t outside = depth_ - 1;
  while (depth_ > outside) {
    if (Next() == Token::kFault) return false;
  }
  return true;
}

void AppendUnescaped(std::string& out, std::string_view raw) {
  for (size_t at = 0; at < raw.size();) {
    const size_t escape = raw.find('\\', at);
    out.append(raw, at, escape == raw.npos ? raw.npos : escape - at);
    if (escape == raw.npos) return;
    at = escape + 2;
    switch (raw[escape + 1]) {
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      default: out += raw[escape + 1]; break;
      case 'u': {
        uint32_t unit = CodeUnit(raw.substr(at));
        at += 4;
        if (unit >= 0xd800 && unit < 0xdc00 && raw.substr(at).starts_with("\\u")) {
          const uint32_t low = CodeUnit(raw.substr(at + 2));
          if (low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            at += 6;
          }
        }
        AppendUtf8(out, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
      }
    }
  }
}

}  // namespace etcdf::json
