#include "bolt/meta.h"

#include <bit>

#include "bolt/page.h"

namespace etcdf::bolt {
namespace {

uint64_t Fnv1a64(Bytes bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

MetaState StateOf(const Meta& meta) {
  if (meta.magic != kMagic) return MetaState::kNoMagic;
  if (meta.version != kVersion) return MetaState::kOtherVersion;
  if (meta.checksum != meta.computed_checksum) return MetaState::kBadChecksum;
  return MetaState::kValid;
}

}  // namespace

Meta DecodeMeta(Bytes page) {
  constexpr size_t kChecksummedBytes = 56;
  Meta meta;
  if (page.size() < kPageHeaderBytes + kMetaBytes) return meta;
  const Bytes bytes = page.subspan(kPageHeaderBytes, kMetaBytes);
  const uint8_t* const at = bytes.data();
  meta = {.magic = LoadLe32(at),
          .version = LoadLe32(at + 4),
          .page_size = LoadLe32(at + 8),
          .flags = LoadLe32(at + 12),
          .root = LoadLe64(at + 16),
          .sequence = LoadLe64(at + 24),
          .freelist = LoadLe64(at + 32),
          .high_water = LoadLe64(at + 40),
          .txid = LoadLe64(at + 48),
          .checksum = LoadLe64(at + 56),
          .computed_checksum = Fnv1a64(bytes.first(kChecksummedBytes))};
  meta.state = StateOf(meta);
  return meta;
}

std::string EncodeMeta(const Meta& meta) {
  std::string bytes;
  AppendLe(bytes, meta.magic);
  AppendLe(bytes, meta.version);
  AppendLe(bytes, meta.page_size);
  AppendLe(bytes, meta.flags);
  AppendLe(bytes, meta.root);
  AppendLe(bytes, meta.sequence);
  AppendLe(bytes, meta.freelist);
  AppendLe(bytes, meta.high_water);
  AppendLe(bytes, meta.txid);
  AppendLe(bytes, Fnv1a64(AsBytes(bytes)));
  return bytes;
}

std::string_view MetaStateText(MetaState state) {
  switch (state) {
    case MetaState::kValid: return "valid";
    case MetaState::kAbsent: return "beyond the end of the file";
    case MetaState::kNoMagic: return "invalid database";
    case MetaState::kOtherVersion: return "version mismatch";
    case MetaState::kBadChecksum: return "checksum error";
  }
  return "";
}

bool IsPageSize(uint64_t bytes) {
  return std::has_single_bit(bytes) && bytes >= 512 && bytes <= (uint64_t{16} << 20);
}

}  // namespace etcdf::bolt
