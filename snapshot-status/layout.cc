#include "snapshot-status/layout.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "mvcc/schema.h"
#include "output/box_table.h"
#include "output/json_writer.h"
#include "restore/etcd_words.h"

namespace etcdf::snapshot_status {
namespace {

using member::Standing;

// What stands in the place of a figure that damage hides.
constexpr char kNotKnown[] = "-";

// The figures that upstream shows; absent where damage hides them.
struct Figures {
  explicit Figures(const Survey& survey) {
    const mvcc::Status& status = survey.status;
    if (survey.content.is_whole) hash = survey.content.hash;
    if (status.Knows(mvcc::kKeyBucket)) revision = status.revision;
    if (survey.content.keys_are_whole) keys = survey.content.live_keys;
    if (status.Knows(mvcc::kMetaBucket) || status.storage_version) {
      version = AsText(status.storage_version.value_or(Bytes{}));
    }
  }

  std::optional<uint32_t> hash;
  std::optional<int64_t> revision;
  std::optional<uint64_t> keys;
  std::optional<std::string_view> version;
};

template <typename Number>
std::string NumberText(const std::optional<Number>& number, const char* otherwise = kNotKnown) {
  return number ? std::to_string(*number) : otherwise;
}

std::string VersionText(const Figures& figures) {
  return figures.version ? Printable(*figures.version) : kNotKnown;
}

std::vector<std::string> Cells(const Survey& survey) {
  const Figures figures(survey);
  return {figures.hash ? HexId(*figures.hash) : kNotKnown, NumberText(figures.revision),
          NumberText(figures.keys), HumanBytes(survey.evidence.database->size_bytes()),
          VersionText(figures)};
}

void AppendSimple(std::string& out, const Survey& survey, bool with_path) {
  if (with_path) out += Printable(survey.path) + ": ";
  bool first = true;
  for (const std::string& cell : Cells(survey)) {
    if (!std::exchange(first, false)) out += ", ";
    out += cell;
  }
  out += '\n';
}

void AppendFields(std::string& out, const Survey& survey, bool with_path) {
  if (with_path) out += "\"File\" : " + Printable(survey.path) + "\n";
  const Figures figures(survey);
  out += "\"Hash\" : " + NumberText(figures.hash) + "\n";
  out += "\"Revision\" : " + NumberText(figures.revision) + "\n";
  out += "\"Keys\" : " + NumberText(figures.keys) + "\n";
  out += "\"Size\" : " + std::to_string(survey.evidence.database->size_bytes()) + "\n";
  out += "\"Version\" : " + VersionText(figures) + "\n";
}

void AppendTable(std::string& out, const std::vector<const Survey*>& databases, bool with_path) {
  std::vector<std::string> titles = {"HASH", "REVISION", "TOTAL KEYS", "TOTAL SIZE", "VERSION"};
  if (with_path) titles.insert(titles.begin(), "FILE");
  std::vector<std::vector<std::string>> rows;
  for (const Survey* survey : databases) {
    std::vector<std::string> cells = Cells(*survey);
    if (with_path) cells.insert(cells.begin(), Printable(survey->path));
    rows.push_back(std::move(cells));
  }
  output::AppendBoxTable(out, output::BoxStyle::kAscii, titles, rows);
}

// One "label   text" of a screen; texts of several lines are set under one another.
class Screen {
 public:
  Screen(std::string& out, const std::string& title) : out_(out) {
    out_ += Printable(title) + "\n";
  }
  void Add(std::string_view label, std::string_view text) {
    constexpr size_t kTextAt = 20;
    out_ += "  ";
    out_ += label;
    out_.append(kTextAt - label.size(), ' ');
    out_ += text;
    out_ += '\n';
  }

 private:
  std::string& out_;
};

std::string_view ShaText(ShaState state) {
  switch (state) {
    case ShaState::kNotChecked: return "not checked";
    case ShaState::kVerified: return "verified";
    case ShaState::kAbsent: return "absent: a raw copy of a database, not made by snapshot save";
    case ShaState::kWrong: return "wrong: the file is not what was saved";
    case ShaState::kCutOff: return "cut off: the file ends within it";
    case ShaState::kUnknown: return "not known: the file is cut short, and its end is lost";
    case ShaState::kFollowed: return "verified, and something else follows it";
  }
  return "not checked";
}

std::string_view ShaName(ShaState state) {
  switch (state) {
    case ShaState::kNotChecked: return "not_checked";
    case ShaState::kVerified: return "verified";
    case ShaState::kAbsent: return "absent";
    case ShaState::kWrong: return "wrong";
    case ShaState::kCutOff: return "cut_off";
    case ShaState::kUnknown: return "unknown";
    case ShaState::kFollowed: return "followed";
  }
  return "not_checked";
}

std::string_view FaultWord(const std::optional<Faults>& faults) {
  if (!faults) return "not checked";
  if (faults->damage > 0) return "damaged";
  return faults->suspect > 0 ? "suspect" : "sound";
}

std::string FaultText(const std::optional<Faults>& faults) {
  std::string text(FaultWord(faults));
  if (!faults || faults->all() == 0) return text;
  return text + ": " + Counted(faults->all(), "finding", "findings");
}

std::string BytesText(const std::optional<Bytes>& text, const char* otherwise) {
  return text ? Printable(AsText(*text)) : otherwise;
}

std::string_view StandingText(Standing standing) {
  switch (standing) {
    case Standing::kMember: return "member";
    case Standing::kLearner: return "learner";
    case Standing::kRemoved: return "removed";
    case Standing::kAbsent: break;
  }
  return "unknown";
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + Printable(part);
  return text;
}

void AddMembers(Screen& screen, const member::Membership& members, bool are_known = true) {
  std::string_view label = "members";
  for (const auto& [id, seen] : members) {
    std::string text = HexId(id) + " " + std::string(StandingText(seen.standing));
    if (!seen.attributes.name.empty()) text += " " + Printable(seen.attributes.name);
    if (!seen.attributes.peer_urls.empty()) text += " " + Joined(seen.attributes.peer_urls);
    screen.Add(std::exchange(label, ""), text);
  }
  if (!are_known) {
    screen.Add(label, members.empty() ? kNotKnown : "and perhaps others, which cannot be read");
  } else if (members.empty()) {
    screen.Add(label, "none");
  }
}

// "68 %", rounded down.
std::string PercentText(const Shortfall& shortfall) {
  const double share =
      static_cast<double>(shortfall.there_bytes) / static_cast<double>(shortfall.whole_bytes);
  return std::to_string(static_cast<int>(share * 100)) + " %";
}

// How the file's bytes are used, in multiples of pages.
struct Space {
  uint64_t page_bytes;
  uint64_t free_bytes;
  uint64_t used_bytes;
  uint64_t slack_bytes;  // behind the last page that was ever used, without the SHA-256
};

std::optional<Space> SpaceOf(const Survey& survey) {
  if (!survey.free_pages || survey.evidence.bolt == nullptr) return std::nullopt;
  const uint64_t page_bytes = survey.evidence.bolt->page_size();
  const uint64_t size = survey.evidence.database->size_bytes();
  const uint64_t free_bytes = *survey.free_pages * page_bytes;
  uint64_t beyond = survey.file_bytes > size ? survey.file_bytes - size : 0;
  const bool has_sha = survey.sha == ShaState::kVerified || survey.sha == ShaState::kWrong;
  if (has_sha && beyond >= sizeof(uint64_t) * 4) beyond -= sizeof(uint64_t) * 4;
  return Space{.page_bytes = page_bytes,
               .free_bytes = free_bytes,
               .used_bytes = size - free_bytes,
               .slack_bytes = beyond};
}

void AddSpace(Screen& screen, const Survey& survey) {
  const auto space = SpaceOf(survey);
  if (!space) return;
  screen.Add("space", HumanBytes(space->used_bytes) + " used, " + HumanBytes(space->free_bytes) +
                          " free (" + Counted(*survey.free_pages, "page", "pages") + " of " +
                          Counted(space->page_bytes, "byte", "bytes") + "), " +
                          HumanBytes(space->slack_bytes) + " behind the last page");
}

void AddMetas(Screen& screen, const bolt::File& file) {
  std::string_view label = "meta pages";
  for (size_t i = 0; i < file.metas().size(); ++i) {
    const bolt::Meta& meta = file.metas()[i];
    std::string text = std::to_string(i) + ": " + std::string(bolt::MetaStateText(meta.state));
    if (meta.valid()) {
      text += ", transaction " + std::to_string(meta.txid) + ", root page " +
              std::to_string(meta.root) + ", " + Counted(meta.high_water, "page", "pages");
    }
    if (file.chosen_meta() == static_cast<int>(i)) text += ", the one etcd reads";
    screen.Add(std::exchange(label, ""), text);
  }
}

// Nothing if it is not known.
std::optional<bool> AuthEnabled(const mvcc::Status& status) {
  if (status.auth_enabled) return status.auth_enabled;
  return status.Knows(mvcc::kAuthBucket) ? std::optional(false) : std::nullopt;
}

std::string AuthText(const mvcc::Status& status) {
  const auto count = [](const std::optional<uint64_t>& rows, const char* one, const char* many) {
    return rows ? Counted(*rows, one, many) : std::string(kNotKnown) + " " + many;
  };
  const auto enabled = AuthEnabled(status);
  std::string text = !enabled ? kNotKnown : *enabled ? "on" : "off";
  if (status.auth_revision) text += ", revision " + std::to_string(*status.auth_revision);
  return text + ", " + count(status.users, "user", "users") + ", " +
         count(status.roles, "role", "roles");
}

std::string AlarmsText(const Survey& survey) {
  const bool are_known = survey.status.Knows(mvcc::kAlarmBucket);
  if (survey.alarms.empty()) return are_known ? "none" : kNotKnown;
  return Joined(survey.alarms) + (are_known ? "" : ", and perhaps others, which cannot be read");
}

std::string HashKvText(const Survey& survey) {
  if (!survey.hash_kv || !survey.hash_kv->is_whole) return kNotKnown;
  return std::to_string(survey.hash_kv->hash) + " at revision " +
         std::to_string(survey.hash_kv->revision) + ", compact revision " +
         std::to_string(survey.hash_kv->compact_revision);
}

// The version is told by a row that is absent, unless storage_version is there.
std::optional<std::string_view> SchemaOf(const mvcc::Status& status) {
  if (!status.storage_version && !status.Knows(mvcc::kMetaBucket)) return std::nullopt;
  return status.SchemaVersion();
}

std::string SchemaText(const mvcc::Status& status) {
  const auto schema = SchemaOf(status);
  if (!schema) return kNotKnown;
  return schema->empty() ? "3.4 or older" : Printable(*schema);
}

void AddStatus(Screen& screen, const Survey& survey) {
  const mvcc::Status& status = survey.status;
  const Figures figures(survey);
  const auto absent = [&](std::string_view bucket, const char* meaning) {
    return status.Knows(bucket) ? meaning : kNotKnown;
  };
  screen.Add("hash", figures.hash ? HexId(*figures.hash) + " over " +
                                        Counted(survey.content.rows, "row", "rows")
                                  : kNotKnown);
  screen.Add("HashKV", HashKvText(survey));
  screen.Add("revision", NumberText(figures.revision));
  screen.Add("compacted",
             NumberText(status.finished_compact_revision, absent(mvcc::kMetaBucket, "never")));
  if (status.scheduled_compact_revision != status.finished_compact_revision) {
    screen.Add("compacting", "up to " + NumberText(status.scheduled_compact_revision, "nothing") +
                                 ", not finished");
  }
  screen.Add("keys", NumberText(figures.keys));
  screen.Add("consistent index",
             NumberText(status.consistent_index, absent(mvcc::kMetaBucket, "not stored")));
  screen.Add("term",
             NumberText(status.term, absent(mvcc::kMetaBucket,
                                            "not stored (3.4, or 3.5 before its first snapshot)")));
  screen.Add("cluster version",
             BytesText(status.cluster_version, absent(mvcc::kClusterBucket, "not stored")));
  screen.Add("storage version", BytesText(status.storage_version,
                                          absent(mvcc::kMetaBucket, "not stored (before 3.6)")));
  screen.Add("schema", SchemaText(status));
  screen.Add("leases", NumberText(status.leases));
  screen.Add("alarms", AlarmsText(survey));
  screen.Add("auth", AuthText(status));
}

std::string FileText(const Survey& survey) {
  const std::string text = std::string(survey.evidence.bolt != nullptr ? "bbolt" : "LMDB") + ", " +
                           Counted(survey.file_bytes, "byte", "bytes");
  if (const auto shortfall = ShortfallOf(survey)) {
    return text + ", cut short: " + PercentText(*shortfall) + " of " +
           HumanBytes(shortfall->whole_bytes);
  }
  return text + ", of which the database " + std::to_string(survey.evidence.database->size_bytes());
}

// "starts", or by which rule it does not, and what it says then.
std::string StartText(const restore::Forecast& forecast) {
  const restore::Remark* const gravest = forecast.gravest();
  std::string text;
  switch (forecast.starts()) {
    case restore::Starts::kYes: return "starts";
    case restore::Starts::kYesBut: text = "starts, but "; break;
    case restore::Starts::kAloneOnly: text = "starts alone, and not with the others: "; break;
    case restore::Starts::kNo: text = "does not start: "; break;
  }
  text += restore::MatterName(gravest->matter);
  const std::string says = restore::EtcdSays(*gravest, forecast.version);
  if (!says.empty()) text += "; it says \"" + says + "\"";
  return text + " (" + std::string(restore::RuleOf(*gravest)) + ")";
}

void AddStarts(Screen& screen, const Survey& survey) {
  std::string_view label = "etcd's start";
  for (const restore::Forecast& forecast : survey.forecasts) {
    screen.Add(std::exchange(label, ""),
               "etcd " + restore::VersionText(forecast.version) + " " + StartText(forecast));
  }
  const bool all_start = std::ranges::all_of(
      survey.forecasts,
      [](const restore::Forecast& forecast) { return forecast.starts() == restore::Starts::kYes; });
  if (!all_start) screen.Add("", "why, and what to do: `hashcheck --best-member`");
}

void AppendFull(std::string& out, const Survey& survey) {
  Screen screen(out, survey.path);
  const bolt::File* const file = survey.evidence.bolt.get();
  screen.Add("file", FileText(survey));
  if (file != nullptr) screen.Add("SHA-256", ShaText(survey.sha));
  AddStatus(screen, survey);
  if (survey.wal_metadata) {
    screen.Add("cluster id", HexId(survey.wal_metadata->cluster_id) + ", of the log beside it; " +
                                 "this member is " + HexId(survey.wal_metadata->node_id));
  } else {
    screen.Add("cluster id", "not stored in a database");
  }
  AddMembers(screen, survey.members, survey.status.Knows(mvcc::kMembersBucket));
  AddSpace(screen, survey);
  if (file != nullptr) {
    AddMetas(screen, *file);
    screen.Add("structure", FaultText(survey.structure_faults));
  }
  screen.Add("rows", FaultText(survey.row_faults));
  std::string_view label = "restore";
  for (const std::string& obstacle : RestoreObstacles(survey)) {
    screen.Add(std::exchange(label, ""), obstacle);
  }
  if (!label.empty()) screen.Add(label, "nothing known stands against it");
  AddStarts(screen, survey);
}

void AppendSnap(std::string& out, const Survey& survey) {
  const wire::RaftSnapshot& snapshot = survey.snap->snapshot;
  Screen screen(out, survey.path);
  screen.Add("file", "raft snapshot, " + Counted(survey.file_bytes, "byte", "bytes"));
  screen.Add("term", std::to_string(snapshot.term));
  screen.Add("index", std::to_string(snapshot.index));
  screen.Add("CRC", FixedHex(survey.snap->crc, 8) + ", matches");
  const auto ids = [&](std::string_view label, const std::vector<uint64_t>& list) {
    std::vector<std::string> names;
    for (const uint64_t id : list) names.push_back(HexId(id));
    if (!names.empty()) screen.Add(label, Joined(names));
  };
  ids("voters", snapshot.conf_state.voters);
  ids("learners", snapshot.conf_state.learners);
  ids("outgoing voters", snapshot.conf_state.voters_outgoing);
  ids("learners next", snapshot.conf_state.learners_next);
  AddMembers(screen, survey.members);
}

void WriteMembers(output::JsonWriter& json, const member::Membership& members,
                  bool are_known = true) {
  json.Name("members");
  if (members.empty() && !are_known) return json.Null();
  json.BeginArray();
  for (const auto& [id, seen] : members) {
    json.BeginObject();
    json.HexId("member", id);
    json.Text("standing", StandingText(seen.standing));
    if (!seen.attributes.name.empty()) json.Text("name", seen.attributes.name);
    for (const auto& [name, urls] : {std::pair("peer_urls", &seen.attributes.peer_urls),
                                     std::pair("client_urls", &seen.attributes.client_urls)}) {
      if (urls->empty()) continue;
      json.Name(name);
      json.BeginArray();
      for (const std::string& url : *urls) json.Text(url);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteTexts(output::JsonWriter& json, std::string_view name,
                const std::vector<std::string>& texts) {
  json.Name(name);
  json.BeginArray();
  for (const std::string& text : texts) json.Text(text);
  json.EndArray();
}

void WriteFaults(output::JsonWriter& json, std::string_view name,
                 const std::optional<Faults>& faults) {
  json.Text(name, faults ? FaultWord(faults) : "not_checked");
}

void WriteNull(output::JsonWriter& json, std::string_view name) {
  json.Name(name);
  json.Null();
}

template <typename Number>
void WriteNumber(output::JsonWriter& json, std::string_view name,
                 const std::optional<Number>& number) {
  if (!number) return WriteNull(json, name);
  if constexpr (std::is_signed_v<Number>) {
    json.Int(name, *number);
  } else {
    json.Uint(name, *number);
  }
}

void WriteHashKv(output::JsonWriter& json, const Survey& survey) {
  const bool is_known = survey.hash_kv && survey.hash_kv->is_whole;
  if (!is_known) return WriteNull(json, "hash_kv");
  json.Uint("hash_kv", survey.hash_kv->hash);
  json.Int("hash_kv_revision", survey.hash_kv->revision);
  json.Int("hash_kv_compact_revision", survey.hash_kv->compact_revision);
}

// What no row says is left out; what damage hides is null.
void WriteStatus(output::JsonWriter& json, const Survey& survey) {
  const mvcc::Status& status = survey.status;
  const auto number = [&](std::string_view name, const auto& value, std::string_view bucket) {
    if (value || !status.Knows(bucket)) WriteNumber(json, name, value);
  };
  WriteHashKv(json, survey);
  number("finished_compact_revision", status.finished_compact_revision, mvcc::kMetaBucket);
  number("scheduled_compact_revision", status.scheduled_compact_revision, mvcc::kMetaBucket);
  number("consistent_index", status.consistent_index, mvcc::kMetaBucket);
  number("term", status.term, mvcc::kMetaBucket);
  if (status.cluster_version) {
    json.Bytes("cluster_version", *status.cluster_version);
  } else if (!status.Knows(mvcc::kClusterBucket)) {
    WriteNull(json, "cluster_version");
  }
  const auto schema = SchemaOf(status);
  if (!schema) {
    WriteNull(json, "schema_version");
  } else if (!schema->empty()) {
    json.Text("schema_version", *schema);
  }
  WriteNumber(json, "leases", status.leases);
  if (survey.alarms.empty() && !status.Knows(mvcc::kAlarmBucket)) {
    WriteNull(json, "alarms");
  } else {
    WriteTexts(json, "alarms", survey.alarms);
  }
  if (const auto enabled = AuthEnabled(status)) {
    json.Bool("auth_enabled", *enabled);
  } else {
    WriteNull(json, "auth_enabled");
  }
  number("auth_revision", status.auth_revision, mvcc::kAuthBucket);
  WriteNumber(json, "users", status.users);
  WriteNumber(json, "roles", status.roles);
}

void WriteFile(output::JsonWriter& json, const Survey& survey) {
  json.Uint("file_bytes", survey.file_bytes);
  const bolt::File* const file = survey.evidence.bolt.get();
  json.Text("engine", file != nullptr ? "bbolt" : "lmdb");
  if (file == nullptr) return;
  if (const auto shortfall = ShortfallOf(survey)) {
    json.Uint("missing_bytes", shortfall->whole_bytes - shortfall->there_bytes);
  }
  json.Text("sha256", ShaName(survey.sha));
  WriteFaults(json, "structure", survey.structure_faults);
  if (const auto space = SpaceOf(survey)) {
    json.Uint("page_size", space->page_bytes);
    json.Uint("free_pages", *survey.free_pages);
    json.Uint("used_bytes", space->used_bytes);
    json.Uint("free_bytes", space->free_bytes);
    json.Uint("slack_bytes", space->slack_bytes);
  }
  json.Name("metas");
  json.BeginArray();
  for (const bolt::Meta& meta : file->metas()) {
    json.BeginObject();
    json.Text("state", bolt::MetaStateText(meta.state));
    if (meta.valid()) {
      json.Uint("txid", meta.txid);
      json.Uint("root", meta.root);
      json.Uint("high_water", meta.high_water);
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteStarts(output::JsonWriter& json, const Survey& survey) {
  if (survey.forecasts.empty()) return;
  json.Name("start_up");
  json.BeginArray();
  for (const restore::Forecast& forecast : survey.forecasts) {
    json.BeginObject();
    json.Text("etcd", restore::VersionText(forecast.version));
    json.Text("starts", restore::StartsName(forecast.starts()));
    json.Name("matters");
    json.BeginArray();
    for (const restore::Remark& remark : forecast.remarks) {
      json.Text(restore::MatterName(remark.matter));
    }
    json.EndArray();
    const restore::Remark* const gravest = forecast.gravest();
    const std::string says = gravest ? restore::EtcdSays(*gravest, forecast.version) : "";
    if (!says.empty()) json.Text("etcd_says", says);
    json.EndObject();
  }
  json.EndArray();
}

void AppendJson(std::string& out, const Survey& survey, bool with_path, bool full) {
  output::JsonWriter json(out);
  json.BeginObject();
  if (with_path) json.Text("file", survey.path);
  if (survey.snap) {
    const wire::RaftSnapshot& snapshot = survey.snap->snapshot;
    json.Uint("file_bytes", survey.file_bytes);
    json.Uint("term", snapshot.term);
    json.Uint("index", snapshot.index);
    json.Uint("crc", survey.snap->crc);
    for (const auto& [name, ids] : {std::pair("voters", &snapshot.conf_state.voters),
                                    std::pair("learners", &snapshot.conf_state.learners)}) {
      json.Name(name);
      json.BeginArray();
      for (const uint64_t id : *ids) json.HexId(id);
      json.EndArray();
    }
    WriteMembers(json, survey.members);
  } else {
    const Figures figures(survey);
    WriteNumber(json, "hash", figures.hash);
    WriteNumber(json, "revision", figures.revision);
    WriteNumber(json, "totalKey", figures.keys);
    json.Uint("totalSize", survey.evidence.database->size_bytes());
    if (figures.version) {
      json.Text("version", Printable(*figures.version));
    } else {
      WriteNull(json, "version");
    }
    if (full) {
      WriteStatus(json, survey);
      if (survey.wal_metadata) json.HexId("cluster_id", survey.wal_metadata->cluster_id);
      if (survey.wal_metadata) json.HexId("node_id", survey.wal_metadata->node_id);
      WriteMembers(json, survey.members, survey.status.Knows(mvcc::kMembersBucket));
      WriteFile(json, survey);
      WriteFaults(json, "rows", survey.row_faults);
      WriteTexts(json, "restore_obstacles", RestoreObstacles(survey));
      WriteStarts(json, survey);
    }
  }
  json.EndObject();
  json.EndLine();
}

}  // namespace

std::string HumanBytes(uint64_t bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  size_t unit = 0;
  uint64_t scale = 1;
  while (unit + 1 < kUnits.size() && bytes / scale >= 1000) {
    scale *= 1000;
    ++unit;
  }
  if (unit == 0) return std::to_string(bytes) + " B";
  // Rounded to tenths, half up; from 10 on to whole numbers, half to even.
  const uint64_t tenths = bytes / scale * 10 + (bytes % scale * 10 + scale / 2) / scale;
  uint64_t whole = tenths / 10;
  const uint64_t rest = tenths % 10;
  std::string text;
  if (tenths < 100) {
    text = std::to_string(whole) + "." + std::to_string(rest);
  } else {
    if (rest > 5 || (rest == 5 && whole % 2 == 1)) ++whole;
    text = std::to_string(whole);
  }
  return text + " " + kUnits[unit];
}

std::vector<std::string> RestoreObstacles(const Survey& survey) {
  std::vector<std::string> obstacles;
  if (survey.evidence.database->engine() == backend::Engine::kLmdb) {
    obstacles.emplace_back("etcdutl restores bbolt files only, and this is an LMDB environment");
  }
  const Faults structure = survey.structure_faults.value_or(Faults{});
  const Faults rows = survey.row_faults.value_or(Faults{});
  switch (survey.sha) {
    case ShaState::kWrong:
      obstacles.emplace_back("the SHA-256 is wrong: etcdutl refuses the file; take another backup");
      break;
    case ShaState::kAbsent:
    case ShaState::kCutOff:
      obstacles.emplace_back("without its SHA-256 etcdutl wants --skip-hash-check");
      break;
    case ShaState::kFollowed:
      obstacles.emplace_back("etcdutl does not find the SHA-256: cut off what follows it");
      break;
    case ShaState::kNotChecked:
    case ShaState::kUnknown:
    case ShaState::kVerified: break;
  }
  if (const auto shortfall = ShortfallOf(survey)) {
    obstacles.emplace_back("the file is cut short, " + PercentText(*shortfall) + " of " +
                           HumanBytes(shortfall->whole_bytes) + ": take another backup");
  }
  if (structure.damage > 0) {
    obstacles.emplace_back("the structure is damaged: etcd may stop when it reads the file");
  }
  if (rows.damage > 0) {
    obstacles.emplace_back("rows are damaged: etcd may stop when it reads them");
  } else if (rows.suspect > 0) {
    obstacles.emplace_back("rows are suspect: etcd reads them and goes on");
  }
  if (survey.evidence.database->names_are_whole() &&
      (!survey.evidence.database->Open(AsBytes(mvcc::kKeyBucket)) ||
       !survey.evidence.database->Open(AsBytes(mvcc::kMetaBucket)))) {
    obstacles.emplace_back("bucket key or meta is missing: etcd makes it anew, and empty");
  }
  if (!survey.alarms.empty()) {
    obstacles.emplace_back("alarms are restored too: disarm them, or writes stay refused");
  }
  return obstacles;
}

void AppendSurveys(std::string& out, const std::vector<Survey>& surveys, const Options& options) {
  const bool with_path = options.paths.size() > 1;
  std::vector<const Survey*> databases;
  for (const Survey& survey : surveys) {
    if (!survey.snap) databases.push_back(&survey);
  }
  if (options.format == Format::kTable && !databases.empty()) {
    AppendTable(out, databases, with_path);
  }
  for (const Survey& survey : surveys) {
    if (options.format == Format::kJson) {
      AppendJson(out, survey, with_path, options.full);
    } else if (survey.snap) {
      AppendSnap(out, survey);
    } else if (options.full) {
      AppendFull(out, survey);
    } else if (options.format == Format::kSimple) {
      AppendSimple(out, survey, with_path);
    } else if (options.format == Format::kFields) {
      AppendFields(out, survey, with_path);
    }
  }
}

}  // namespace etcdf::snapshot_status
