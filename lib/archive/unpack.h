// What an archive or a compressed file holds, unpacked as far as it is wanted.
//
// gzip, bzip2, xz, zstd, zlib, compress (.Z), base64 text; tar and zip; and these within each
// other, as a .db.gz in a .zip, up to kDepthMax levels. Nothing is written to any place that the
// archive names: its names only tell its files apart. Links, devices and fifos are left out. A name
// that leads out of the archive is read without the parts that do.
//
// A bomb is refused before it costs much: bytes unpacked, wanted or not, are counted over all
// levels, and may be kRatioMax times the packed ones once there are kFreeBytes of them. A log
// segment of etcd's is 64 MB of zeros at first, and zeros pack a thousand times: two segments, a
// database and more are free.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"
#include "base/result.h"
#include "io/scratch.h"

namespace etcdf::archive {

inline constexpr FindingKind kArchiveCutShort{"archive.cut_short", Severity::kDamage};
inline constexpr FindingKind kArchiveDamaged{"archive.damaged", Severity::kDamage};
inline constexpr FindingKind kArchiveName{"archive.unsafe_name", Severity::kSuspect};
inline constexpr FindingKind kArchiveEncrypted{"archive.encrypted", Severity::kSuspect};
inline constexpr FindingKind kUnpackedLarge{"archive.unpacked", Severity::kNote};

inline constexpr int kDepthMax = 4;
inline constexpr uint64_t kRatioMax = 400;
inline constexpr uint64_t kFreeBytes = 256 << 20;
inline constexpr size_t kFilesMax = 100'000;
// As much of a file is looked at to tell whether it is wanted.
inline constexpr size_t kHeadBytes = 64 << 10;

enum class Packing : uint8_t {
  kNone,
  kGzip,
  kBzip2,
  kXz,
  kZstd,
  kZlib,
  kCompress,
  kBase64,
  kTar,
  kZip,
};

// By the first kHeadBytes of a file, or all of it.
Packing DetectPacking(Bytes head);
// "gzip", "bzip2", ...
const char* PackingName(Packing packing);

struct UnpackedFile {
  std::string name = {};  // in the archive: "var/lib/etcd/member/snap/db"
  std::shared_ptr<const io::ScratchFile> content = {};
  std::optional<int64_t> modified = {};  // seconds since 1970
  bool is_whole = true;                  // else what could be unpacked, its beginning
};

// Whether a file of this name and beginning is wanted. What is packed itself is not asked for, but
// unpacked.
using Wants = std::function<bool(std::string_view name, Bytes head)>;

// `packed` is of a packing other than kNone; `path` is what findings call it. Reports what is wrong
// with the archive, and what was left out of it.
//
// Errors: kUnsupported (a bomb; encrypted; too deep), kMalformed (nothing can be unpacked); those
// of Scratch.
Result<std::vector<UnpackedFile>> Unpack(Bytes packed, const std::string& path, const Wants& wants,
                                         io::Scratch& scratch, FindingSink& findings);

}  // namespace etcdf::archive
