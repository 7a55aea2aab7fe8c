// libarchive, wrapped: the files of one layer of packing, one after another.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "archive/stream.h"
#include "base/bytes.h"

struct archive;

namespace etcdf::archive {

enum class EntryKind : uint8_t { kFile, kLink, kOther };

struct Entry {
  std::string name = {};  // empty where the packing has no names, as gzip
  EntryKind kind = EntryKind::kFile;
  bool is_encrypted = false;
  std::optional<int64_t> modified = {};
};

// A piece of a file's content. Before it, up to `at`, there are zeros.
struct Piece {
  uint64_t at = 0;
  Bytes bytes = {};
};

// What is looked for beneath a compression. libarchive takes zeros for a tar archive without files,
// so it is not left to find out.
enum class Layout : uint8_t {
  kSingle,  // one entry without a name
  kTar,
  kZip,
};

class Reader {
 public:
  // Compressed with bzip2, xz, zstd, or not at all.
  Reader(Bytes packed, Layout layout);
  // The same of what a stream gives.
  Reader(std::unique_ptr<Stream> stream, Layout layout);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader();

  // Nothing at the end, or where it cannot go on.
  std::optional<Entry> NextEntry();
  // The content of the entry; nothing at its end.
  std::optional<Piece> NextPiece();

  // Of what was read so far; kWhole after the last entry where nothing was wrong.
  End end() const;
  std::string what() const;
  // Of the layer's own bytes.
  uint64_t packed_bytes() const;

 private:
  static long OnRead(::archive* handle, void* reader, const void** bytes);
  void Begin(Layout layout);
  // Whether to go on after libarchive's answer.
  bool Check(int answer);
  void Fail(End end, std::string what);

  ::archive* handle_;
  std::unique_ptr<Stream> stream_;
  End end_ = End::kNotYet;
  std::string what_;
};

}  // namespace etcdf::archive
