#include "tests/reliability/soundness.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "bolt/database.h"
#include "bolt/file.h"
#include "json/json.h"
#include "mvcc/schema.h"

namespace etcdf::reliability {
namespace {

const Command kEntries = {"dump-logs", "-w", "json", "--superseded", "--from", "0", "d"};
const Command kVerify = {"dump-logs", "-w", "json", "--verify", "d"};
const Command kCheck = {"dump-db", "check", "d", "-w", "json"};
const Command kStatus = {"snapshot-status", "--check=logical", "--full", "-w", "json", "d"};
const Command kBackupStatus = {"snapshot-status", "--full", "-w", "json", "d/backup.db"};
const Command kPeers = {"hashcheck", "-w", "json", "d", "a", "b"};
const Command kAudit = {"hashcheck", "-w", "json", "--audit", "d"};
const Command kBest = {"hashcheck", "-w", "json", "--best-member", "d", "a", "b"};
const Command kRolled = {"hashcheck", "-w", "json", "--roll-forward", "d", "a", "b"};
const Command kDigest = {"hashcheck", "digest", "d", "--out", "out/d.digest"};
const Command kDigests = {"hashcheck", "-w", "json", "out/d.digest", "a"};

// What has no verdict of its own: it must end in good order.
const std::vector<Command>& OtherCommands() {
  static const std::vector<Command> kCommands = {
      {"dump-logs", "d"},
      {"dump-logs", "--raw", "d"},
      {"dump-logs", "-w", "json", "--raw", "d"},
      {"dump-logs", "-w", "csv", "--from", "0", "d"},
      {"dump-logs", "-w", "json", "--segments", "d"},
      {"dump-logs", "-w", "json", "--stats", "d"},
      {"dump-logs", "--stats=prefix", "--from", "0", "d"},
      {"dump-logs", "-w", "json", "--tail", "20", "d"},
      {"dump-logs", "-w", "json", "--with-revisions", "--from", "0", "d"},
      {"dump-logs", "--verify", "d"},
      {"dump-db", "check", "d"},
      {"dump-db", "metas", "d", "-w", "json"},
      {"dump-db", "metas", "d"},
      {"dump-db", "list-bucket", "d", "-w", "json"},
      {"dump-db", "iterate-bucket", "d", "key", "-w", "json"},
      {"dump-db", "iterate-bucket", "d", "key", "--decode", "-w", "json"},
      {"dump-db", "iterate-bucket", "d", "members", "--decode"},
      {"dump-db", "iterate-bucket", "d", "meta", "--decode"},
      {"dump-db", "iterate-bucket", "d", "lease", "--decode"},
      {"dump-db", "iterate-bucket", "d", "authUsers", "--decode"},
      {"dump-db", "iterate-bucket", "d", "key", "--meta", "0"},
      {"dump-db", "scan-keys", "d", "0", "-w", "json"},
      {"dump-db", "hash", "d"},
      {"dump-db", "hashkv", "d", "-w", "json"},
      {"dump-db", "hashkv", "d", "--meta", "1"},
      {"dump-db", "keys", "d", "-w", "json"},
      {"dump-db", "keys", "d", "--rev", "300"},
      {"dump-db", "get", "d", "/registry/pods/default/nginx-4", "-w", "json"},
      {"dump-db", "history", "d", "/registry/pods/default/nginx-4", "-w", "json"},
      {"dump-db", "get", "d", "k", "--at-index", "300"},
      {"dump-db", "space", "d", "-w", "json"},
      {"dump-db", "churn", "d", "-w", "json"},
      {"dump-db", "leases", "d", "-w", "json"},
      {"dump-db", "members", "d", "-w", "json"},
      {"dump-db", "info", "d", "-w", "json"},
      {"dump-db", "pages", "d", "-w", "json"},
      {"dump-db", "page", "d", "0"},
      {"dump-db", "page", "d", "4", "-w", "json"},
      {"dump-db", "page", "d", "33"},
      {"dump-db", "stats", "d", "-w", "json"},
      {"dump-db", "salvage", "d", "--to", "json", "--out", "out/salvage.json", "--history"},
      {"dump-db", "salvage", "d", "--to", "snapshot", "--out", "out/salvage.db", "--stale"},
      {"dump-db", "salvage", "d", "--out", "out/salvage.lmdb"},
      {"dump-db", "export", "d", "--to", "json", "--out", "out/export.json"},
      {"dump-db", "export", "d", "--to", "csv", "--out", "out/export.csv"},
      {"dump-db", "export", "d", "--to", "sqlite", "--with-wal", "--out", "out/export.sqlite"},
      {"dump-db", "export", "d", "--to", "snapshot", "--out", "out/export.db"},
      {"dump-db", "export", "d", "--out", "out/export.lmdb"},
      {"snapshot-status", "d"},
      {"snapshot-status", "--full", "d", "-w", "table"},
      {"snapshot-status", "--check=quick", "d", "d/backup.db"},
      {"snapshot-status", "-w", "json", "--full",
       "d/member/snap/0000000000000002-0000000000000198.snap"},
      {"hashcheck", "d", "a", "b"},
      {"hashcheck", "--all", "-w", "json", "a", "d"},
      {"hashcheck", "--audit", "--best-member", "--roll-forward", "a", "d", "b"},
      {"hashcheck", "--audit", "--best-member", "-w", "json", "a", "d", "b"},
      {"hashcheck", "--audit", "-w", "html", "--out", "out/report.html", "d", "a", "b"},
  };
  return kCommands;
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

constexpr std::string_view kEntryHead = "{\"index\":";

// What an entry's line says of the entry itself, not of where it lies.
std::string EntryOnly(std::string_view line) {
  return std::string(line.substr(0, line.find(",\"bytes\":")));
}

// Of such a line.
uint64_t IndexOf(std::string_view line) {
  uint64_t index = 0;
  std::from_chars(line.data() + kEntryHead.size(), line.data() + line.size(), index);
  return index;
}

void ReadEntries(const ToolRun& run, Meaning& meaning) {
  for (const std::string_view line : LinesOf(run.out)) {
    if (!line.starts_with(kEntryHead)) continue;
    std::string entry = EntryOnly(line);
    // A record that stands there twice is the same entry of raft's.
    if (!meaning.entries.empty() && meaning.entries.back() == entry) continue;
    meaning.entries.push_back(std::move(entry));
    if (line.find(",\"damage\":") == line.npos) meaning.unmarked.push_back(meaning.entries.back());
    meaning.last_index = std::max(meaning.last_index, IndexOf(line));
  }
}

// Without `meta`, through the meta page that counts.
Rows ReadRows(const bolt::File& file, std::optional<int> meta) {
  Rows rows;
  FindingList ignored;
  const auto database = bolt::Database::Open(file, meta, ignored);
  if (!database) return rows;
  for (const Bytes name : (*database)->bucket_names()) {
    auto& of_bucket = rows[std::string(AsText(name))];
    const auto bucket = (*database)->Open(name);
    const auto cursor = bucket->NewCursor(ignored);
    for (bool more = cursor->First(); more; more = cursor->Next()) {
      of_bucket.emplace(AsText(cursor->row().key), AsText(cursor->row().value));
    }
  }
  return rows;
}

void ReadDatabase(bool is_sound, Meaning& meaning) {
  const auto file = bolt::File::Open("d/member/snap/db");
  if (!file) return;
  meaning.rows = ReadRows(**file, std::nullopt);
  const auto used = (*file)->chosen_meta();
  if (is_sound && used) meaning.rows_before = ReadRows(**file, 1 - *used);
  const auto& meta = meaning.rows[std::string(mvcc::kMetaBucket)];
  const auto index = meta.find("consistent_index");
  if (index != meta.end() && index->second.size() == 8) {
    meaning.consistent_index = LoadBe64(AsBytes(index->second).data());
  }
}

ToolRun Run(const Command& command, uint64_t input_bytes, Answers& answers) {
  ToolRun run = RunTool(command, input_bytes);
  ++answers.runs;
  if (!run.fault.empty()) answers.faults.push_back(CommandText(command) + ": " + run.fault);
  return run;
}

// The entries whose place a snapshot took, as notes say.
struct Jump {
  uint64_t first = 0;
  uint64_t last = 0;

  bool Holds(std::string_view entry) const {
    return first <= IndexOf(entry) && IndexOf(entry) <= last;
  }
};
std::vector<Jump> JumpsOf(const ToolRun& verify) {
  std::vector<Jump> jumps;
  for (const std::string_view line : LinesOf(verify.out)) {
    if (!line.starts_with("{\"finding\":\"wal.snapshot_jump\"")) continue;
    const auto note = json::Parse(line);
    if (!note) continue;
    jumps.push_back({.first = (*note)["index_first"].Unsigned().value_or(0),
                     .last = (*note)["index_last"].Unsigned().value_or(0)});
  }
  return jumps;
}

// The log lost its end, as in a power cut or by a cut between two records; or, and then a note says
// so, the segments that snapshots made obsolete, which etcd removes itself, or entries whose place
// a snapshot took.
bool IsShorterLog(const Answers& now, const Answers& sound) {
  const auto& part = now.meaning.entries;
  auto whole = sound.meaning.entries;
  for (const Jump& jump : JumpsOf(now.verify)) {
    std::erase_if(whole, [&](const std::string& entry) { return jump.Holds(entry); });
  }
  if (part.size() > whole.size()) return false;
  if (std::equal(part.begin(), part.end(), whole.begin())) return true;
  return now.verify.out.find("wal.purged_head") != std::string::npos &&
         !std::ranges::search(whole, part).empty();
}

// Rows that each member keeps for itself, and may differ between sound members.
bool IsOwn(const std::string& bucket) { return bucket == mvcc::kMetaBucket; }

// What differs of the rows, by how it could be seen.
struct RowChanges {
  bool keys = false;    // bucket `key`: what users stored
  bool others = false;  // of all other buckets that members share
  bool count = false;   // rows are missing, too many, or under other keys
};

uint64_t CompactRevision(const Meaning& meaning) {
  const auto meta = meaning.rows.find(std::string(mvcc::kMetaBucket));
  if (meta == meaning.rows.end()) return 0;
  const auto row = meta->second.find(std::string(mvcc::kFinishedCompactName));
  if (row == meta->second.end() || row->second.size() < 8) return 0;
  return LoadBe64(AsBytes(row->second).data());
}

// Whether nothing in the file itself can tell the two keys of rows apart: of a compacted
// revision, changes are missing anyhow, so that another number of one is as good.
bool LookAlike(const std::string& a, const std::string& b, uint64_t compacted) {
  if (a == b) return true;
  if (a.size() < 8 || a.size() != b.size()) return false;
  const uint64_t main = LoadBe64(AsBytes(a).data());
  return main <= compacted && a.compare(0, 9, b, 0, 9) == 0;
}

RowChanges ChangesOf(const Meaning& sound, const Meaning& harmed) {
  RowChanges changes;
  if (harmed.rows == sound.rows_before) return changes;
  auto buckets = sound.rows;
  buckets.insert(harmed.rows.begin(), harmed.rows.end());
  for (const auto& [name, rows] : buckets) {
    const auto was = sound.rows.find(name);
    const auto is = harmed.rows.find(name);
    const bool in_both = was != sound.rows.end() && is != harmed.rows.end();
    if (in_both && was->second == is->second) continue;
    if (name == mvcc::kKeyBucket) changes.keys = true;
    if (name != mvcc::kKeyBucket && !IsOwn(name)) changes.others = true;
    const uint64_t compacted = name == mvcc::kKeyBucket ? CompactRevision(sound) : 0;
    const auto same_key = [compacted](const auto& a, const auto& b) {
      return LookAlike(a.first, b.first, compacted);
    };
    changes.count =
        changes.count || !in_both || !std::ranges::equal(was->second, is->second, same_key);
  }
  return changes;
}

// The member that hashcheck would restore from, or one of those that are as good.
bool Recommends(const ToolRun& run, std::string_view name) {
  const auto document = json::Parse(std::string_view(run.out).substr(0, run.out.find('\n')));
  if (!document) return false;
  const json::Value& best = (*document)["best_member"];
  if (best["name"].Text() == name) return true;
  const auto& equal = best["equal"].items();
  return std::ranges::any_of(equal, [&](const json::Value& item) { return item.Text() == name; });
}

class Judge {
 public:
  Judge(const Answers& sound, const Harmed& harmed)
      : sound_(sound),
        harmed_(harmed),
        now_(harmed.answers),
        rows_(ChangesOf(sound.meaning, now_.meaning)) {}

  std::vector<std::string> Run() {
    JudgeLog();
    JudgeDatabase();
    JudgeComparisons();
    JudgeAudit();
    JudgeBackup();
    return std::move(wrong_);
  }

 private:
  void Expect(bool holds, std::string otherwise) {
    if (!holds) wrong_.push_back(std::move(otherwise));
  }

  void JudgeLog() {
    if (harmed_.trace == Trace::kNoneAtAll) return;
    const bool called_sound = now_.entries.sound() || now_.verify.sound();
    Expect(!called_sound || IsShorterLog(now_, sound_),
           "the log is called sound, and has other entries");
    if (harmed_.trace == Trace::kMisplaced) return;
    const std::set<std::string_view> known(sound_.meaning.entries.begin(),
                                           sound_.meaning.entries.end());
    const bool all_known = std::ranges::all_of(
        now_.meaning.unmarked, [&](const std::string& entry) { return known.contains(entry); });
    Expect(all_known, "an entry that is not the log's is shown as sound");
  }

  void JudgeDatabase() {
    if (harmed_.trace != Trace::kInTheBytes || !rows_.count) return;
    Expect(!now_.check.sound() || !now_.status.sound(),
           "the database is called sound, and has not the same rows");
  }

  void JudgeComparisons() {
    const bool same_log = IsShorterLog(now_, sound_);
    Expect(same_log || !now_.peers.sound(), "hashcheck calls members the same whose logs differ");
    if (!rows_.keys && !rows_.others) return;
    Expect(!now_.peers.sound(), "hashcheck calls members the same whose rows differ");
    Expect(!Recommends(now_.best, "d"), "hashcheck recommends the harmed member");
    if (!rows_.keys) return;
    Expect(!now_.rolled.sound(), "rolled forward, members are called the same whose keys differ");
    Expect(!now_.digest.sound(), "digests are called the same of members whose keys differ");
  }

  void JudgeAudit() {
    if (rows_.keys) Expect(!now_.audit.sound(), "the audit explains rows that are not the log's");
    const bool is_ahead = now_.meaning.consistent_index > now_.meaning.last_index;
    if (is_ahead) Expect(!now_.audit.sound(), "the audit does not miss the end of the log");
  }

  void JudgeBackup() {
    if (!harmed_.backup_changed) return;
    const bool verified = now_.backup.out.find("\"sha256\":\"verified\"") != std::string::npos;
    Expect(!verified, "the SHA-256 of a changed backup is called right");
    const bool absent = now_.backup.out.find("\"sha256\":\"absent\"") != std::string::npos;
    Expect(!now_.backup.sound() || absent, "a changed backup is called sound");
  }

  const Answers& sound_;
  const Harmed& harmed_;
  const Answers& now_;
  RowChanges rows_;
  std::vector<std::string> wrong_;
};

}  // namespace

Answers Ask(uint64_t input_bytes, Dice* dice) {
  Answers answers;
  const auto run = [&](const Command& command) { return Run(command, input_bytes, answers); };
  answers.entries = run(kEntries);
  answers.verify = run(kVerify);
  answers.check = run(kCheck);
  answers.status = run(kStatus);
  answers.backup = run(kBackupStatus);
  answers.peers = run(kPeers);
  answers.audit = run(kAudit);
  answers.best = run(kBest);
  answers.rolled = run(kRolled);
  if (answers.digest = run(kDigest); answers.digest.exit_code != 2) answers.digest = run(kDigests);
  const auto& others = OtherCommands();
  for (size_t i = 0; i < (dice == nullptr ? others.size() : 3); ++i) {
    run(dice == nullptr ? others[i] : dice->OneOf(others));
  }
  ReadEntries(answers.entries, answers.meaning);
  for (const Jump& jump : JumpsOf(answers.verify)) {
    answers.meaning.last_index = std::max(answers.meaning.last_index, jump.last);
  }
  ReadDatabase(dice == nullptr, answers.meaning);
  return answers;
}

std::vector<std::string> WrongVerdicts(const Answers& sound, const Harmed& harmed) {
  return Judge(sound, harmed).Run();
}

}  // namespace etcdf::reliability
