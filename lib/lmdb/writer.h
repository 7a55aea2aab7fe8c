// Writes a new LMDB environment: buckets as named databases, rows in the order in which they come.
//
// Memory is bounded: rows are committed some megabytes at a time. Until Finish nothing is promised
// about the file; write it where nobody takes it for whole (io/new_path.h).
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::lmdb {

class Writer {
 public:
  // Makes `folder`, which must not exist, and data.mdb in it. Errors: kIo.
  static Result<Writer> Create(const std::string& folder);

  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();

  // The rows that follow are the bucket's, which exists from now on, empty or not. Errors: kIo;
  // kUnsupported for a name that LMDB cannot have (empty, longer than 511 bytes, with a zero byte).
  Result<void> BeginBucket(Bytes name);

  // Rows in ascending order are appended, which is fast and leaves full pages; others are put where
  // they belong. A value may be empty. Errors: kIo; kUnsupported for a key that LMDB cannot have
  // (empty, longer than 511 bytes); kMalformed for a key that the bucket has already. The subject
  // names the row.
  Result<void> Append(Bytes key, Bytes value);

  // Everything is on the disk; no lock file is left. Errors: kIo.
  Result<void> Finish();

 private:
  class Impl;
  explicit Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace etcdf::lmdb
