// The command line of dump-db, read and checked. Behind this stage nothing can be inconsistent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/cli.h"
#include "dating/reading.h"
#include "objects/filter.h"
#include "objects/write_reader.h"
#include "output/value_format.h"
#include "states/point.h"

namespace etcdf::dump_db {

enum class Format : uint8_t { kText, kJson, kCsv, kFields, kTable, kYaml, kName };
// What space and churn are grouped by.
enum class GroupBy : uint8_t { kPrefix, kKind, kNamespace, kManager, kKey };
// kFile: the file itself, unpacked, and without what was put into it on its way.
enum class ExportTarget : uint8_t { kLmdb, kSnapshot, kFile, kSqlite, kJson, kCsv, kYaml };

// What timeline counts by.
enum class TallyBy : uint8_t { kManager, kKind, kNamespace, kMinute };

// A place in the history: one of these.
struct Around {
  int64_t revision = 0;
  dating::Micros micros = 0;
  std::string key = {};
  uint64_t reach = 10;  // revisions on both sides
};

struct Verb;  // verbs.h

struct Options {
  const Verb* verb = nullptr;
  std::string path;           // data dir, database file, ...
  std::string wal_dir;        // where the segments are, if not beside the database
  std::string temporary_dir;  // where FILE is unpacked, if it is packed; empty: TMPDIR or /tmp
  Format format = Format::kText;
  std::optional<int> meta;  // bbolt: read through meta page 0 or 1, not the one etcd would choose
  states::Point point;      // which state of it; from the options below, too
  std::optional<uint64_t> at_index;  // --at-index, before it becomes the point
  std::string time;                  // --time, likewise

  std::string bucket;           // iterate-bucket
  std::string key;              // get, history
  std::string prefix;           // keys, space, churn
  uint64_t page_id = 0;         // page
  uint64_t start_revision = 0;  // scan-keys
  // hashkv, get, keys, ...: as of this one, once the point is reached; none: the latest.
  std::optional<int64_t> revision;
  uint64_t limit = 0;   // iterate-bucket; 0: all
  bool decode = false;  // iterate-bucket

  objects::Filter filter;  // objects, diff, export
  // What decodes values.
  std::string encryption_config;
  std::string descriptors;
  std::string redact_key;

  // diff.
  std::string other;  // the state after
  states::Point other_point;
  bool all_fields = false;
  bool by_key = false;
  bool summary = false;

  // timeline.
  std::optional<dating::Micros> since;
  std::optional<dating::Micros> until;
  std::optional<Around> around;
  std::optional<std::string> manager;
  std::optional<objects::WriteVerb> write_verb;
  std::string fields;  // the path of a field, or of what is above it
  std::optional<TallyBy> tally_by;

  // space, churn.
  GroupBy group_by = GroupBy::kPrefix;
  std::optional<uint64_t> depth;  // of prefixes, in parts between slashes; 2 if not given
  uint64_t top = 0;               // how many groups to show; 0: all
  int64_t from_revision = 0;
  std::optional<int64_t> to_revision;

  // salvage, objects.
  bool history = false;  // every revision, not the newest of each key
  bool stale = false;    // compacted ones, too

  // export, salvage.
  ExportTarget target = ExportTarget::kLmdb;
  std::string out;          // file or directory to write
  bool with_wal = false;    // SQLite: the raft entries too; salvage: what the pages lost
  bool undelete = false;    // export: what was deleted, as it was before
  bool clean = false;       // YAML: without what the cluster says of it
  bool dry_run = false;     // export: tell what would be written
  std::string member_name;  // SQLite: the name of this member's rows

  output::ValueFormat values;
  bool quiet = false;
};

// `args` without the program's name.
std::variant<Options, app::Refusal> ParseOptions(std::vector<std::string> args);

}  // namespace etcdf::dump_db
