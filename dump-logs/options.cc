#include "dump-logs/options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "app/cli.h"

namespace etcdf::dump_logs {
namespace {

constexpr char kDescription[] =
    R"(Shows what went through an etcd member's raft log: any etcd from 3.0 to 3.7, sound or damaged.
Nothing is written, locked or changed; a running etcd is not disturbed.)";

constexpr char kExamples[] = R"(
Examples:
  dump-logs DATA_DIR                      entries behind the newest snapshot, as etcd-dump-logs shows them
  dump-logs --from 1 DATA_DIR             every entry the log has
  dump-logs --verify DATA_DIR             is the log sound, and up to which index can it be trusted
  dump-logs --around 233,5 DATA_DIR       entries 228 to 238
  dump-logs --from 1 --key /registry/pods/default/web-0 -w json DATA_DIR
                                          the life of one key
  dump-logs --from 1 --with-revisions DATA_DIR
                                          which revision each entry wrote
  dump-logs --from 1 --stats=prefix DATA_DIR
                                          what fills the log
  dump-logs --redact --from 1 DATA_DIR    an output that can be shared

Exit status: 0 sound, 1 damage found, 2 could not do the job.)";

constexpr char kEntryTypes[] = "Normal,ConfigChange";

// Upstream's list, and what each name means is in filter.cc.
constexpr char kEntryTypeHelp[] =
    "Entry types to show, separated by commas: ConfigChange, Normal, Request, InternalRaftRequest, "
    "IRRRange, IRRPut, IRRDeleteRange, IRRTxn, IRRCompaction, IRRLeaseGrant, IRRLeaseRevoke, "
    "IRRLeaseCheckpoint";

const std::map<std::string, Format> kFormats = {
    {"text", Format::kText}, {"json", Format::kJson}, {"csv", Format::kCsv}};
const std::map<std::string, StatsBy> kStats = {
    {"kind", StatsBy::kKind}, {"prefix", StatsBy::kPrefix}, {"key", StatsBy::kKey},
    {"user", StatsBy::kUser}, {"lease", StatsBy::kLease},   {"proposer", StatsBy::kProposer},
    {"term", StatsBy::kTerm}};

// What the options say before they are held against one another.
struct RawOptions {
  Options options;
  std::optional<uint64_t> end_index;
  std::optional<uint64_t> to;
  std::string around;
  std::vector<std::string> leases;
  std::vector<std::string> proposers;
  std::string stats;
  std::string format = "text";
  bool raw = false, segments = false, verify = false;
};

void Declare(CLI::App& app, RawOptions& raw) {
  Options& o = raw.options;
  Criteria& c = o.criteria;
  const auto list = [&](const char* name, std::vector<std::string>& to, const char* help) {
    app.add_option(name, to, help)->allow_extra_args(false);
  };

  app.add_option("path", o.path, "Data directory, WAL directory or one .wal segment")
      ->required()
      ->type_name("PATH");
  app.add_option("--wal-dir", o.wal_dir, "Where the segments are, if not in PATH/member/wal")
      ->type_name("DIR");

  const CLI::Validator number(app::CheckDecimal, "NUMBER");
  app.add_option("--from", o.from, "First index to show")->group("Range");
  app.add_option("--to", raw.to, "Last index to show")->group("Range");
  app.add_option("--tail", o.tail, "Only the last N entries")->type_name("N")->group("Range");
  app.add_option("--around", raw.around, "The entry INDEX and N (10) before and after it")
      ->type_name("INDEX[,N]")
      ->group("Range");
  app.add_option("--start-index", o.start_index,
                 "Show entries after this index; 0: all (as etcd-dump-logs 3.5 and 3.6)")
      ->group("Range");
  app.add_option("--end-index", raw.end_index, "Show entries before this index")->group("Range");
  app.add_option("--start-snap", o.start_snap, "Begin behind this .snap file of PATH/member/snap")
      ->type_name("NAME")
      ->group("Range");

  app.add_option("--entry-type", c.entry_types, kEntryTypeHelp)
      ->type_name("TYPES")
      ->group("Filters");
  list("--key", c.keys, "Requests that touch this key");
  list("--prefix", c.prefixes, "Requests that touch a key with this prefix");
  list("--lease", raw.leases, "Requests that name this lease (hexadecimal or decimal)");
  app.add_option("--term", c.terms, "Entries of this term")->allow_extra_args(false);
  list("--user", c.users, "Requests made by this user");
  list("--proposer", raw.proposers, "Requests proposed by this member (id in hexadecimal)");
  app.add_option("--min-size", c.min_size_bytes, "Entries with at least so much data")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("BYTES");
  for (const char* name : {"--from", "--to", "--tail", "--start-index", "--end-index", "--term"}) {
    app.get_option(name)->transform(number);
  }
  for (const char* name :
       {"--key", "--prefix", "--lease", "--term", "--user", "--proposer", "--min-size"}) {
    app.get_option(name)->group("Filters");
  }
  app.add_flag("--superseded", o.superseded, "Show entries that a later term overwrote, too")
      ->group("Filters");

  app.add_flag("--with-revisions", o.with_revisions,
               "Show what each entry did when it was applied: its revision, or why none")
      ->group("Views");
  app.add_flag("--raw", raw.raw, "Show every record of the files, in file order")->group("Views");
  app.add_option("--stats", raw.stats,
                 "Count instead of show: by kind, prefix, key, user, lease, proposer or term")
      ->transform(CLI::IsMember(kStats))
      ->type_name("[=BY]")
      ->group("Views");
  app.add_flag("--segments", raw.segments, "Show a table of the segments")->group("Views");
  app.add_flag("--verify", raw.verify, "Check everything, show no entries")->group("Views");

  app.add_option("-w,--write-out", raw.format, "text, json (an object a line) or csv")
      ->transform(CLI::IsMember(kFormats))
      ->group("Output");
  app::AddValueOptions(app, o.values);
  app.add_option("--stream-decoder", o.stream_decoder,
                 "Command that answers each line of hex (an entry's data) with a line STATUS|TEXT")
      ->type_name("COMMAND")
      ->group("Output");
  app::AddQuietOption(app, o.quiet);
}

bool HasFilter(const Options& o) {
  const Criteria& c = o.criteria;
  const bool all_types = c.entry_types.empty() || c.entry_types == kEntryTypes;
  return !all_types || !c.keys.empty() || !c.prefixes.empty() || !c.leases.empty() ||
         !c.terms.empty() || !c.users.empty() || !c.proposers.empty() || c.min_size_bytes > 0 ||
         o.superseded;
}

// What the view chosen has no use for is refused, so that nothing is silently ignored. The text of
// the mistake, or nothing.
std::optional<std::string> CheckView(const Options& o) {
  const bool shows_entries = o.view == View::kEntries;
  if (!o.stream_decoder.empty()) {
    if (!shows_entries) return "--stream-decoder is for entries only";
    if (o.format == Format::kCsv) return "--stream-decoder prints with text or json, not csv";
    if (o.values.redact) return "--redact cannot vouch for what --stream-decoder prints";
  }
  if (o.with_revisions && !shows_entries) return "--with-revisions is for entries only";
  if (shows_entries || o.view == View::kStats) return std::nullopt;
  if (HasFilter(o)) {
    return "filters choose entries; --raw, --segments and --verify show none by themselves";
  }
  if (o.view == View::kRaw && (!o.start_snap.empty() || o.tail || o.around)) {
    return "--raw shows records: --start-snap, --tail and --around do not go with it";
  }
  const bool has_range =
      o.until || o.around || o.tail || o.from || o.start_index || !o.start_snap.empty();
  if (o.view != View::kRaw && has_range) {
    return "--segments and --verify look at the whole log: no range goes with them";
  }
  if (o.view != View::kSegments && o.format == Format::kCsv) {
    return "--raw and --verify print text or json, not csv";
  }
  return std::nullopt;
}

// Holds the options against one another. The text of the mistake, or nothing.
std::optional<std::string> Check(RawOptions& raw) {
  Options& o = raw.options;
  const int views = int{raw.raw} + int{!raw.stats.empty()} + int{raw.segments} + int{raw.verify};
  if (views > 1) return "only one of --raw, --stats, --segments and --verify can be shown";
  if (raw.raw) o.view = View::kRaw;
  if (!raw.stats.empty()) o.view = View::kStats;
  if (raw.segments) o.view = View::kSegments;
  if (raw.verify) o.view = View::kVerify;

  if (!raw.around.empty()) {
    const size_t comma = raw.around.find(',');
    const auto index = app::ParseNumber(std::string_view(raw.around).substr(0, comma), 10);
    const auto distance =
        comma == std::string::npos
            ? std::optional<uint64_t>(Around{}.distance)
            : app::ParseNumber(std::string_view(raw.around).substr(comma + 1), 10);
    if (!index || !distance) return "--around wants INDEX or INDEX,N, not " + raw.around;
    o.around = Around{*index, *distance};
  }
  const int starts = int{o.start_index.has_value()} + int{o.from.has_value()} +
                     int{!o.start_snap.empty()} + int{o.tail.has_value()} +
                     int{o.around.has_value()};
  if (starts > 1) {
    return "only one of --start-index, --from, --start-snap, --tail and --around says where to "
           "begin";
  }
  if (int{raw.to.has_value()} + int{raw.end_index.has_value()} + int{o.around.has_value()} > 1) {
    return "only one of --to, --end-index and --around says where to end";
  }
  if (raw.to) o.until = raw.to;
  if (raw.end_index) o.until = *raw.end_index == 0 ? 0 : *raw.end_index - 1;

  o.format = kFormats.at(raw.format);
  if (!raw.stats.empty()) o.stats_by = kStats.at(raw.stats);

  for (const std::string& lease : raw.leases) {
    const auto hex = app::ParseNumber(lease, 16);
    if (!hex) return "--lease wants a lease id, not " + lease;
    o.criteria.leases.push_back(static_cast<int64_t>(*hex));
    if (const auto decimal = app::ParseNumber(lease, 10)) {
      o.criteria.leases.push_back(static_cast<int64_t>(*decimal));
    }
  }
  for (const std::string& proposer : raw.proposers) {
    const auto id = app::ParseNumber(proposer, 16);
    if (!id) return "--proposer wants a member id in hexadecimal, not " + proposer;
    o.criteria.proposers.push_back(static_cast<uint16_t>(*id));
  }
  if (auto mistake = CheckView(o)) return mistake;
  if (o.criteria.entry_types.empty()) o.criteria.entry_types = kEntryTypes;
  return std::nullopt;
}

}  // namespace

std::variant<Options, app::Refusal> ParseOptions(std::vector<std::string> args) {
  CLI::App app(kDescription, "dump-logs");
  app.footer(kExamples);
  app.set_version_flag("--version", "dump-logs " + std::string(app::kVersion));
  RawOptions raw;
  Declare(app, raw);
  if (auto refusal = app::Parse(app, std::move(args), {"stats=kind"})) return *std::move(refusal);
  if (const auto mistake = Check(raw)) return app::Mistake("dump-logs", *mistake);
  return raw.options;
}

}  // namespace etcdf::dump_logs
