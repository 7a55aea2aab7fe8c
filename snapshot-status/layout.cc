#include "snapshot-status/layout.h"

#include <array>
#include <utility>

#include "base/escape.h"
#include "mvcc/schema.h"
#include "output/box_table.h"
#include "output/json_writer.h"

namespace etcdf::snapshot_status {
namespace {

using member::Standing;

// The figures as upstream's table has them.
std::vector<std::string> Cells(const Survey& survey) {
  return {HexId(survey.content.hash), std::to_string(survey.status.revision),
          std::to_string(survey.content.live_keys),
          HumanBytes(survey.evidence.database->size_bytes()),
          Printable(AsText(survey.status.storage_version.value_or(Bytes{})))};
}

std::string Version(const Survey& survey) {
  return Printable(AsText(survey.status.storage_version.value_or(Bytes{})));
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
  out += "\"Hash\" : " + std::to_string(survey.content.hash) + "\n";
  out += "\"Revision\" : " + std::to_string(survey.status.revision) + "\n";
  out += "\"Keys\" : " + std::to_string(survey.content.live_keys) + "\n";
  out += "\"Size\" : " + std::to_string(survey.evidence.database->size_bytes()) + "\n";
  out += "\"Version\" : " + Version(survey) + "\n";
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
  return text + ": " + std::to_string(faults->all()) +
         (faults->all() == 1 ? " finding" : " findings");
}

template <typename Number>
std::string NumberText(const std::optional<Number>& number, const char* otherwise) {
  return number ? std::to_string(*number) : otherwise;
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

void AddMembers(Screen& screen, const member::Membership& members) {
  std::string_view label = "members";
  for (const auto& [id, seen] : members) {
    std::string text = HexId(id) + " " + std::string(StandingText(seen.standing));
    if (!seen.attributes.name.empty()) text += " " + Printable(seen.attributes.name);
    if (!seen.attributes.peer_urls.empty()) text += " " + Joined(seen.attributes.peer_urls);
    screen.Add(std::exchange(label, ""), text);
  }
  if (members.empty()) screen.Add(label, "none");
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
                          " free (" + std::to_string(*survey.free_pages) + " pages of " +
                          std::to_string(space->page_bytes) + " bytes), " +
                          HumanBytes(space->slack_bytes) + " behind the last page");
}

void AddMetas(Screen& screen, const bolt::File& file) {
  std::string_view label = "meta pages";
  for (size_t i = 0; i < file.metas().size(); ++i) {
    const bolt::Meta& meta = file.metas()[i];
    std::string text = std::to_string(i) + ": " + std::string(bolt::MetaStateText(meta.state));
    if (meta.valid()) {
      text += ", transaction " + std::to_string(meta.txid) + ", root page " +
              std::to_string(meta.root) + ", " + std::to_string(meta.high_water) + " pages";
    }
    if (file.chosen_meta() == static_cast<int>(i)) text += ", the one etcd reads";
    screen.Add(std::exchange(label, ""), text);
  }
}

std::string AuthText(const mvcc::Status& status) {
  std::string text = status.auth_enabled.value_or(false) ? "on" : "off";
  if (status.auth_revision) text += ", revision " + std::to_string(*status.auth_revision);
  return text + ", " + std::to_string(status.users) + " users, " + std::to_string(status.roles) +
         " roles";
}

std::string HashKvText(const Survey& survey) {
  if (!survey.hash_kv) return "cannot be computed";
  return std::to_string(survey.hash_kv->hash) + " at revision " +
         std::to_string(survey.hash_kv->revision) + ", compact revision " +
         std::to_string(survey.hash_kv->compact_revision);
}

void AddStatus(Screen& screen, const Survey& survey) {
  const mvcc::Status& status = survey.status;
  screen.Add("hash",
             HexId(survey.content.hash) + " over " + std::to_string(survey.content.rows) + " rows");
  screen.Add("HashKV", HashKvText(survey));
  screen.Add("revision", std::to_string(status.revision));
  screen.Add("compacted", NumberText(status.finished_compact_revision, "never"));
  if (status.scheduled_compact_revision != status.finished_compact_revision) {
    screen.Add("compacting", "up to " + NumberText(status.scheduled_compact_revision, "nothing") +
                                 ", not finished");
  }
  screen.Add("keys", std::to_string(survey.content.live_keys));
  screen.Add("consistent index", NumberText(status.consistent_index, "not stored"));
  screen.Add("term", NumberText(status.term, "not stored (3.4, or 3.5 before its first snapshot)"));
  screen.Add("cluster version", BytesText(status.cluster_version, "not stored"));
  screen.Add("storage version", BytesText(status.storage_version, "not stored (before 3.6)"));
  const std::string_view schema = status.SchemaVersion();
  screen.Add("schema", schema.empty() ? "3.4 or older" : Printable(schema));
  screen.Add("leases", std::to_string(status.leases));
  screen.Add("alarms", survey.alarms.empty() ? "none" : Joined(survey.alarms));
  screen.Add("auth", AuthText(status));
}

void AppendFull(std::string& out, const Survey& survey) {
  Screen screen(out, survey.path);
  const bolt::File* const file = survey.evidence.bolt.get();
  screen.Add("file", std::string(file != nullptr ? "bbolt" : "LMDB") + ", " +
                         std::to_string(survey.file_bytes) + " bytes, of which the database " +
                         std::to_string(survey.evidence.database->size_bytes()));
  if (file != nullptr) screen.Add("SHA-256", ShaText(survey.sha));
  AddStatus(screen, survey);
  if (survey.wal_metadata) {
    screen.Add("cluster id", HexId(survey.wal_metadata->cluster_id) + ", of the log beside it; " +
                                 "this member is " + HexId(survey.wal_metadata->node_id));
  } else {
    screen.Add("cluster id", "not stored in a database");
  }
  AddMembers(screen, survey.members);
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
}

void AppendSnap(std::string& out, const Survey& survey) {
  const wire::RaftSnapshot& snapshot = survey.snap->snapshot;
  Screen screen(out, survey.path);
  screen.Add("file", "raft snapshot, " + std::to_string(survey.file_bytes) + " bytes");
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

void WriteMembers(output::JsonWriter& json, const member::Membership& members) {
  json.Name("members");
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

void WriteStatus(output::JsonWriter& json, const Survey& survey) {
  const mvcc::Status& status = survey.status;
  const auto number = [&](std::string_view name, const auto& value) {
    if (value) json.Int(name, static_cast<int64_t>(*value));
  };
  const auto text = [&](std::string_view name, const std::optional<Bytes>& value) {
    if (value) json.Bytes(name, *value);
  };
  if (survey.hash_kv) {
    json.Uint("hash_kv", survey.hash_kv->hash);
    json.Int("hash_kv_revision", survey.hash_kv->revision);
    json.Int("hash_kv_compact_revision", survey.hash_kv->compact_revision);
  }
  number("finished_compact_revision", status.finished_compact_revision);
  number("scheduled_compact_revision", status.scheduled_compact_revision);
  number("consistent_index", status.consistent_index);
  number("term", status.term);
  text("cluster_version", status.cluster_version);
  if (!status.SchemaVersion().empty()) json.Text("schema_version", status.SchemaVersion());
  json.Uint("leases", status.leases);
  WriteTexts(json, "alarms", survey.alarms);
  json.Bool("auth_enabled", status.auth_enabled.value_or(false));
  number("auth_revision", status.auth_revision);
  json.Uint("users", status.users);
  json.Uint("roles", status.roles);
}

void WriteFile(output::JsonWriter& json, const Survey& survey) {
  json.Uint("file_bytes", survey.file_bytes);
  const bolt::File* const file = survey.evidence.bolt.get();
  json.Text("engine", file != nullptr ? "bbolt" : "lmdb");
  if (file == nullptr) return;
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
    json.Uint("hash", survey.content.hash);
    json.Int("revision", survey.status.revision);
    json.Uint("totalKey", survey.content.live_keys);
    json.Uint("totalSize", survey.evidence.database->size_bytes());
    json.Text("version", Version(survey));
    if (full) {
      WriteStatus(json, survey);
      if (survey.wal_metadata) json.HexId("cluster_id", survey.wal_metadata->cluster_id);
      if (survey.wal_metadata) json.HexId("node_id", survey.wal_metadata->node_id);
      WriteMembers(json, survey.members);
      WriteFile(json, survey);
      WriteFaults(json, "rows", survey.row_faults);
      WriteTexts(json, "restore_obstacles", RestoreObstacles(survey));
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
    case ShaState::kVerified: break;
  }
  if (structure.damage > 0) {
    obstacles.emplace_back("the structure is damaged: etcd may stop when it reads the file");
  }
  if (rows.damage > 0) {
    obstacles.emplace_back("rows are damaged: etcd may stop when it reads them");
  } else if (rows.suspect > 0) {
    obstacles.emplace_back("rows are suspect: etcd reads them and goes on");
  }
  if (!survey.evidence.database->Open(AsBytes(mvcc::kKeyBucket)) ||
      !survey.evidence.database->Open(AsBytes(mvcc::kMetaBucket))) {
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
