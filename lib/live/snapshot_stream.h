// The answer to /v3/maintenance/snapshot: a stream of JSON objects, each with the next piece of the
// database in base64, the last one with the SHA-256 of all before it (etcd v3.6.9,
// server/etcdserver/api/v3rpc/maintenance.go, Snapshot).
//
//   {"result":{"remaining_bytes":"4096","blob":"AAAA..."}}
//
// All pieces together are what `etcdctl snapshot save` writes: the database and the 32 bytes of the
// sum. Memory is bounded by one object.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "checksum/sha256.h"

namespace etcdf::live {

// Cuts a text into its JSON objects, whatever pieces it arrives in and whatever white space is
// between them. Knows strings and braces; what is between them is for a parser to judge.
class ObjectSplitter {
 public:
  // An object is at most this long. etcd sends 32 KiB of data in one, which is 44 KiB of base64.
  static constexpr size_t kMaxObjectBytes = size_t{4} << 20;

  using Take = std::function<Result<void>(std::string_view object)>;

  // Calls `take` with each object that is whole now. Errors: kMalformed, those of `take`. After one
  // the splitter is not used any more.
  Result<void> Feed(std::string_view text, const Take& take);
  // Whether nothing is left of an object that has begun.
  bool at_boundary() const { return depth_ == 0; }

 private:
  std::string object_;  // what has arrived of the present one
  size_t depth_ = 0;    // braces that are open
  bool in_string_ = false;
  bool escaped_ = false;  // the last character was a backslash in a string
};

class SnapshotStream {
 public:
  // No etcd has a database of this size: what announces more is something else.
  static constexpr uint64_t kMaxBytes = uint64_t{1} << 40;

  using Write = std::function<Result<void>(Bytes piece)>;

  // `write` gets the pieces in order, the sum at the end included.
  explicit SnapshotStream(Write write) : write_(std::move(write)) {}

  // The next part of the answer, as it comes. Errors: kMalformed: this is not such a stream, or it
  // sends more than it announced; kIo: the member breaks off, in its own words; those of `write`.
  Result<void> Feed(std::string_view text);

  // At the end of the answer: the size of the database in bytes, without the sum. Errors:
  // kMalformed: the stream ends early, or the sum is another.
  Result<uint64_t> Finish();

 private:
  Result<void> TakeObject(std::string_view object);
  void Sum(Bytes piece);

  Write write_;
  ObjectSplitter splitter_;
  std::vector<uint8_t> piece_;
  std::optional<uint64_t> announced_bytes_;  // the size of the database, by the first object
  uint64_t received_bytes_ = 0;
  Sha256 sum_;                 // of all bytes but those in `tail_`
  std::vector<uint8_t> tail_;  // the last 32 bytes received, or fewer: perhaps the sum
};

}  // namespace etcdf::live
