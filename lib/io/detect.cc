#include "io/detect.h"

#include <cerrno>

#include "io/mapped_file.h"

namespace etcdf::io {
namespace {

uint32_t Le32(Bytes file, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(file[at + i]) << (8 * i);
  return value;
}

// The first record of every segment holds only a type (08 04) and a crc (10 ...).
bool LooksLikeWal(Bytes file) {
  if (file.size() < 12) return false;
  const uint64_t length = LoadLe64(file.data()) & 0x00ff'ffff'ffff'ffff;
  return length >= 4 && length <= 16 && file[8] == 0x08 && file[9] == 0x04 && file[10] == 0x10;
}

// 08 <crc varint> 12 <length varint>, and the length reaches exactly to the end of the file.
bool LooksLikeSnap(Bytes file) {
  size_t at = 0;
  const auto varint = [&](uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && at < file.size(); shift += 7) {
      const uint8_t byte = file[at++];
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  };
  uint64_t tag = 0, crc = 0, length = 0;
  return varint(tag) && tag == 0x08 && varint(crc) && varint(tag) && tag == 0x12 &&
         varint(length) && length == file.size() - at;
}

bool HasBoltMeta(Bytes file, uint64_t page) {
  return file.size() >= page + 24 && Le32(file, page + 16) == 0xED0CDAED;
}

bool LooksLikeBolt(Bytes file) {
  if (HasBoltMeta(file, 0)) return true;
  for (uint64_t page = 1024; page <= uint64_t{16} << 20; page *= 2) {
    if (HasBoltMeta(file, page)) return true;
  }
  return false;
}

bool HasLmdbMeta(Bytes file, uint64_t page) {
  return file.size() >= page + 24 && Le32(file, page + 16) == 0xBEEFC0DE;
}

bool LooksLikeLmdb(Bytes file) {
  if (HasLmdbMeta(file, 0)) return true;
  for (uint64_t page = 512; page <= 65536; page *= 2) {
    if (HasLmdbMeta(file, page)) return true;
  }
  return false;
}

}  // namespace

FileKind Detect(Bytes file) {
  if (file.empty()) return FileKind::kEmpty;
  // A log first: a value in it may hold the magic number of a database at any offset.
  if (LooksLikeWal(file)) return FileKind::kWalSegment;
  if (LooksLikeBolt(file)) return FileKind::kBolt;
  if (LooksLikeLmdb(file)) return FileKind::kLmdb;
  if (LooksLikeSnap(file)) return FileKind::kSnap;
  return FileKind::kUnknown;
}

Result<FileKind> DetectFile(const std::string& path) {
  const auto file = MappedFile::Open(path);
  if (!file) return Fail(file.error());
  return DetectMapped(*file);
}

Result<FileKind> DetectMapped(const MappedFile& file) {
  const FileKind kind = Detect(file.bytes());
  const auto fault = file.Fault();
  if (kind == FileKind::kUnknown && fault && fault->kind.id == kReadError.id) {
    return Fail({.code = ErrorCode::kIo,
                 .system_errno = EIO,
                 .what = "cannot tell what it is",
                 .subject = file.path()});
  }
  return kind;
}

const char* FileKindText(FileKind kind) {
  switch (kind) {
    case FileKind::kEmpty: return "is empty";
    case FileKind::kWalSegment: return "is a raft log segment";
    case FileKind::kSnap: return "is a raft snapshot (.snap)";
    case FileKind::kBolt: return "is a bbolt database";
    case FileKind::kLmdb: return "is an LMDB database";
    case FileKind::kUnknown: return "is none of etcd's files";
  }
  return "is none of etcd's files";
}

}  // namespace etcdf::io
