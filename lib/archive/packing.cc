#include <algorithm>
#include <array>
#include <string_view>

#include "archive/stream.h"
#include "archive/unpack.h"

namespace etcdf::archive {
namespace {

struct Magic {
  Packing packing;
  std::string_view bytes;
};
constexpr std::array kMagics = {
    Magic{Packing::kGzip, "\x1f\x8b\x08"},
    Magic{Packing::kXz, std::string_view("\xfd"
                                         "7zXZ\0",
                                         6)},
    Magic{Packing::kZstd, "\x28\xb5\x2f\xfd"},
    Magic{Packing::kCompress, "\x1f\x9d"},
    Magic{Packing::kZip, "PK\x03\x04"},
    Magic{Packing::kZip, "PK\x05\x06"},  // with no file in it
};

// "BZh", the block size, and the digits of pi that begin a block, or those of its root at the end.
bool IsBzip2(std::string_view head) {
  if (head.size() < 10 || !head.starts_with("BZh") || head[3] < '1' || head[3] > '9') return false;
  const std::string_view block = head.substr(4, 6);
  return block == "\x31\x41\x59\x26\x53\x59" || block == "\x17\x72\x45\x38\x50\x90";
}

// POSIX.1-1988, ustar: a header of 512 bytes, at 148 their sum in octal digits, for which the sum
// counts as spaces. Older archives have no magic.
bool IsTar(Bytes head) {
  constexpr size_t kHeaderBytes = 512;
  constexpr size_t kSumAt = 148;
  constexpr size_t kSumBytes = 8;
  if (head.size() < kHeaderBytes || head[0] == 0) return false;
  uint32_t sum = 0;
  for (size_t i = 0; i < kHeaderBytes; ++i) {
    const bool is_sum = i >= kSumAt && i < kSumAt + kSumBytes;
    sum += is_sum ? uint8_t{' '} : head[i];
  }
  uint32_t stored = 0;
  for (const uint8_t byte : head.subspan(kSumAt, kSumBytes - 2)) {
    if (byte == ' ' || byte == 0) continue;
    if (byte < '0' || byte > '7') return false;
    stored = stored * 8 + (byte - '0');
  }
  return stored == sum;
}

}  // namespace

Packing DetectPacking(Bytes head) {
  const std::string_view text = AsText(head);
  const auto* const magic = std::ranges::find_if(
      kMagics, [&](const Magic& known) { return text.starts_with(known.bytes); });
  if (magic != kMagics.end()) return magic->packing;
  if (IsBzip2(text)) return Packing::kBzip2;
  if (IsTar(head)) return Packing::kTar;
  if (LooksLikeZlib(head.first(std::min(head.size(), kHeadBytes)))) return Packing::kZlib;
  if (LooksLikeBase64(head.first(std::min(head.size(), kHeadBytes)))) return Packing::kBase64;
  return Packing::kNone;
}

const char* PackingName(Packing packing) {
  switch (packing) {
    case Packing::kNone: return "none";
    case Packing::kGzip: return "gzip";
    case Packing::kBzip2: return "bzip2";
    case Packing::kXz: return "xz";
    case Packing::kZstd: return "zstd";
    case Packing::kZlib: return "zlib";
    case Packing::kCompress: return "compress";
    case Packing::kBase64: return "base64";
    case Packing::kTar: return "tar";
    case Packing::kZip: return "zip";
  }
  return "none";
}

}  // namespace etcdf::archive
