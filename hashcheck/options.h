// The command line of hashcheck, read and checked. Behind this stage nothing can be inconsistent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/cli.h"
#include "apply/rules.h"
#include "live/http.h"
#include "output/value_format.h"

namespace etcdf::hashcheck {

enum class Format : uint8_t { kText, kTable, kJson, kFields, kHtml };

struct MemberArgument {
  std::string name;                // as every output calls it
  std::string path;                // or the URL of a running member
  std::string wal_dir = {};        // where its segments are, if not beside its database
  std::string temporary_dir = {};  // where it is unpacked, if it is packed; empty: TMPDIR or /tmp
};

struct Options {
  std::vector<MemberArgument> members;
  Format format = Format::kText;
  std::string out;   // the file that kHtml writes; empty with every other format
  bool all = false;  // every differing revision, not the first alone
  bool roll_forward = false;
  bool audit = false;
  bool best_member = false;
  // Which rules the members applied their logs by, where the user knows.
  std::optional<apply::Version> etcd_version = {};
  output::ValueFormat values;
  bool quiet = false;
  live::Options gateway;  // how to talk to running members
  std::string pull;       // the new file for the snapshot of the only running member; may be empty
};

// `hashcheck digest MEMBER --out FILE`
struct DigestOptions {
  MemberArgument member;
  std::string out;
  bool quiet = false;
};

// `args` without the program's name.
std::variant<Options, DigestOptions, app::Refusal> ParseOptions(std::vector<std::string> args);

}  // namespace etcdf::hashcheck
