#include "snapshot-status/backups.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/process.h"
#include "base/counted.h"
#include "base/escape.h"
#include "base/threads.h"
#include "bolt/findings.h"
#include "mvcc/schema.h"
#include "output/json_writer.h"
#include "output/table.h"

namespace etcdf::snapshot_status {
namespace {

namespace fs = std::filesystem;
using app::ExitCode;

constexpr size_t kFilesMax = 100'000;

// All regular files below the folder, in order; links to folders are not followed.
std::vector<std::string> ListFiles(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(folder, options, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code unknown;
    if (it->is_regular_file(unknown)) paths.push_back(it->path().string());
    if (paths.size() == kFilesMax) break;
  }
  std::ranges::sort(paths);
  return paths;
}

int64_t ModifiedAt(const std::string& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return 0;
  const auto system = std::chrono::file_clock::to_sys(time);
  return std::chrono::duration_cast<std::chrono::seconds>(system.time_since_epoch()).count();
}

// Of the findings that say that a backup is not sound, the gravest.
std::string WhyNotSound(const FindingList& findings) {
  const Finding* worst = nullptr;
  for (const Finding& finding : findings.findings()) {
    if (finding.kind.severity == Severity::kNote) continue;
    // What is said of the file as a whole says more than what follows from it page by page.
    const bool is_of_file =
        finding.kind.id.starts_with("archive.") || finding.kind.id.starts_with("snapshot.") ||
        finding.kind.id.starts_with("file.") || finding.kind.id == bolt::kTruncated.id;
    if (worst == nullptr || is_of_file) worst = &finding;
    if (is_of_file) break;
  }
  if (worst == nullptr) return "";
  if (worst->kind.id == kShaMismatch.id) {
    return "the SHA-256 at its end is not that of the bytes before: it is not what was saved";
  }
  return worst->what;
}

void TakeSurvey(const Survey& survey, const FindingList& findings, Backup& backup) {
  // Without its bucket key it has no revision that could be told.
  backup.is_database = survey.evidence.database != nullptr &&
                       survey.evidence.database->Open(AsBytes(mvcc::kKeyBucket)) != nullptr;
  backup.hash = survey.content.hash;
  backup.revision = survey.status.CurrentRevision();
  backup.keys = survey.content.live_keys;
  backup.size_bytes = survey.file_bytes;
  backup.sha = survey.sha;
  for (const auto& [id, seen] : survey.members) {
    if (seen.standing == member::Standing::kMember) backup.member_ids.insert(id);
  }
  backup.is_sound = findings.worst().value_or(Severity::kNote) == Severity::kNote;
  backup.why = WhyNotSound(findings);
  if (backup.is_sound && backup.sha == ShaState::kAbsent) {
    backup.why = "no SHA-256: nothing proves that it is what was saved";
  }
}

// The time in the name of the file, or of the folder that it is in, below `root`.
std::optional<int64_t> TimeInPath(const fs::path& path, const fs::path& root) {
  for (fs::path at = path; at.string().size() > root.string().size(); at = at.parent_path()) {
    if (const auto time = TimeInName(at.filename().string())) return time;
  }
  return std::nullopt;
}

// Nothing for a file that is no backup.
std::optional<Backup> ReadBackup(const std::string& path, const std::string& root,
                                 const Options& options) {
  Backup backup{.path = path};
  const std::string name = fs::path(path).filename().string();
  const auto in_name = TimeInPath(path, root);
  backup.taken = in_name.value_or(ModifiedAt(path));
  backup.taken_from = in_name ? TakenFrom::kName : TakenFrom::kMtime;
  FindingList findings;
  const auto survey = SurveyFile(path, options, findings);
  if (survey && survey->snap) return std::nullopt;  // raft's, not a backup
  if (survey) {
    TakeSurvey(*survey, findings, backup);
    return backup;
  }
  const ErrorCode code = survey.error().code;
  const bool is_other = code == ErrorCode::kWrongKind || code == ErrorCode::kNotFound;
  if (is_other && !LooksLikeBackupName(name)) return std::nullopt;
  backup.why = WhyNotSound(findings);
  if (backup.why.empty()) backup.why = survey.error().Reason();
  std::error_code error;
  backup.size_bytes = fs::file_size(path, error);
  return backup;
}

std::string TimeText(int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

// "3 hours", "25 minutes", "2 days": rounded down to the largest unit of which there is one.
std::string SpanText(int64_t seconds) {
  const auto count = static_cast<uint64_t>(std::max<int64_t>(seconds, 0));
  constexpr uint64_t kMinute = 60;
  constexpr uint64_t kHour = 60 * kMinute;
  constexpr uint64_t kDay = 24 * kHour;
  if (count >= 2 * kDay) return Counted(count / kDay, "day", "days");
  if (count >= kHour) return Counted(count / kHour, "hour", "hours");
  if (count >= kMinute) return Counted(count / kMinute, "minute", "minutes");
  return Counted(count, "second", "seconds");
}

const char* TakenFromName(TakenFrom from) {
  switch (from) {
    case TakenFrom::kName: return "name";
    case TakenFrom::kContent: return "content";
    case TakenFrom::kMtime: return "mtime";
  }
  return "mtime";
}

// The schema has four words: what is cut off or followed by something is not what was saved.
const char* ShaWord(ShaState state) {
  switch (state) {
    case ShaState::kVerified: return "verified";
    case ShaState::kAbsent: return "absent";
    case ShaState::kWrong:
    case ShaState::kFollowed:
    case ShaState::kCutOff: return "wrong";
    case ShaState::kUnknown:
    case ShaState::kNotChecked: break;
  }
  return "unknown";
}

bool SharesMembers(const Backup& a, const Backup& b) {
  return std::ranges::any_of(a.member_ids, [&](uint64_t id) { return b.member_ids.contains(id); });
}

bool IsStranger(const Backup& a, const Backup& b) {
  return !a.member_ids.empty() && !b.member_ids.empty() && !SharesMembers(a, b);
}

void AppendJson(std::string& out, const BackupFolder& folder) {
  output::JsonWriter json(out);
  json.BeginObject();
  json.Name("backups");
  json.BeginArray();
  for (const Backup& backup : folder.backups) {
    json.BeginObject();
    json.Text("path", backup.path);
    json.Text("taken", TimeText(backup.taken));
    json.Text("taken_from", TakenFromName(backup.taken_from));
    if (backup.is_database) {
      json.Int("revision", backup.revision);
      json.Uint("keys", backup.keys);
      json.Uint("hash", backup.hash);
    } else {
      for (const char* const name : {"revision", "keys", "hash"}) {
        json.Name(name);
        json.Null();
      }
    }
    json.Uint("size", backup.size_bytes);
    json.Text("sha256", ShaWord(backup.sha));
    json.Bool("sound", backup.is_sound);
    json.Name("cluster_id");  // no snapshot holds it
    json.Null();
    json.Name("member_ids");
    json.BeginArray();
    for (const uint64_t id : backup.member_ids) json.HexId(id);
    json.EndArray();
    json.Text("why", backup.why);
    json.EndObject();
  }
  json.EndArray();
  json.Name("newest_good");
  if (folder.newest_good) {
    json.Text(folder.backups[*folder.newest_good].path);
  } else {
    json.Null();
  }
  json.Name("gaps");
  json.BeginArray();
  for (const Gap& gap : folder.gaps) {
    json.BeginObject();
    json.Name("from");
    if (gap.from) {
      json.Text(folder.backups[*gap.from].path);
    } else {
      json.Null();
    }
    json.Text("to", folder.backups[gap.to].path);
    if (gap.from) {
      json.Int("seconds", folder.backups[gap.to].taken - folder.backups[*gap.from].taken);
    }
    json.EndObject();
  }
  json.EndArray();
  json.Uint("other_files", folder.other_files);
  json.EndObject();
  json.EndLine();
}

// What was written since the backup before, of those that can be read.
std::string GrowthText(const BackupFolder& folder, size_t i) {
  for (size_t before = i; before-- > 0;) {
    const Backup& earlier = folder.backups[before];
    if (!earlier.is_database || IsStranger(earlier, folder.backups[i])) continue;
    const int64_t growth = folder.backups[i].revision - earlier.revision;
    return (growth < 0 ? "" : "+") + std::to_string(growth);
  }
  return "";
}

void AppendTable(std::string& out, const std::string& root, const BackupFolder& folder) {
  using output::Align;
  output::Table table({{"TAKEN"},
                       {"FROM"},
                       {"REVISION", Align::kRight},
                       {"GROWTH", Align::kRight},
                       {"KEYS", Align::kRight},
                       {"SIZE", Align::kRight},
                       {"SHA-256"},
                       {"GOOD"},
                       {"FILE"}});
  for (size_t i = 0; i < folder.backups.size(); ++i) {
    const Backup& backup = folder.backups[i];
    const bool known = backup.is_database;
    table.AddRow({TimeText(backup.taken), TakenFromName(backup.taken_from),
                  known ? std::to_string(backup.revision) : "-",
                  known ? GrowthText(folder, i) : "-", known ? std::to_string(backup.keys) : "-",
                  std::to_string(backup.size_bytes), ShaWord(backup.sha),
                  backup.is_sound ? "yes" : "no",
                  Printable(fs::path(backup.path).lexically_relative(root).string())});
  }
  table.Append(out);
}

void AppendVerdict(std::string& out, const std::string& root, const BackupFolder& folder) {
  const auto name = [&](const Backup& backup) {
    return Printable(fs::path(backup.path).lexically_relative(root).string());
  };
  out += '\n';
  if (!folder.newest_good) {
    out += "newest good: none of " + Counted(folder.backups.size(), "backup", "backups") + "\n";
  } else {
    const Backup& good = folder.backups[*folder.newest_good];
    out += "newest good: " + name(good) + ", revision " + std::to_string(good.revision) + "\n";
    if (!good.why.empty()) out += "  " + Printable(good.why) + "\n";
  }
  for (const Backup& backup : folder.backups) {
    if (!backup.is_sound) out += "not good: " + name(backup) + ": " + Printable(backup.why) + "\n";
  }
  if (folder.newest_good) {
    const Backup& good = folder.backups[*folder.newest_good];
    for (const Backup& backup : folder.backups) {
      if (!IsStranger(good, backup)) continue;
      out += name(backup) + " has none of the members of " + name(good) +
             ": it may be of another cluster, or of one restored since\n";
    }
  }
  for (const Gap& gap : folder.gaps) {
    const Backup& to = folder.backups[gap.to];
    if (!gap.from) {
      out += "up to " + name(to) + " there is no good backup\n";
      continue;
    }
    const Backup& from = folder.backups[*gap.from];
    out += "between " + name(from) + " and " + name(to) +
           " there is no good backup: " + SpanText(to.taken - from.taken) + " of revisions\n";
  }
  if (folder.other_files > 0) {
    out += Counted(folder.other_files, "other file", "other files") + " left out\n";
  }
}

uint64_t BytesOf(const std::vector<std::string>& paths) {
  uint64_t sum = 0;
  for (const std::string& path : paths) {
    std::error_code error;
    const uintmax_t size = fs::file_size(path, error);
    if (!error) sum += size;
  }
  return sum;
}

BackupFolder ReadFolder(const std::string& path, Options options) {
  options.depth = std::max(options.depth, Depth::kStructure);
  options.with_members = true;
  const std::vector<std::string> paths = ListFiles(path);
  std::vector<std::optional<Backup>> read(paths.size());
  app::Progress progress("reading", options.quiet ? 0 : BytesOf(paths));
  RunOnThreads(CoreCount(), paths.size(), [&](size_t i) {
    if (app::Interrupted()) return;
    read[i] = ReadBackup(paths[i], path, options);
    std::error_code error;
    const uintmax_t size = fs::file_size(paths[i], error);
    if (!error) progress.bytes_done()->fetch_add(size);
  });
  BackupFolder folder;
  for (std::optional<Backup>& backup : read) {
    if (backup) folder.backups.push_back(*std::move(backup));
  }
  folder.other_files = paths.size() - folder.backups.size();
  std::ranges::stable_sort(folder.backups, {}, &Backup::taken);
  Judge(folder);
  return folder;
}

}  // namespace

void Judge(BackupFolder& folder) {
  std::optional<size_t> good;
  for (size_t i = 0; i < folder.backups.size(); ++i) {
    if (!folder.backups[i].is_sound) continue;
    const bool skips = good ? *good + 1 < i : i > 0;
    if (skips) folder.gaps.push_back({.from = good, .to = i});
    good = i;
  }
  folder.newest_good = good;
  const bool ends_badly = !folder.backups.empty() && good && *good + 1 < folder.backups.size();
  if (ends_badly) folder.gaps.push_back({.from = good, .to = folder.backups.size() - 1});
}

ExitCode ShowBackups(const std::string& path, const Options& options, output::Sink& out,
                     output::Sink& err) {
  const BackupFolder folder = ReadFolder(path, options);
  if (app::Interrupted()) return ExitCode::kInterrupted;
  if (folder.backups.empty()) {
    err.Write("snapshot-status: " + Printable(path) + ": holds no backup and no data directory\n");
    return ExitCode::kFailed;
  }
  std::string text;
  if (options.format == Format::kJson) {
    AppendJson(text, folder);
  } else {
    AppendTable(text, path, folder);
    AppendVerdict(text, path, folder);
  }
  out.Write(text);
  const bool newest_is_good =
      folder.newest_good && *folder.newest_good + 1 == folder.backups.size();
  return newest_is_good ? ExitCode::kSound : ExitCode::kDamage;
}

}  // namespace etcdf::snapshot_status
