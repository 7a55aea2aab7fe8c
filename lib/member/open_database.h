// Opens a database with the engine that wrote it. Where one is, member/open.h finds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/backend.h"
#include "base/finding.h"
#include "base/result.h"
#include "bolt/database.h"
#include "bolt/file.h"
#include "io/scratch.h"

namespace etcdf::member {

inline constexpr FindingKind kDatabaseInUse{"db.in_use", Severity::kNote};
inline constexpr FindingKind kUnreadable{"db.unreadable", Severity::kDamage};
inline constexpr FindingKind kMissingBucket{"db.missing_bucket", Severity::kDamage};
inline constexpr FindingKind kUnknownBucket{"db.unknown_bucket", Severity::kSuspect};

// Where a database is, and what its place says of it.
struct DatabasePlace {
  std::string path = {};
  std::string data_dir = {};  // the data dir it was found in; empty for a file by itself
  bool is_etcds_db = false;   // member/snap/db: a bbolt file, however damaged
  std::shared_ptr<const io::ScratchFile> content = {};  // null: at the path
};

struct DatabaseChoice {
  // Read a bbolt file through this meta page, 0 or 1, instead of the one etcd would choose.
  std::optional<int> meta = {};
};

struct OpenedDatabase {
  std::string path = {};      // of the database file
  std::string data_dir = {};  // the data dir it was found in; empty for a file by itself
  // The pages, for the verbs that speak of pages. Null if the engine is not bbolt.
  std::unique_ptr<bolt::File> bolt = {};
  // Null where the pages cannot be read as a database at all: `unreadable` says why.
  std::unique_ptr<backend::Database> database = {};
  // The same, where the engine is bbolt.
  const bolt::Database* bolt_database = nullptr;
  Error unreadable = {};

  // What reading met that no decoder could see (io::MappedFile::Fault). Ask when all is read.
  void ReportFaults(FindingSink& findings) const;
};

// A bbolt file of any name (a data dir's db, a .snap.db, what `snapshot save` wrote), or the
// data.mdb of an LMDB environment. Reports what is damaged or odd about the file as a whole.
//
// Errors: kIo, kNotFound, kWrongKind (not a database), kMalformed (an LMDB environment damaged
// beyond reading, which is reported, too).
Result<OpenedDatabase> OpenDatabase(const DatabasePlace& place, const DatabaseChoice& choice,
                                    FindingSink& findings);

// Reports a bucket that is not there. Where `key` or `meta` is missing, etcd makes it at its start
// (v3.6.9, mvcc/kvstore.go, NewStore): the file is not etcd's, or damaged, and the store is empty.
void ReportMissingBucket(const OpenedDatabase& opened, std::string_view bucket,
                         FindingSink& findings);

// Reports buckets in a store of etcd's, which has bucket `key`, that are none of etcd's.
void ReportUnknownBuckets(const OpenedDatabase& opened, FindingSink& findings);

}  // namespace etcdf::member
