// The command line of snapshot-status, read and checked.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "app/cli.h"

namespace etcdf::snapshot_status {

enum class Format : uint8_t { kSimple, kTable, kJson, kFields };

// Each looks at all that the one before does.
enum class Depth : uint8_t {
  kQuick,      // only what the answer needs
  kStructure,  // bbolt's pages, and the SHA-256 where the file has one
  kLogical,    // every row
};

struct Options {
  std::vector<std::string> paths;
  std::string wal_dir;        // where the segments of the only path are, if not beside its database
  std::string temporary_dir;  // where a file is unpacked, if it is packed; empty: TMPDIR or /tmp
  Format format = Format::kSimple;
  Depth depth = Depth::kStructure;
  bool full = false;
  bool with_members = false;  // read who the members are: set for a folder of backups
  bool quiet = false;
};

// `args` without the program's name.
std::variant<Options, app::Refusal> ParseOptions(std::vector<std::string> args);

}  // namespace etcdf::snapshot_status
