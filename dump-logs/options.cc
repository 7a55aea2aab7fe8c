#include "dump-logs/options.h"

#include <map>

#include "app/cli.h"

namespace etcdf::dump_logs {
namespace {

constexpr char kDescription[] =
    R"(Shows what went through an etcd member's raft log: any etcd from 3.0 to 3.7, sound or damaged.
Nothing is written, locked or changed; a running etcd is not disturbed.)";

constexpr char kExamples[] = R"(
Examples:
  dump-logs DATA_DIR                      entries after the newest snapshot, as etcd-dump-logs shows them
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

Exit status: 0 sound, 1 damage found, 2 could not do the job, 130 interrupted.)";

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
  std::optional<StatsBy> stats;
  bool raw = false, segments = false, verify = false;
};

void Declare(app::Cli& cli, RawOptions& raw) {
  Options& o = raw.options;
  Criteria& c = o.criteria;
  cli.Argument("PATH", o.path, "Data directory, WAL directory or one .wal segment", "PATH");
  cli.Text("--wal-dir", o.wal_dir, "Where the segments are, if not in PATH/member/wal", "DIR");
  cli.Text("--tmpdir", o.temporary_dir, "Where what is packed is unpacked; else TMPDIR or /tmp",
           "DIR");

  cli.Group("Range");
  cli.Number("--from", o.from, "First index to show", "INDEX");
  cli.Number("--to", raw.to, "Last index to show", "INDEX");
  cli.Number("--tail", o.tail, "Only the last N entries");
  cli.Text("--around", raw.around, "The entry INDEX and N (10) before and after it", "INDEX[,N]");
  cli.Number("--start-index", o.start_index,
             "Show entries after this index; 0: all (as etcd-dump-logs 3.5 and 3.6)", "INDEX");
  cli.Number("--end-index", raw.end_index, "Show entries before this index", "INDEX");
  cli.Text("--start-snap", o.start_snap, "Begin after this .snap file of PATH/member/snap", "NAME");

  cli.Group("Filters");
  cli.Text("--entry-type", c.entry_types, kEntryTypeHelp, "TYPES");
  cli.List("--key", c.keys, "Requests that touch this key", "KEY");
  cli.List("--prefix", c.prefixes, "Requests that touch a key with this prefix", "PREFIX");
  cli.List("--lease", raw.leases, "Requests that name this lease (hexadecimal or decimal)", "ID");
  cli.Number("--term", c.terms, "Entries of this term", "TERM");
  cli.List("--user", c.users, "Requests made by this user", "NAME");
  cli.List("--proposer", raw.proposers, "Requests proposed by this member (id in hexadecimal)",
           "ID");
  cli.Bytes("--min-size", c.min_size_bytes, "Entries with at least so much data");
  cli.Flag("--superseded", o.superseded, "Show entries that a later term overwrote, too");

  cli.Group("Views");
  cli.Flag("--with-revisions", o.with_revisions,
           "Show what each entry did when it was applied: its revision, or why none");
  cli.Flag("--raw", raw.raw, "Show every record of the files, in file order");
  cli.Choice("--stats", raw.stats, kStats,
             "Count instead of show: by kind, prefix, key, user, lease, proposer or term", "[=BY]")
      .Implied("kind");
  cli.Flag("--segments", raw.segments, "Show a table of the segments");
  cli.Flag("--verify", raw.verify, "Check everything, show no entries");

  cli.Group("Output");
  cli.Choice("-w,--write-out", o.format, kFormats, "text, json (an object a line) or csv",
             "FORMAT");
  app::AddValueOptions(cli, o.values);
  cli.Flag("--decode-values", o.decode_values, "Show the objects of Kubernetes that are put, too");
  cli.Text("--encryption-config", o.encryption_config,
           "The cluster's EncryptionConfiguration: opens values encrypted at rest", "FILE");
  cli.Text("--k8s-descriptors", o.descriptors,
           "More types of objects: a FileDescriptorSet, as protoc writes it", "FILE");
  cli.Text("--redact-key", o.redact_key,
           "Key of the ids of closed values: the same ids in each run", "FILE");
  const auto take_decoder = [&o](const std::string& command) -> std::optional<std::string> {
    if (command.find_first_not_of(' ') == std::string::npos) return "a command";
    o.stream_decoder = command;
    return std::nullopt;
  };
  cli.Value("--stream-decoder", take_decoder,
            "Command that answers each line of hex (an entry's data) with a line STATUS|TEXT",
            "COMMAND");
  app::AddQuietOption(cli, o.quiet);
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
  const bool helps_decode =
      !o.encryption_config.empty() || !o.descriptors.empty() || !o.redact_key.empty();
  if (helps_decode && !o.decode_values) {
    return "--encryption-config, --k8s-descriptors and --redact-key are for --decode-values";
  }
  if (o.decode_values && !shows_entries) return "--decode-values is for entries only";
  if (o.decode_values && o.format == Format::kCsv) {
    return "--decode-values prints with text or json, not csv";
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
  const int views = int{raw.raw} + int{raw.stats.has_value()} + int{raw.segments} + int{raw.verify};
  if (views > 1) return "only one of --raw, --stats, --segments and --verify can be shown";
  if (raw.raw) o.view = View::kRaw;
  if (raw.stats) o.view = View::kStats;
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

  if (raw.stats) o.stats_by = *raw.stats;

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
  app::Cli cli("dump-logs", kDescription, kExamples);
  RawOptions raw;
  Declare(cli, raw);
  if (auto refusal = cli.Parse(std::move(args))) return *std::move(refusal);
  if (const auto mistake = Check(raw)) return app::Mistake("dump-logs", *mistake);
  return raw.options;
}

}  // namespace etcdf::dump_logs
