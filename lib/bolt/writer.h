// Writes a new bbolt file: top-level buckets with their rows, in one pass, from the first leaf to
// the meta pages. What comes out is what `bbolt compact` makes: no page that is free, pages filled
// to nine tenths so that the next writer need not split them at once, small buckets inline.
//
// Memory is bounded by the tree's height: each level holds the page that is being filled. Until it
// is committed nothing is promised about the file, and nothing is there under its name.
//
// (bbolt v1.4.3, node.go, split; bucket.go, inlineable; cmd/bbolt/command/command_compact.go.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "bolt/page_builder.h"
#include "io/new_file.h"

namespace etcdf::bolt {

class Writer {
 public:
  // etcd takes the page size of the machine; bbolt opens files of any.
  static constexpr size_t kPageBytes = 4096;
  static constexpr size_t kMaxKeyBytes = 32768;
  static constexpr size_t kMaxValueBytes = (size_t{1} << 31) - 2;

  // `path` and `path`.part must not exist. Errors: kIo.
  static Result<Writer> Create(const std::string& path);

  // The rows that follow are the bucket's, which exists from now on, empty or not. Errors: as
  // Append.
  Result<void> BeginBucket(Bytes name);

  // A bucket has begun. Both its names and the rows of each come in ascending order. Errors: kIo;
  // kUnsupported for a key or value that bbolt cannot have (an empty or too long one); kMalformed
  // for a key that is not behind the one before.
  Result<void> Append(Bytes key, Bytes value);

  // Everything is written. The caller may append what belongs behind the database (a snapshot's
  // sum), and commits the file. The writer is not used any more. Errors: kIo.
  Result<io::NewFile> Finish();

 private:
  // A bucket's rows on their way into pages.
  class Tree {
   public:
    bool begun() const { return !levels_.empty(); }
    void Begin();
    Result<void> Append(Bytes key, Bytes value, bool is_bucket, Writer& writer);
    // The whole tree, where it is one leaf of at most a quarter of a page: what bbolt keeps inline.
    bool fits_inline() const;
    std::string TakeInline() { return levels_.front().page.Take(levels_.front().page.count(), {}); }
    // Writes what is left. Returns the root page, and the tree is empty.
    Result<uint64_t> Finish(Writer& writer);

   private:
    struct Level {
      PageBuilder page;
      size_t full = 0;  // elements that make a full page; 0: there is still room
    };
    void NoteIfFull(Level& level, size_t bytes);
    // Writes the first `count` elements of the level as a page, and that into the level above;
    // as long as this makes another page full there, the same again.
    Result<void> Close(size_t level, size_t count, Writer& writer);
    Result<void> CloseLast(size_t level, Writer& writer);

    std::vector<Level> levels_;  // the leaves first
    std::string key_last_;
  };

  explicit Writer(io::NewFile file) : file_(std::move(file)) {}
  Result<void> EndBucket();
  // Fills `page` up to whole pages and writes it.
  Result<void> WritePage(std::string page);
  static uint32_t OverflowOf(size_t bytes) {
    return static_cast<uint32_t>((bytes - 1) / kPageBytes);
  }

  io::NewFile file_;
  uint64_t next_page_ = 0;
  Tree root_;
  std::string bucket_;
  Tree rows_;
};

}  // namespace etcdf::bolt
