// The two meta pages of a bbolt file (bbolt v1.4.3, internal/common/meta.go).
//
// Behind the page's header, 64 bytes: magic, version, page size, flags (4 bytes each), root page,
// root bucket's sequence, freelist page, high water mark, txid, and the FNV-1a 64 of the 56 bytes
// before. Commits alternate between the two; the valid one with the higher txid counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace etcdf::bolt {

inline constexpr uint32_t kMagic = 0xED0CDAED;
inline constexpr uint32_t kVersion = 2;
// The freelist is not in the file: etcd since 3.3 has it so.
inline constexpr uint64_t kNoFreelist = ~uint64_t{0};

inline constexpr size_t kMetaBytes = 64;

// In the order in which bbolt tests them.
enum class MetaState : uint8_t {
  kValid,
  kAbsent,        // the file ends before
  kNoMagic,       // bbolt: "invalid database"
  kOtherVersion,  // "version mismatch"
  kBadChecksum    // "checksum error"
};

struct Meta {
  MetaState state = MetaState::kAbsent;
  uint32_t magic = 0;
  uint32_t version = 0;
  uint32_t page_size = 0;
  uint32_t flags = 0;
  uint64_t root = 0;
  uint64_t sequence = 0;
  uint64_t freelist = 0;
  uint64_t high_water = 0;  // the first page that was never used
  uint64_t txid = 0;
  uint64_t checksum = 0;
  uint64_t computed_checksum = 0;

  bool valid() const { return state == MetaState::kValid; }
};

// `page`: the page from its header on, as long as the file has it.
Meta DecodeMeta(Bytes page);

// The 64 bytes behind the page's header, with the checksum that they must have.
std::string EncodeMeta(const Meta& meta);

// "valid", "beyond the end of the file", "invalid database", "version mismatch", "checksum error".
std::string_view MetaStateText(MetaState state);

// Whether a page of a bbolt file can have this size: a power of two from 512 to 16 MiB.
bool IsPageSize(uint64_t bytes);

}  // namespace etcdf::bolt
