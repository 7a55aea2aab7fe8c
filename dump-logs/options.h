// The command line of dump-logs, read and checked. Behind this stage nothing can be inconsistent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/cli.h"
#include "output/value_format.h"

namespace etcdf::dump_logs {

enum class View : uint8_t { kEntries, kRaw, kStats, kSegments, kVerify };
enum class Format : uint8_t { kText, kJson, kCsv };
enum class StatsBy : uint8_t { kKind, kPrefix, kKey, kUser, kLease, kProposer, kTerm };

// Which entries to show; every criterion that is set has to hold, and of a list one element.
struct Criteria {
  std::string entry_types;            // upstream's --entry-type, as given
  std::vector<std::string> keys;      // touched, be it by a range
  std::vector<std::string> prefixes;  // of a key touched
  std::vector<int64_t> leases;
  std::vector<uint64_t> terms;
  std::vector<std::string> users;   // in whose name the request was made
  std::vector<uint16_t> proposers;  // low 16 bits of the proposing member's id
  uint64_t min_size_bytes = 0;      // of the entry's data
};

struct Around {
  uint64_t index = 0;
  uint64_t distance = 10;
};

struct Options {
  std::string path;
  std::string wal_dir;
  std::string temporary_dir;  // where PATH is unpacked, if it is packed; empty: TMPDIR or /tmp
  View view = View::kEntries;
  Format format = Format::kText;
  StatsBy stats_by = StatsBy::kKind;

  // Where to begin and end. At most one of the ways to begin is set; none: behind the newest
  // snapshot.
  std::optional<uint64_t> start_index;  // exclusive, as upstream has it
  std::optional<uint64_t> from;         // inclusive
  std::string start_snap;
  std::optional<uint64_t> tail;
  std::optional<Around> around;
  std::optional<uint64_t> until;  // inclusive, whichever option said so

  Criteria criteria;
  bool superseded = false;
  bool with_revisions = false;
  std::string stream_decoder;
  bool decode_values = false;  // of Kubernetes
  std::string encryption_config;
  std::string descriptors;
  std::string redact_key;
  output::ValueFormat values;
  bool quiet = false;
};

// `args` without the program's name.
std::variant<Options, app::Refusal> ParseOptions(std::vector<std::string> args);

}  // namespace etcdf::dump_logs
