#include "member/open.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "archive/unpack.h"
#include "base/counted.h"
#include "delta/chain.h"
#include "io/foreign.h"
#include "io/scratch.h"
#include "member/archive_layout.h"
#include "member/mend.h"
#include "mvcc/revision.h"
#include "mvcc/schema.h"

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

// The names of the regular files in a folder, in order.
std::vector<std::string> FileNames(const std::string& folder) {
  constexpr size_t kMost = 10'000;
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code unknown;
    if (it->is_regular_file(unknown)) names.push_back(it->path().filename().string());
    if (names.size() == kMost) break;
  }
  std::ranges::sort(names);
  return names;
}

int64_t LastRevision(const backend::Database& database, FindingSink& findings) {
  const auto bucket = database.Open(AsBytes(mvcc::kKeyBucket));
  if (bucket == nullptr) return 0;
  const auto cursor = bucket->NewCursor(findings);
  if (!cursor->Last()) return 0;
  const auto last = mvcc::ParseRowKey(cursor->row().key);
  return last ? last->revision.main : 0;
}

// Whether the chain goes on after this link.
Result<bool> TakeLink(const std::string& path, const std::string& temporary_dir, delta::Rows& rows,
                      FindingSink& findings) {
  const auto name = delta::ParseLinkName(fs::path(path).filename().string());
  const auto mapped = io::MappedFile::Open(path);
  if (!mapped) return Fail(mapped.error());
  const Bytes head = mapped->bytes().first(std::min(mapped->bytes().size(), archive::kHeadBytes));
  if (archive::DetectPacking(head) == archive::Packing::kNone) {
    return rows.Take(*name, mapped->bytes(), path, findings);
  }
  io::Scratch scratch(temporary_dir);
  const auto unpacked = archive::Unpack(
      mapped->bytes(), path, [](std::string_view, Bytes) { return true; }, scratch, findings);
  if (!unpacked) return Fail(unpacked.error());
  if (unpacked->size() != 1) return rows.Take(*name, Bytes(), path, findings);
  const auto content = io::MappedFile::Open(path, unpacked->front().content);
  if (!content) return Fail(content.error());
  return rows.Take(*name, content->bytes(), path, findings);
}

void ReportKeysOnly(const std::string& path, const delta::Rows& rows, FindingSink& findings) {
  findings.Report(
      {.kind = delta::kKeysOnly,
       .file = path,
       .what = "the chain goes on from this snapshot to revision " +
               std::to_string(rows.revision()) + ", with " + Counted(rows.size(), "row", "rows"),
       .consequence = "keys are as of there; leases, users, members and the rest are as "
                      "of the snapshot",
       .figures = {{"revision", static_cast<uint64_t>(rows.revision())}}});
}

}  // namespace

bool IsFolderOfFiles(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error) && !FindDatabase(path) && !io::FindDataDir(path) &&
         delta::FindChain(FileNames(path)).empty();
}

// Fills in the evidence by what the path is.
class Evidence::Opener {
 public:
  Opener(Evidence& evidence, Parts parts, FindingSink& findings)
      : evidence_(evidence), source_(evidence.source_), parts_(parts), findings_(findings) {}

  Result<void> Look() {
    if (source_.path == "-") return LookAtStandardInput();
    std::error_code error;
    const fs::file_status status = fs::status(source_.path, error);
    if (status.type() == fs::file_type::not_found) return LookWithinArchive();
    if (error) {
      return Fail({.code = ErrorCode::kIo,
                   .system_errno = error.value(),
                   .what = "cannot look at it",
                   .subject = source_.path});
    }
    if (!fs::is_directory(status)) return LookAtFile({.path = source_.path});
    LookInDirectory();
    return LacksAll(evidence_) ? LookAtFilesOf(source_.path) : Result<void>();
  }

  // The log that --wal-dir names.
  Result<void> TakeLog() {
    auto dir = io::FindDataDir(source_.wal_dir);
    if (!dir) return tl::unexpected(dir.error());
    if (dir->segments.empty()) {
      return Fail({.code = ErrorCode::kNotFound,
                   .what = "holds no raft log: there is no .wal file",
                   .subject = source_.wal_dir});
    }
    evidence_.no_log_.reset();
    io::DataDir& files = evidence_.files_;
    files.wal_dir = dir->wal_dir;
    files.segments = std::move(dir->segments);
    if (evidence_.file_kind_) return {};
    evidence_.is_data_dir_ = true;
    if (files.snap_dir.empty() && evidence_.database_.is_etcds_db) {
      files.snap_dir = fs::path(evidence_.database_.path).parent_path().string();
    }
    return {};
  }

 private:
  void LookInDirectory() {
    const std::string& path = source_.path;
    DatabasePlace& database = evidence_.database_;
    if (auto place = FindDatabase(path)) {
      database = *std::move(place);
    } else {
      evidence_.no_database_ = place.error();
    }
    auto dir = io::FindDataDir(IsSnapOfMember(path) ? database.data_dir : path);
    if (!dir) {
      evidence_.no_log_ = dir.error();
      return;
    }
    evidence_.files_ = *std::move(dir);
    evidence_.is_data_dir_ = true;
    const bool is_flat = !database.path.empty() && evidence_.files_.wal_dir == path;
    if (is_flat) database.data_dir = path;
  }

  static bool LacksAll(const Evidence& evidence) {
    return evidence.no_database_ && evidence.no_database_->subject == evidence.source_.path &&
           evidence.no_log_ && evidence.no_log_->code == ErrorCode::kNotFound;
  }

  // A folder that is not laid out by etcd: a chain of backups, or the only database in it.
  Result<void> LookAtFilesOf(const std::string& folder) {
    const std::vector<std::string> names = FileNames(folder);
    const std::vector<size_t> chain = delta::FindChain(names);
    if (!chain.empty()) return LookAtChain(folder, names, chain);
    std::vector<std::string> databases;
    std::vector<std::string> archives;
    for (const std::string& name : names) {
      const std::string path = (fs::path(folder) / name).string();
      const auto mapped = io::MappedFile::Open(path);
      if (!mapped) continue;
      const io::FileKind kind = io::Detect(mapped->bytes());
      if (kind == io::FileKind::kBolt) databases.push_back(path);
      if (kind == io::FileKind::kUnknown && IsPacked(mapped->bytes())) archives.push_back(path);
    }
    if (databases.empty()) std::swap(databases, archives);
    if (databases.size() == 1) return LookAtFile({.path = databases.front()});
    if (databases.size() > 1) {
      evidence_.no_database_ = {
          .code = ErrorCode::kUsage,
          .what = "holds more than one backup: name one; snapshot-status tells of all of them",
          .subject = folder};
    }
    return {};
  }

  Result<void> LookAtChain(const std::string& folder, const std::vector<std::string>& names,
                           const std::vector<size_t>& chain) {
    const auto path_of = [&](size_t i) { return (fs::path(folder) / names[i]).string(); };
    for (const size_t i : std::span(chain).subspan(1)) evidence_.links_.push_back(path_of(i));
    return LookAtFile({.path = path_of(chain.front())});
  }

  Result<void> LookAtFile(io::EvidenceFile file) {
    const auto mapped = io::MappedFile::Open(file.path, file.content);
    if (!mapped) return tl::unexpected(mapped.error());
    const auto kind = io::DetectMapped(*mapped);
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == io::FileKind::kUnknown && IsPacked(mapped->bytes())) {
      return LookInArchive(*mapped, "");
    }
    io::Scratch scratch(source_.temporary_dir);
    auto mended = Mend(*mapped, scratch, findings_);
    if (!mended) return tl::unexpected(mended.error());
    if (*mended == nullptr) {
      TakeFile(std::move(file), *kind, mapped->bytes());
      return {};
    }
    file.content = *std::move(mended);
    const auto again = io::MappedFile::Open(file.path, file.content);
    if (!again) return tl::unexpected(again.error());
    TakeFile(std::move(file), io::Detect(again->bytes()), again->bytes());
    return {};
  }

  void TakeFile(io::EvidenceFile file, io::FileKind kind, Bytes bytes) {
    evidence_.file_kind_ = kind;
    evidence_.no_database_.reset();
    evidence_.no_log_.reset();
    evidence_.database_ = {.path = file.path, .content = file.content};
    const bool is_foreign = kind == io::FileKind::kUnknown;
    const Error is_other = {
        .code = ErrorCode::kWrongKind,
        .what = is_foreign ? io::ForeignKindText(bytes) : io::FileKindText(kind),
        .subject = file.path};
    if (kind != io::FileKind::kBolt && kind != io::FileKind::kLmdb)
      evidence_.no_database_ = is_other;
    auto dir = io::DataDirOfFile(file, kind);
    if (dir) {
      evidence_.files_ = *std::move(dir);
    } else {
      evidence_.no_log_ = is_other;
    }
    evidence_.file_ = std::move(file);
  }

  static bool IsPacked(Bytes file) {
    const Bytes head = file.first(std::min(file.size(), archive::kHeadBytes));
    return archive::DetectPacking(head) != archive::Packing::kNone;
  }

  // `inner`: only what lies below this name in the archive; empty for all.
  Result<void> LookInArchive(const io::MappedFile& packed, const std::string& inner) {
    io::Scratch scratch(source_.temporary_dir);
    ArchiveChooser chooser(parts_);
    const auto is_inside = [&](std::string_view name) {
      return inner.empty() || name == inner || name.starts_with(inner + "/");
    };
    auto unpacked = archive::Unpack(
        packed.bytes(), packed.path(),
        [&](std::string_view name, Bytes head) {
          return is_inside(name) && (name == inner || chooser.Wants(name, head));
        },
        scratch, findings_);
    if (!unpacked) return tl::unexpected(unpacked.error());
    std::erase_if(*unpacked, [&](const auto& file) { return !is_inside(file.name); });
    auto layout = ArrangeArchive(packed.path(), *std::move(unpacked), chooser.names_left_out());
    if (!layout) return tl::unexpected(layout.error());
    if (layout->file) return LookAtFile(*std::move(layout->file));
    evidence_.files_ = *std::move(layout->data_dir);
    evidence_.is_data_dir_ = true;
    if (layout->database) {
      evidence_.database_ = *std::move(layout->database);
    } else {
      evidence_.no_database_ = {.code = ErrorCode::kNotFound,
                                .what = "holds no member/snap/db and no db",
                                .subject = evidence_.files_.path};
    }
    return {};
  }

  // A path that goes on after the name of a file goes on in an archive.
  Result<void> LookWithinArchive() {
    for (fs::path at = fs::path(source_.path).parent_path(); !at.empty() && at != at.root_path();
         at = at.parent_path()) {
      std::error_code error;
      const fs::file_status status = fs::status(at, error);
      if (status.type() == fs::file_type::not_found) continue;
      if (!fs::is_regular_file(status)) break;
      const auto packed = io::MappedFile::Open(at.string());
      if (!packed) return tl::unexpected(packed.error());
      if (!IsPacked(packed->bytes())) break;
      const std::string inner = source_.path.substr(at.string().size() + 1);
      return LookInArchive(*packed, inner);
    }
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "no such file or directory",
                 .subject = source_.path});
  }

  Result<void> LookAtStandardInput() {
    io::Scratch scratch(source_.temporary_dir);
    auto content = scratch.ReadAll(STDIN_FILENO);
    if (!content) return tl::unexpected(content.error());
    return LookAtFile({.path = source_.path, .content = *std::move(content)});
  }

  Evidence& evidence_;
  const Source& source_;
  Parts parts_;
  FindingSink& findings_;
};

Result<Evidence> Open(const Source& source, Parts parts, FindingSink& findings) {
  Evidence evidence;
  evidence.source_ = source;
  evidence.files_.path = source.path;
  Evidence::Opener opener(evidence, parts, findings);
  if (auto looked = opener.Look(); !looked) return Fail(looked.error());
  if (!source.wal_dir.empty()) {
    if (auto taken = opener.TakeLog(); !taken) return Fail(taken.error());
  }
  return evidence;
}

Result<OpenedDatabase> Evidence::OpenDatabase(const DatabaseChoice& choice,
                                              FindingSink& findings) const {
  if (no_database_) return Fail(*no_database_);
  auto opened = member::OpenDatabase(database_, choice, findings);
  if (!opened || opened->database == nullptr || links_.empty()) return opened;
  delta::Rows rows(LastRevision(*opened->database, findings));
  for (const std::string& link : links_) {
    const auto taken = TakeLink(link, source_.temporary_dir, rows, findings);
    if (!taken) return Fail(taken.error());
    if (!*taken) break;
  }
  ReportKeysOnly(opened->path, rows, findings);
  opened->database = delta::Extend(std::move(opened->database), std::move(rows));
  return opened;
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
