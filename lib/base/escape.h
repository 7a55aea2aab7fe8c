// Bytes made printable. Every place that turns evidence into text for people comes through here, so
// that a terminal escape sequence or a newline in a key never reaches a terminal raw.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace etcdf {

// Appends `bytes` as protobuf's text format quotes them (golang/protobuf text_encode.go, which
// etcd-dump-logs prints with): \n \r \t \" \\ by name, everything outside 0x20..0x7e as \ooo.
// No quotation marks are added.
void AppendOctalEscaped(std::string& out, Bytes bytes);

// The same, in double quotes.
void AppendQuoted(std::string& out, Bytes bytes);

// Appends `bytes` in double quotes as Go's %q does: printable Unicode stays, other runes become
// \u.... or \U........, bytes that are not UTF-8 become \x.., and \a \b \f \n \r \t \v go by name.
// What is printable follows Unicode's categories (Go's strconv.IsPrint).
void AppendGoQuoted(std::string& out, Bytes bytes);

// Lower-case hex, two digits a byte.
void AppendHex(std::string& out, Bytes bytes);

// Standard alphabet, padded (RFC 4648 section 4).
void AppendBase64(std::string& out, Bytes bytes);

// The bytes that such text stands for, replacing those of `out`. False, with nothing said about
// `out`, where it is not padded base64 and nothing else: no line breaks, no bits left over.
bool DecodeBase64(std::string_view text, std::vector<uint8_t>& out);

// Lower-case hex without leading zeros, as etcd prints member, cluster and lease ids.
std::string HexId(uint64_t id);

// Lower-case hex of `digits` digits, from 1 to 16: what does not fit is cut off at the front.
std::string FixedHex(uint64_t value, size_t digits);

// How many bytes at the beginning are printable ASCII and neither a quote nor a backslash: they
// stand for themselves in every form of text. Eight are looked at together, so that some of the
// last seven before another byte, or the end, may not be counted.
inline size_t PlainLength(Bytes bytes) {
  constexpr uint64_t kEach = 0x0101'0101'0101'0101;
  constexpr uint64_t kHighBits = kEach << 7;
  // Sets the high bit of bytes that are zero, if any is; above the lowest of them of others, too.
  const auto zeros = [](uint64_t word) { return (word - kEach) & ~word & kHighBits; };
  size_t length = 0;
  for (; bytes.size() - length >= 8; length += 8) {
    const uint64_t word = LoadLe64(bytes.data() + length);
    const uint64_t controls = (word - kEach * 0x20) & ~word & kHighBits;
    const uint64_t odd = (word & kHighBits) | controls | zeros(word ^ kEach * '"') |
                         zeros(word ^ kEach * '\\') | zeros(word ^ kEach * 0x7f);
    if (odd != 0) return length + static_cast<size_t>(std::countr_zero(odd)) / 8;
  }
  return length;
}

// Whether `bytes` are well-formed UTF-8 (RFC 3629: no surrogates, nothing above U+10FFFF).
bool IsUtf8(Bytes bytes);

// Whether the character would steer a terminal or turn the order of what it shows: controls, and
// Unicode's marks, embeddings and isolates of direction.
constexpr bool SteersTerminal(uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) || code_point == 0x61c ||
         code_point == 0x200e || code_point == 0x200f ||
         (code_point >= 0x202a && code_point <= 0x202e) ||
         (code_point >= 0x2066 && code_point <= 0x2069);
}

// `text` for one line of a message: bytes that are not UTF-8 and characters that steer a terminal,
// newlines among them, become \ooo; all else stays. For names of files and words of others.
std::string Printable(std::string_view text);

// The same with \ as \\, so that two texts never look alike. For keys in lists and cells.
std::string PrintableKey(std::string_view text);

}  // namespace etcdf
