#include "io/foreign.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "io/detect.h"

namespace etcdf::io {
namespace {

struct Beginning {
  std::string_view bytes;
  const char* what;
};
constexpr std::array kBeginnings = {
    Beginning{"Salted__",
              "is encrypted by `openssl enc` (it begins with Salted__): decrypt it first"},
    Beginning{"age-encryption.org/", "is encrypted with age: decrypt it first"},
    Beginning{"-----BEGIN AGE ENCRYPTED FILE-----", "is encrypted with age: decrypt it first"},
    Beginning{"-----BEGIN PGP MESSAGE-----", "is encrypted with OpenPGP (gpg): decrypt it first"},
    Beginning{"SQLite format 3", "is a SQLite database, not etcd's"},
    Beginning{"\x7f"
              "ELF",
              "is a program, not a database or a log"},
};

char Lower(uint8_t byte) {
  return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

bool BeginsWithWord(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char a, char b) { return a == Lower(static_cast<uint8_t>(b)); });
}

// A packet of RFC 4880 that an encrypted message begins with: a session key encrypted to a public
// key (tag 1, version 3) or by a passphrase (tag 3, version 4), with a length that fits it.
bool BeginsWithPgpPacket(Bytes file) {
  if (file.size() < 16 || (file[0] & 0x80) == 0) return false;
  const bool is_new = (file[0] & 0x40) != 0;
  const unsigned tag = is_new ? file[0] & 0x3fU : (file[0] >> 2) & 0x0fU;
  size_t body = 2;
  size_t length = file[1];
  if (is_new && length >= 192) {
    length = ((length - 192) << 8) + file[2] + 192;
    body = 3;
  } else if (!is_new && (file[0] & 3U) == 1) {
    length = length << 8 | file[2];
    body = 3;
  } else if (!is_new && (file[0] & 3U) != 0) {
    return false;
  }
  constexpr size_t kLongestKey = 4096;
  if (length < 4 || length > kLongestKey || body + length > file.size()) return false;
  return (tag == 1 && file[body] == 3) || (tag == 3 && file[body] == 4);
}

bool IsText(std::string_view head) {
  return !head.empty() && std::ranges::all_of(head, [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte >= ' ' || c == '\n' || c == '\r' || c == '\t';
  });
}

}  // namespace

const char* ForeignKindText(Bytes file) {
  constexpr size_t kHeadBytes = 4096;
  const Bytes head = file.first(std::min(file.size(), kHeadBytes));
  std::string_view text = AsText(head);
  for (const Beginning& beginning : kBeginnings) {
    if (text.starts_with(beginning.bytes)) return beginning.what;
  }
  if (BeginsWithPgpPacket(file)) return "is encrypted with OpenPGP (gpg): decrypt it first";
  if (!IsText(text)) return FileKindText(FileKind::kUnknown);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  for (const char* const word : {"<!doctype html", "<html", "<head", "<body"}) {
    if (BeginsWithWord(text, word)) {
      return "is a web page (HTML): perhaps what a server answered in place of the file";
    }
  }
  if (text.starts_with("HTTP/")) {
    return "is the answer of a web server (HTTP) without a database in it";
  }
  if (text.starts_with("<")) {
    return "is XML: perhaps what a server answered in place of the file";
  }
  if (text.starts_with("{") || text.starts_with("[")) {
    return "is JSON: perhaps what a server answered in place of the file";
  }
  return "is text, not a database or a log";
}

}  // namespace etcdf::io
