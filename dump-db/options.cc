#include "dump-db/options.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "base/escape.h"
#include "dating/shown_times.h"
#include "dump-db/declarer.h"
#include "dump-db/selection.h"
#include "dump-db/verbs.h"

namespace etcdf::dump_db {
namespace {

constexpr char kDescription[] =
    R"(Shows what is in an etcd member's database: bbolt or LMDB, sound or damaged.
Nothing is written, locked or changed; a running etcd is not disturbed.)";

constexpr char kFooter[] = R"(
'dump-db VERB --help' lists the options of a verb.

FILE is a data directory, its member or snap folder, a bbolt file of any name (a data directory's
db, a snapshot, a .snap.db), an LMDB environment or its data.mdb; or one of these packed (gzip, bzip2,
xz, zstd, zlib, compress, zip, tar, base64), ARCHIVE/NAME where there are several, or - for standard input.
FILE@rev=N, FILE@time=T, FILE@oldest and FILE@index=N name a state of it other than the newest.

Exit status: 0 sound, 1 damage found, 2 could not do the job, 130 interrupted.)";

const std::map<std::string, GroupBy> kGroups = {{"prefix", GroupBy::kPrefix},
                                                {"kind", GroupBy::kKind},
                                                {"namespace", GroupBy::kNamespace},
                                                {"manager", GroupBy::kManager},
                                                {"key", GroupBy::kKey}};
const std::map<std::string, ExportTarget> kTargets = {
    {"lmdb", ExportTarget::kLmdb}, {"snapshot", ExportTarget::kSnapshot},
    {"file", ExportTarget::kFile}, {"sqlite", ExportTarget::kSqlite},
    {"json", ExportTarget::kJson}, {"csv", ExportTarget::kCsv},
    {"yaml", ExportTarget::kYaml}};
const std::map<std::string, Format> kRowFormats = {{"text", Format::kText},
                                                   {"json", Format::kJson},
                                                   {"yaml", Format::kYaml},
                                                   {"csv", Format::kCsv}};
const std::map<std::string, Format> kObjectFormats = {{"table", Format::kTable},
                                                      {"json", Format::kJson},
                                                      {"yaml", Format::kYaml},
                                                      {"name", Format::kName}};
const std::map<std::string, Format> kDiffFormats = {{"text", Format::kText},
                                                    {"json", Format::kJson},
                                                    {"yaml", Format::kYaml},
                                                    {"table", Format::kTable}};
const std::map<std::string, TallyBy> kTallies = {{"manager", TallyBy::kManager},
                                                 {"kind", TallyBy::kKind},
                                                 {"namespace", TallyBy::kNamespace},
                                                 {"minute", TallyBy::kMinute}};
const std::map<std::string, objects::WriteVerb> kWriteVerbs = {
    {"create", objects::WriteVerb::kCreate},
    {"update", objects::WriteVerb::kUpdate},
    {"delete", objects::WriteVerb::kDelete}};
const std::map<std::string, Format> kHashKvFormats = {{"simple", Format::kText},
                                                      {"json", Format::kJson},
                                                      {"fields", Format::kFields},
                                                      {"table", Format::kTable}};
const std::map<std::string, ExportTarget> kSalvageTargets = {{"lmdb", ExportTarget::kLmdb},
                                                             {"snapshot", ExportTarget::kSnapshot},
                                                             {"json", ExportTarget::kJson},
                                                             {"csv", ExportTarget::kCsv}};

// REVISION, TIME or KEY, then perhaps ,N: how many revisions on both sides.
std::optional<Around> ParseAround(std::string_view text) {
  Around around;
  const size_t comma = text.rfind(',');
  const auto reach =
      comma == text.npos ? std::nullopt : app::ParseNumber(text.substr(comma + 1), 10);
  constexpr uint64_t kFarthest = 1 << 30;
  if (reach && *reach <= kFarthest) {
    around.reach = *reach;
    text = text.substr(0, comma);
  }
  const auto revision = app::ParseNumber(text, 10);
  if (revision && *revision <= uint64_t{std::numeric_limits<int64_t>::max()}) {
    around.revision = static_cast<int64_t>(*revision);
    return around;
  }
  around.micros = dating::ParseMicros(text);
  if (around.micros == 0) around.key = text;
  return text.empty() ? std::nullopt : std::optional(around);
}

void DeclareListing(Declarer& d) {
  d.TextJsonCsv();
  d.Meta();
}

void DeclareIterateBucket(Declarer& d) {
  d.Argument("BUCKET", d.options().bucket, "Name of the bucket");
  d.Number("--limit", d.options().limit, "At most so many rows; 0: all");
  d.Flag("--decode", d.options().decode, "Show what the rows mean, not their bytes");
  d.TextJsonCsv();
  d.Values();
  d.Meta();
}

void DeclareScanKeys(Declarer& d) {
  d.Revision("REVISION", d.options().start_revision, "First revision to show; 0: all").Required();
  d.TextJsonCsv();
  d.Values();
  d.Meta();
}

void DeclareHashKv(Declarer& d) {
  d.Formats(kHashKvFormats, "simple, json, fields or table");
  d.Meta();
}

void DeclareGet(Declarer& d) {
  d.Argument("KEY", d.options().key, "The key");
  d.Formats(kRowFormats, "text, json (an object a line), yaml or csv");
  d.Decoding();
  d.Values();
  d.Meta();
}

void DeclareKeys(Declarer& d) {
  d.Text("--prefix", d.options().prefix, "Only keys with this prefix", "PREFIX");
  d.Formats(kRowFormats, "text, json (an object a line), yaml or csv");
  d.Decoding();
  d.Values();
  d.Meta();
}

void DeclareHistory(Declarer& d) {
  d.Argument("KEY", d.options().key, "The key");
  d.Formats(kRowFormats, "text, json (an object a line), yaml or csv");
  d.Decoding();
  d.Values();
  d.Meta();
}

void DeclareObjects(Declarer& d) {
  d.Filters();
  d.Flag("--encrypted", d.options().filter.encrypted, "Only values that are encrypted at rest");
  d.Flag("--history", d.options().history, "Every stored revision, deletions too");
  d.Formats(kObjectFormats, "table, json (an object a line), yaml or name");
  d.Decoding();
  d.Secrecy();
  d.Meta();
}

void DeclareDiff(Declarer& d) {
  Options& o = d.options();
  d.Argument("TO", o.other, "The state after");
  d.Filters();
  d.Flag("--all-fields", o.all_fields,
         "Also what every write changes, and objects that differ in status alone");
  d.Flag("--by-key", o.by_key, "Items of lists by name, as in containers[name=app], not by place");
  d.Flag("--summary", o.summary, "Counts by kind and namespace, not the objects");
  d.Formats(kDiffFormats, "text, json (an object a line), yaml or table");
  d.Decoding();
  d.Secrecy();
}

void DeclareTimeline(Declarer& d) {
  Options& o = d.options();
  const auto time = [&d](const char* name, std::optional<dating::Micros>& to, const char* help) {
    const auto take = [&to](const std::string& text) -> std::optional<std::string> {
      to = dating::ParseMicros(text);
      if (*to == 0) return "a time such as 2026-11-30T10:00:00Z";
      return std::nullopt;
    };
    d.Value(name, take, help, "TIME");
  };
  time("--since", o.since, "Leave out what surely was written before this time");
  time("--until", o.until, "Leave out what surely was written after this time");
  const auto take_around = [&o](const std::string& text) -> std::optional<std::string> {
    o.around = ParseAround(text);
    if (!o.around) return "a revision, a time or a key";
    return std::nullopt;
  };
  d.Value(
      "--around", take_around,
      "Only N revisions, 10 if not given, on both sides of a revision, a time, or the last write "
      "of a key",
      "PLACE[,N]");
  d.Filters();
  d.MaybeText("--manager", o.manager, "Only writes of this manager", "MANAGER");
  d.Choice("--verb", o.write_verb, kWriteVerbs, "Only create, update or delete", "VERB");
  d.Text("--fields", o.fields, "Only updates of this field, or of what is in it", "PATH");
  d.Choice("--by", o.tally_by, kTallies,
           "Count writes, in place of the lines: by manager, kind, namespace or minute", "BY");
  d.TextJson();
  d.Decoding();
  d.Meta();
}

void DeclareEncryption(Declarer& d) {
  d.TextJson();
  d.EncryptionConfig();
  d.Meta();
}

void DeclareGroups(Declarer& d) {
  d.Text("--prefix", d.options().prefix, "Only keys with this prefix", "PREFIX");
  d.Choice("--by", d.options().group_by, kGroups, "prefix, kind, namespace, manager or key", "BY");
  d.Number("--depth", d.options().depth, "Length of prefixes, in parts between slashes");
  d.Number("--top", d.options().top, "Only the N largest; 0: all");
  d.EncryptionConfig();
}

void DeclareSpace(Declarer& d) {
  DeclareGroups(d);
  DeclareListing(d);
}

void DeclareChurn(Declarer& d) {
  d.Revision("--from-rev", d.options().from_revision, "First revision to count");
  d.Revision("--to-rev", d.options().to_revision, "Last revision to count");
  DeclareGroups(d);
  DeclareListing(d);
}

void DeclareExport(Declarer& d) {
  d.Choice("--to", d.options().target, kTargets,
           "lmdb (default), snapshot, file, sqlite, json, csv or yaml", "FORMAT");
  d.Text("--out", d.options().out, "File or directory to write", "PATH");
  d.Filters();
  d.Flag("--undelete", d.options().undelete,
         "What was deleted, each key as it was before; yaml, snapshot, lmdb");
  d.Flag("--clean", d.options().clean,
         "yaml: without status, uid, resourceVersion, managedFields and owners that are gone");
  d.Flag("--dry-run", d.options().dry_run, "Print what would be written, and write nothing");
  d.Flag("--with-wal", d.options().with_wal, "sqlite: the raft entries too");
  d.Text("--member", d.options().member_name, "sqlite: the name of this member in its rows",
         "NAME");
  d.Decoding();
  d.Values();
  d.Meta();
}

void DeclareSalvage(Declarer& d) {
  d.Choice("--to", d.options().target, kSalvageTargets, "lmdb (default), snapshot, json or csv",
           "FORMAT");
  d.Text("--out", d.options().out, "File or directory to write", "PATH");
  d.Flag("--history", d.options().history, "Every revision, not the newest of each key");
  d.Flag("--stale", d.options().stale, "Compacted revisions, too, of keys long deleted");
  d.WithWal();
  d.Values();
}

void DeclarePage(Declarer& d) {
  d.Number("ID", d.options().page_id, "Number of the page", "ID").Required();
  d.TextJson();
  d.Redact();
  d.Meta();
}

void DeclareMetas(Declarer& d) { d.TextJson(); }

void DeclareStructure(Declarer& d) {
  d.TextJson();
  d.Meta();
}

struct VerbRow {
  Verb verb;
  const char* help;
  const char* example;
  void (*declare)(Declarer&);
};

constexpr std::array kVerbs = {
    VerbRow{{"list-bucket", Needs::kDatabase, ListBucket},
            "The names of the buckets",
            "list-bucket DATA_DIR",
            DeclareListing},
    VerbRow{{"iterate-bucket", Needs::kDatabase, IterateBucket},
            "The rows of a bucket, last first",
            "iterate-bucket DATA_DIR key --decode --limit 10",
            DeclareIterateBucket},
    VerbRow{{"scan-keys", Needs::kPages, ScanKeys},
            "Every row of the key space on any page, in use or free",
            "scan-keys DATA_DIR 1000",
            DeclareScanKeys},
    VerbRow{{"hash", Needs::kDatabase, Hash},
            "The hash of the database, as etcd-dump-db computes it",
            "hash DATA_DIR",
            DeclareListing},
    VerbRow{{"hashkv", Needs::kDatabase, HashKv, true},
            "The hash of the key space, as etcd computes it at a revision",
            "hashkv DATA_DIR --rev 1000",
            DeclareHashKv},
    VerbRow{{"get", Needs::kDatabase, Get, true},
            "A key as of a revision",
            "get DATA_DIR /registry/pods/default/web-0 --rev 1000",
            DeclareGet},
    VerbRow{{"keys", Needs::kDatabase, Keys, true},
            "All keys as of a revision",
            "keys DATA_DIR --prefix /registry/pods/ --rev 1000",
            DeclareKeys},
    VerbRow{{"history", Needs::kDatabase, History},
            "Every stored revision of a key",
            "history DATA_DIR /registry/pods/default/web-0",
            DeclareHistory},
    VerbRow{{"objects", Needs::kDatabase, Objects, true},
            "What Kubernetes stores, as kubectl shows it",
            "objects DATA_DIR --kind Deployment --namespace prod -w yaml",
            DeclareObjects},
    VerbRow{{"diff", Needs::kTwoStates, Diff, true},
            "What changed between two states, object by object",
            "diff monday.db DATA_DIR@rev=1200 --namespace prod",
            DeclareDiff},
    VerbRow{{"timeline", Needs::kDatabase, Timeline},
            "What changed, in order: between which times, by which manager, in which fields",
            "timeline DATA_DIR --kind Deployment --since 2026-11-30T10:00:00Z",
            DeclareTimeline},
    VerbRow{{"encryption", Needs::kDatabase, Encryption},
            "Which values are encrypted at rest, and with which key",
            "encryption DATA_DIR --encryption-config encryption.yaml",
            DeclareEncryption},
    VerbRow{{"leases", Needs::kDatabase, Leases},
            "Leases, their keys, and orphans both ways",
            "leases DATA_DIR",
            DeclareListing},
    VerbRow{{"members", Needs::kDatabase, Members},
            "The membership from every source, side by side",
            "members DATA_DIR",
            DeclareListing},
    VerbRow{{"space", Needs::kDatabase, Space},
            "What fills the database",
            "space DATA_DIR --by namespace --top 20",
            DeclareSpace},
    VerbRow{{"churn", Needs::kDatabase, Churn},
            "What writes to the database",
            "churn DATA_DIR --from-rev 1000 --top 20",
            DeclareChurn},
    VerbRow{{"export", Needs::kDatabase, Export, true},
            "A copy for other programs, or a part of it to get back",
            "export DATA_DIR --to sqlite --out member.sqlite",
            DeclareExport},
    VerbRow{{"info", Needs::kPages, Info}, "The page size", "info DATA_DIR", DeclareListing},
    VerbRow{
        {"pages", Needs::kPages, Pages}, "A row for each page", "pages DATA_DIR", DeclareListing},
    VerbRow{{"page", Needs::kPages, Page}, "What is on a page", "page DATA_DIR 42", DeclarePage},
    VerbRow{{"stats", Needs::kPages, Stats},
            "Counts and sizes of pages",
            "stats DATA_DIR",
            DeclareStructure},
    VerbRow{{"metas", Needs::kPages, Metas},
            "Both meta pages, and what each leads to",
            "metas DATA_DIR",
            DeclareMetas},
    VerbRow{{"check", Needs::kFile, Check},
            "Is the structure sound, and if not, what is lost",
            "check DATA_DIR",
            DeclareStructure},
    VerbRow{{"salvage", Needs::kPages, Salvage},
            "All that can still be read, from any page, written to a new place",
            "salvage DATA_DIR --out rescued",
            DeclareSalvage},
};

// `--with-wal FILE` with nothing else to read.
void GiveFileBack(Options& options) {
  if (options.path.empty()) options.path = std::exchange(options.wal_dir, {});
}

// Splits the points from what they are points of. The text of a mistake, or nothing.
std::optional<std::string> TakePoints(Options& o) {
  const bool has_pages = o.verb->needs == Needs::kPages || o.verb->needs == Needs::kFile;
  auto from = states::ParsePoint(o.path);
  if (!from) return from.error().Message();
  // A file of that name may be there; what is on its pages has no other state.
  if (has_pages && from->path != o.path) {
    return std::string(o.verb->name) + " shows the pages as they are, and takes no point";
  }
  o.path = from->path;
  o.point = from->point;
  const int given = (o.point.kind != states::PointKind::kNewest ? 1 : 0) +
                    (o.revision.value_or(0) > 0 ? 1 : 0) + (o.at_index ? 1 : 0) +
                    (o.time.empty() ? 0 : 1);
  if (given > 1) return "a state is named once: by @..., --rev, --time or --at-index";
  if (o.revision.value_or(0) > 0) {
    o.point = {.kind = states::PointKind::kRevision, .revision = *o.revision};
  }
  if (o.at_index) o.point = {.kind = states::PointKind::kIndex, .index = *o.at_index};
  if (!o.time.empty()) o.point = {.kind = states::PointKind::kTime, .time = o.time};
  o.revision.reset();
  if (o.point.is_of_keys() && !o.verb->as_of_revision) {
    return std::string(o.verb->name) + " takes no revision as its state, only an index";
  }
  if (o.other.empty()) return std::nullopt;
  auto to = states::ParsePoint(o.other);
  if (!to) return to.error().Message();
  o.other = to->path;
  o.other_point = to->point;
  return std::nullopt;
}

// Of export: a selection is written by some targets only.
std::optional<std::string> CheckSelection(const Options& o) {
  const bool is_yaml = o.target == ExportTarget::kYaml;
  const bool takes_part =
      is_yaml || o.target == ExportTarget::kSnapshot || o.target == ExportTarget::kLmdb;
  if (!takes_part && WantsSelection(o)) {
    return "a part of the keys, or an older state of them, goes to yaml, snapshot or lmdb";
  }
  if (o.clean && !is_yaml) return "--clean is for --to yaml";
  if (is_yaml && o.values.style != output::ValueStyle::kQuoted) {
    return "--to yaml writes objects: --value has no use";
  }
  return std::nullopt;
}

// What no single option can see. The text of the mistake, or nothing.
std::optional<std::string> Check(const Options& o) {
  const bool is_salvage = o.verb->run == Salvage;
  const bool is_export = o.verb->run == Export;
  if ((is_export || is_salvage) && o.out.empty() && !o.dry_run) {
    return std::string(o.verb->name) + " wants --out PATH, the place to write to";
  }
  if (is_salvage && o.path.empty()) return "salvage wants FILE, the database to read";
  if (is_export) {
    if (auto mistake = CheckSelection(o)) return mistake;
  }
  const bool only_sqlite = o.with_wal || !o.member_name.empty();
  if (is_export && only_sqlite && o.target != ExportTarget::kSqlite) {
    return "--with-wal and --member are for --to sqlite";
  }
  const bool styles_values = o.values.style != output::ValueStyle::kQuoted;
  if (styles_values && o.verb->run == Keys) return "keys prints no values: --value has no use";
  const bool copies = o.target == ExportTarget::kLmdb || o.target == ExportTarget::kSnapshot ||
                      o.target == ExportTarget::kFile;
  if ((is_export || is_salvage) && copies && styles_values) {
    return "--to lmdb, snapshot and file copy values as they are: no --value";
  }
  if (is_salvage && copies && o.values.redact) {
    return "salvage --to lmdb and --to snapshot copies rows as they are: --redact is for an export "
           "of the copy";
  }
  if (is_export && o.target == ExportTarget::kFile && o.values.redact) {
    return "--to file copies the file as it is: --redact is for --to snapshot";
  }
  const bool decodes =
      !o.encryption_config.empty() || !o.descriptors.empty() || !o.redact_key.empty();
  const bool may_decode =
      o.target == ExportTarget::kSqlite || WantsSelection(o) || (copies && o.values.redact);
  if (is_export && decodes && !may_decode) {
    return "--encryption-config, --k8s-descriptors and --redact-key are for --to sqlite or yaml, "
           "a part of the keys, and --redact";
  }
  const bool reads_log = o.at_index || is_export || is_salvage || o.verb->run == Members;
  if (!o.wal_dir.empty() && !reads_log) return "--wal-dir goes with --at-index";
  if (o.depth && o.group_by != GroupBy::kPrefix) return "--depth is for --by prefix";
  if (o.to_revision && *o.to_revision < o.from_revision) {
    return "--to-rev is before --from-rev";
  }
  return std::nullopt;
}

}  // namespace

std::variant<Options, app::Refusal> ParseOptions(std::vector<std::string> args) {
  app::Cli cli("dump-db", kDescription, kFooter);
  Options options;
  std::vector<Declarer> declarers;  // the options bound to it call back into them
  declarers.reserve(kVerbs.size());
  for (const VerbRow& row : kVerbs) {
    app::Cli& part =
        cli.Verb(row.verb.name, row.help, std::string("\nExample:\n  dump-db ") + row.example,
                 [&options, &row] { options.verb = &row.verb; });
    Declarer& declarer = declarers.emplace_back(part, options, row.verb);
    row.declare(declarer);
    if (row.verb.needs == Needs::kDatabase && row.verb.as_of_revision) declarer.AsOf();
    if (row.verb.needs == Needs::kDatabase) declarer.AtIndex();
    part.Text("--tmpdir", options.temporary_dir,
              "Where what is packed is unpacked; else TMPDIR or /tmp", "DIR");
    app::AddQuietOption(part, options.quiet);
  }
  if (auto refusal = cli.Parse(std::move(args))) return *std::move(refusal);
  GiveFileBack(options);
  if (const auto mistake = TakePoints(options)) return app::Mistake("dump-db", *mistake);
  if (const auto mistake = Check(options)) return app::Mistake("dump-db", *mistake);
  return options;
}

}  // namespace etcdf::dump_db
