#include "member/open.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace etcdf::member {
namespace {

namespace fs = std::filesystem;

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

bool IsDirectory(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// What lies in a folder without a db and may be taken for one.
struct Leftover {
  std::string_view prefix;
  std::string_view suffix;
  const char* what;
};
constexpr Leftover kLeftovers[] = {
    {"", ".snap.db", "there is no db beside this one, which the leader sent; name it to read it"},
    {"", ".part", "there is no db, only this unfinished `snapshot save`; name it to read it"},
    {"db.tmp", "", "there is no db, only this unfinished defragmentation; name it to read it"},
    {"tmp", "", "there is no db, only this unfinished copy from the leader; name it to read it"},
};

// Why there is no database in this folder.
Error NoDatabase(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code unknown;
    if (!entry.is_regular_file(unknown)) continue;
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  for (const Leftover& leftover : kLeftovers) {
    for (const std::string& name : names) {
      if (!name.starts_with(leftover.prefix) || !name.ends_with(leftover.suffix)) continue;
      return {
          .code = ErrorCode::kNotFound, .what = leftover.what, .subject = (folder / name).string()};
    }
  }
  return {.code = ErrorCode::kNotFound,
          .what = "holds no member/snap/db, no db and no data.mdb: not the place of a database",
          .subject = folder.string()};
}

// The database in a directory. What has a `member` or a `snap` folder has it there or nowhere.
Result<DatabasePlace> FindDatabase(const std::string& path) {
  const fs::path root = path;
  const auto in_snap = [&](const fs::path& snap) -> Result<DatabasePlace> {
    if (!Exists(snap / "db")) return Fail(NoDatabase(snap));
    return DatabasePlace{.path = (snap / "db").string(), .data_dir = path, .is_etcds_db = true};
  };
  if (Exists(root / "member")) return in_snap(root / "member" / "snap");
  if (Exists(root / "snap")) return in_snap(root / "snap");
  if (Exists(root / "data.mdb")) return DatabasePlace{.path = (root / "data.mdb").string()};
  if (!Exists(root / "db")) return Fail(NoDatabase(root));
  return DatabasePlace{.path = (root / "db").string(),
                       .data_dir = (root / "..").lexically_normal().string(),
                       .is_etcds_db = true};
}

// A snap folder where etcd made it: the log is in the folder beside it.
bool IsSnapOfMember(const fs::path& path) {
  const fs::path parent = path / "..";
  std::error_code error;
  return Exists(path / "db") && IsDirectory(parent / "wal") && IsDirectory(parent / "snap") &&
         fs::equivalent(path, parent / "snap", error);
}

}  // namespace

Result<Evidence> Open(const Source& source) {
  Evidence evidence;
  evidence.source_ = source;
  evidence.files_.path = source.path;
  std::error_code error;
  const fs::file_status status = fs::status(source.path, error);
  if (status.type() == fs::file_type::not_found) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "no such file or directory",
                 .subject = source.path});
  }
  if (error) {
    return Fail({.code = ErrorCode::kIo,
                 .system_errno = error.value(),
                 .what = "cannot look at it",
                 .subject = source.path});
  }
  if (fs::is_directory(status)) {
    evidence.LookInDirectory();
  } else {
    const auto kind = io::DetectFile(source.path);
    if (!kind) return Fail(kind.error());
    evidence.LookAtFile(*kind);
  }
  if (!source.wal_dir.empty()) {
    if (auto taken = evidence.TakeLogFrom(source.wal_dir); !taken) return Fail(taken.error());
  }
  return evidence;
}

void Evidence::LookInDirectory() {
  if (auto place = FindDatabase(source_.path)) {
    database_ = *std::move(place);
  } else {
    no_database_ = place.error();
  }
  auto dir = io::FindDataDir(IsSnapOfMember(source_.path) ? database_.data_dir : source_.path);
  if (!dir) {
    no_log_ = dir.error();
    return;
  }
  files_ = *std::move(dir);
  is_data_dir_ = true;
  const bool is_flat = !database_.path.empty() && files_.wal_dir == source_.path;
  if (is_flat) database_.data_dir = source_.path;
}

void Evidence::LookAtFile(io::FileKind kind) {
  file_kind_ = kind;
  database_ = {.path = source_.path};
  if (kind != io::FileKind::kBolt && kind != io::FileKind::kLmdb) {
    no_database_ = {
        .code = ErrorCode::kWrongKind, .what = io::FileKindText(kind), .subject = source_.path};
  }
  auto dir = io::FindDataDir(source_.path);
  if (dir) {
    files_ = *std::move(dir);
  } else {
    no_log_ = dir.error();
  }
}

Result<void> Evidence::TakeLogFrom(const std::string& wal_dir) {
  auto dir = io::FindDataDir(wal_dir);
  if (!dir) return Fail(dir.error());
  if (dir->segments.empty()) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "holds no raft log: there is no .wal file",
                 .subject = wal_dir});
  }
  no_log_.reset();
  files_.wal_dir = dir->wal_dir;
  files_.segments = std::move(dir->segments);
  if (file_kind_) return {};
  is_data_dir_ = true;
  if (files_.snap_dir.empty() && database_.is_etcds_db) {
    files_.snap_dir = fs::path(database_.path).parent_path().string();
  }
  return {};
}

Result<OpenedDatabase> Evidence::OpenDatabase(const DatabaseChoice& choice,
                                              FindingSink& findings) const {
  if (no_database_) return Fail(*no_database_);
  return member::OpenDatabase(database_, choice, findings);
}

Result<wal::Log> Evidence::OpenLog(std::optional<uint64_t> start, FindingSink& findings) const {
  if (no_log_) return Fail(*no_log_);
  return wal::Log::Open(files_, start, findings);
}

Result<wal::Log> Evidence::ReadLog(FindingSink& findings) const {
  auto log = OpenLog(std::nullopt, findings);
  if (log) log->Scan(findings);
  return log;
}

}  // namespace etcdf::member
