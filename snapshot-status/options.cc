#include "snapshot-status/options.h"

#include <algorithm>
#include <map>

namespace etcdf::snapshot_status {
namespace {

constexpr char kDescription[] =
    R"(Tells whether an etcd backup is any good, and what is in it.
Nothing is written, locked or changed; a running etcd is not disturbed.)";

constexpr char kFooter[] = R"(
FILE is what 'snapshot save' wrote, a data directory or its db, an LMDB copy, or a .snap file; one of
these packed (gzip, bzip2, xz, zstd, zlib, compress, zip, tar, base64), or - for standard input; or a
folder of backups.

Examples:
  snapshot-status backup.db               hash, revision, keys, size and version, as etcdutl shows them
  snapshot-status backups/                which of the backups is the newest good one
  snapshot-status --full backup.db        everything the file says of itself, and if it can be restored
  snapshot-status --check=logical *.db    look at every row of several backups

Exit status: 0 sound, 1 damage found, 2 could not do the job, 130 interrupted.)";

const std::map<std::string, Format> kFormats = {{"simple", Format::kSimple},
                                                {"table", Format::kTable},
                                                {"json", Format::kJson},
                                                {"fields", Format::kFields}};
const std::map<std::string, Depth> kDepths = {
    {"quick", Depth::kQuick}, {"structure", Depth::kStructure}, {"logical", Depth::kLogical}};

}  // namespace

std::variant<Options, app::Refusal> ParseOptions(std::vector<std::string> args) {
  app::Cli cli("snapshot-status", kDescription, kFooter);
  Options options;
  cli.List("FILE", options.paths, "Snapshots to look at", "FILE...").Required();
  cli.Text("--wal-dir", options.wal_dir, "Where the log is, if not beside the database", "DIR");
  cli.Text("--tmpdir", options.temporary_dir,
           "Where what is packed is unpacked; else TMPDIR or /tmp", "DIR");
  cli.Flag("--full", options.full, "Show all that there is to say of a file");
  cli.Choice("--check", options.depth, kDepths,
             "How deep to look: quick (no checks), structure (default) or logical (every row)",
             "DEPTH");
  cli.Group("Output");
  cli.Choice("-w,--write-out", options.format, kFormats, "simple, table, json or fields", "FORMAT");
  app::AddQuietOption(cli, options.quiet);
  if (auto refusal = cli.Parse(std::move(args))) return *std::move(refusal);
  if (options.full && (options.format == Format::kTable || options.format == Format::kFields)) {
    return app::Mistake("snapshot-status", "--full prints as text or json, not as table or fields");
  }
  if (!options.wal_dir.empty() && options.paths.size() > 1) {
    return app::Mistake("snapshot-status", "--wal-dir is for one FILE");
  }
  if (std::ranges::count(options.paths, "-") > 1) {
    return app::Mistake("snapshot-status", "standard input can be read once: one FILE is -");
  }
  return options;
}

}  // namespace etcdf::snapshot_status
