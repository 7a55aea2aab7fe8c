// The digest file: what a member says of itself and the sums of its history, in less than a
// megabyte for a database of a gigabyte. docs/digest.md has the format and what can be concluded.
//
// It is not signed: it tells damage from rest, not truth from lies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "digest/range_sums.h"
#include "digest/sums.h"

namespace etcdf::digest {

// What the table of members shows. Absent is what the member's files do not say.
struct Facts {
  std::string name = {};  // as the user called the member; at most 255 bytes
  std::optional<uint64_t> node_id = {};
  std::optional<uint64_t> cluster_id = {};
  std::optional<uint64_t> size_bytes = {};
  std::optional<uint64_t> revision = {};
  std::optional<uint64_t> compact_revision = {};  // absent: never compacted
  std::optional<uint64_t> consistent_index = {};
  std::optional<uint64_t> term = {};  // of the entry at the consistent index
  std::optional<uint64_t> keys = {};
  std::optional<uint64_t> hash = {};     // `snapshot status`
  std::optional<uint64_t> hash_kv = {};  // at:
  std::optional<uint64_t> hash_kv_revision = {};
  std::optional<uint64_t> log_first_index = {};
  std::optional<uint64_t> log_last_index = {};
  std::optional<uint64_t> log_term = {};
  std::optional<uint64_t> commit = {};
  // The member's files were found damaged or suspect: what could not be read is not in the sums.
  bool is_damaged = false;

  friend bool operator==(const Facts&, const Facts&) = default;
};

struct Digest {
  Facts facts;
  DatabaseSums database;
  RangeSums log;  // empty if the member came without a log
};

inline constexpr size_t kMaxDigestBytes = size_t{64} << 20;

// Whether a file begins as a digest does, be it whole or not.
bool LooksLikeDigest(Bytes file);

// The digest as the bytes of a file.
std::vector<uint8_t> Encode(const Digest& digest);

// Errors: kWrongKind: no digest; kUnsupported: a digest of a later version; kMalformed: damaged or
// cut short.
Result<Digest> Decode(Bytes file);

}  // namespace etcdf::digest
