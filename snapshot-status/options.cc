#include "snapshot-status/options.h"

#include <CLI/CLI.hpp>
#include <map>

namespace etcdf::snapshot_status {
namespace {

constexpr char kDescription[] =
    R"(Tells whether an etcd backup is any good, and what is in it.
Nothing is written, locked or changed; a running etcd is not disturbed.)";

constexpr char kFooter[] = R"(
FILE is what 'snapshot save' wrote, a data directory or its db, an LMDB copy, or a .snap file.

Examples:
  snapshot-status backup.db               hash, revision, keys, size and version, as etcdutl shows them
  snapshot-status --full backup.db        everything the file says of itself, and if it can be restored
  snapshot-status --check=logical *.db    look at every row of several backups

Exit status: 0 sound, 1 damage found, 2 could not do the job.)";

const std::map<std::string, Format> kFormats = {{"simple", Format::kSimple},
                                                {"table", Format::kTable},
                                                {"json", Format::kJson},
                                                {"fields", Format::kFields}};
const std::map<std::string, Depth> kDepths = {
    {"quick", Depth::kQuick}, {"structure", Depth::kStructure}, {"logical", Depth::kLogical}};

template <typename Enum>
CLI::Option* AddChoice(CLI::App& app, const char* name, Enum& to,
                       const std::map<std::string, Enum>& names, const char* help) {
  return app
      .add_option_function<std::string>(
          name, [&to, &names](const std::string& chosen) { to = names.at(chosen); }, help)
      ->check(CLI::IsMember(names));
}

}  // namespace

std::variant<Options, app::Refusal> ParseOptions(std::vector<std::string> args) {
  CLI::App app(kDescription, "snapshot-status");
  app.footer(kFooter);
  app.set_version_flag("--version", "snapshot-status " + std::string(app::kVersion));
  Options options;
  app.add_option("file", options.paths, "Snapshots to look at")->required()->type_name("FILE");
  app.add_flag("--full", options.full, "Show all that there is to say of a file");
  AddChoice(app, "--check", options.depth, kDepths,
            "How deep to look: quick (no checks), structure (default) or logical (every row)");
  AddChoice(app, "-w,--write-out", options.format, kFormats, "simple, table, json or fields")
      ->group("Output");
  app::AddQuietOption(app, options.quiet);
  if (auto refusal = app::Parse(app, std::move(args))) return *std::move(refusal);
  if (options.full && (options.format == Format::kTable || options.format == Format::kFields)) {
    return app::Mistake("snapshot-status", "--full prints as text or json, not as table or fields");
  }
  return options;
}

}  // namespace etcdf::snapshot_status
