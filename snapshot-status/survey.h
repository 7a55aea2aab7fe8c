// What snapshot-status finds out about a file, before anything is printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "member/membership.h"
#include "member/open.h"
#include "member/open_database.h"
#include "mvcc/hash.h"
#include "mvcc/status.h"
#include "restore/forecast.h"
#include "snapfile/snap_file.h"
#include "snapshot-status/options.h"
#include "wire/raft_records.h"

namespace etcdf::snapshot_status {

inline constexpr FindingKind kShaMismatch{"snapshot.sha256_mismatch", Severity::kDamage};
inline constexpr FindingKind kShaCutOff{"snapshot.sha256_cut_off", Severity::kDamage};
inline constexpr FindingKind kShaFollowed{"snapshot.sha256_followed", Severity::kSuspect};
inline constexpr FindingKind kGlued{"snapshot.glued", Severity::kSuspect};
inline constexpr FindingKind kBadStore{"snap.bad_store", Severity::kSuspect};

// The SHA-256 of everything before it with which `snapshot save` ends a file (etcd v3.6.9,
// server/etcdserver/api/v3rpc/maintenance.go). etcd takes a file to have one if its length is 32
// beyond a multiple of 512 (etcdutl/snapshot/v3_snapshot.go, hasChecksum).
enum class ShaState : uint8_t {
  kNotChecked,
  kVerified,
  kAbsent,  // a database copied as it is
  kWrong,
  kCutOff,    // the file ends within it
  kUnknown,   // the file ends within the database
  kFollowed,  // right, and bytes stand behind it
};

// Findings of a check, notes aside.
struct Faults {
  uint64_t damage = 0;
  uint64_t suspect = 0;

  uint64_t all() const { return damage + suspect; }
};

struct Survey {
  std::string path;  // as the user gave it
  uint64_t file_bytes = 0;

  // Of a database. `etcdutl snapshot status` shows the next three.
  member::OpenedDatabase evidence = {};
  mvcc::Status status = {};
  mvcc::ContentHash content = {};
  ShaState sha = ShaState::kNotChecked;
  // Nothing if it was not looked at.
  std::optional<Faults> structure_faults = {};
  std::optional<Faults> row_faults = {};
  // With --full.
  std::optional<mvcc::KvHash> hash_kv = {};
  std::optional<uint64_t> free_pages = {};
  member::Membership members = {};
  std::vector<std::string> alarms = {};             // "NOSPACE on 8e3943c95e0420af"; as far as read
  std::optional<wire::Metadata> wal_metadata = {};  // of the log beside the database
  // Of a data directory: for the version that the cluster ran and the next one, or for all that it
  // may have run.
  std::vector<restore::Forecast> forecasts = {};

  // Of a .snap file, which has nothing of the above.
  std::optional<snapfile::SnapFile> snap = {};
};

// How much of the database the file has, where it was cut short.
struct Shortfall {
  uint64_t there_bytes = 0;
  uint64_t whole_bytes = 0;
};
std::optional<Shortfall> ShortfallOf(const Survey& survey);

// Errors: those of member::Open, its OpenDatabase and snapfile::ReadSnapFile; kMalformed if the
// file is damaged beyond reading.
Result<Survey> SurveyFile(const std::string& path, const Options& options, FindingSink& findings);

}  // namespace etcdf::snapshot_status
