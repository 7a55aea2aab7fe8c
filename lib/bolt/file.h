// A bbolt file: its two meta pages and its pages (bbolt v1.4.3, internal/common/{page,meta}.go,
// db.go; etcd 3.6.9 links v1.4.3).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/finding.h"
#include "base/result.h"
#include "bolt/meta.h"
#include "bolt/page.h"
#include "io/mapped_file.h"

namespace etcdf::bolt {

// What is wrong with a page before its elements are looked at.
enum class PageFault : uint8_t {
  kNone,
  kBeyondFile,      // the file ends before the page's header does
  kZeros,           // there is nothing but zeros
  kWrongId,         // the header names another page
  kWrongType,       // neither branch nor leaf
  kTooManyElements  // more than the page has room for
};

struct PageRead {
  PageFault fault = PageFault::kNone;
  // Its overflow pages are not all in the file. What is there can be read.
  bool cut_off = false;
  Page page;  // unless kBeyondFile
};

class File {
 public:
  // Errors: those of MappedFile::Open; kWrongKind (no meta page, and no pages that look like
  // bbolt's), kUnsupported (written by a big-endian machine).
  static Result<std::unique_ptr<File>> Open(const std::string& path);
  // The same of a file that is mapped already. It is mapped anew if it has grown since and its meta
  // page knows of the growth: a running etcd lengthens the file first, then writes the meta page.
  static Result<std::unique_ptr<File>> OverMapping(io::MappedFile mapping);
  // The same over bytes in memory, which must outlive the file. `path` is for messages.
  static Result<std::unique_ptr<File>> OverBytes(Bytes bytes, std::string path);

  const std::string& path() const { return path_; }
  Bytes bytes() const { return bytes_; }
  // Null over bytes in memory. Tells whether an etcd has the file open, and what failed in reading.
  const io::MappedFile* mapping() const { return mapping_ ? &*mapping_ : nullptr; }

  uint64_t page_size() const { return page_size_; }
  // Pages whose first byte is in the file.
  uint64_t page_count() const { return (bytes_.size() + page_size_ - 1) / page_size_; }

  const std::array<Meta, 2>& metas() const { return metas_; }
  // 0 or 1: the meta page that bbolt would use. Nothing if neither is valid.
  std::optional<int> chosen_meta() const;
  // The same, or else the one that looks most like a meta page whose checksum alone is wrong: its
  // root is the page it must be. Nothing if there is none.
  std::optional<int> best_meta() const;

  // Reports what is wrong with the meta pages.
  void ReportMetas(FindingSink& findings) const;

  // Whether at least the page's header is in the file.
  bool Has(uint64_t id) const {
    return id < page_count() && bytes_.size() - id * page_size_ >= kPageHeaderBytes;
  }
  // The page with all that must hold for a branch or leaf page.
  PageRead Read(uint64_t id) const;
  // The page as it is; nothing if not even its header is in the file.
  std::optional<Page> PageAt(uint64_t id) const;
  // Where the byte stands in the file; `within` is a view into it.
  uint64_t OffsetOf(const uint8_t* within) const {
    return static_cast<uint64_t>(within - bytes_.data());
  }

 private:
  File(Bytes bytes, std::string path) : path_(std::move(path)), bytes_(bytes) {}
  Result<void> FindMetas();
  bool EndsBeforeHighWater() const;

  std::string path_;
  std::optional<io::MappedFile> mapping_;
  Bytes bytes_;
  uint64_t page_size_ = 0;
  std::array<Meta, 2> metas_;
};

// "names itself page 7", "is a freelist page", ...
std::string PageFaultText(const PageRead& read);
// "is cut off by the end of the file, within its 27 pages".
std::string CutOffText(const PageRead& read);

}  // namespace etcdf::bolt
