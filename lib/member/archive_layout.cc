#include "member/archive_layout.h"

#include <algorithm>
#include <map>
#include <utility>

#include "io/mapped_file.h"

namespace etcdf::member {
namespace {

// "a/b/c" is folder "a/b", name "c".
struct SplitPath {
  std::string_view folder = {};
  std::string_view name = {};
};

SplitPath Split(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {.folder = {}, .name = path};
  return {.folder = path.substr(0, slash), .name = path.substr(slash + 1)};
}

bool IsCalledDatabase(std::string_view name) {
  return name == "db" || name == "data.mdb" || name.ends_with(".db") ||
         name.find("snapshot") != std::string_view::npos;
}

// Beside a db, what a crash or the leader left: never what is meant.
bool IsLeftover(std::string_view name) {
  return name.ends_with(".snap.db") || name.starts_with("db.tmp") || name.ends_with(".part");
}

enum class Role : uint8_t { kSegment, kSnap, kDatabase, kOther };

Role RoleOf(std::string_view name, io::FileKind kind) {
  const bool is_known = kind != io::FileKind::kUnknown && kind != io::FileKind::kEmpty;
  if (kind == io::FileKind::kWalSegment) return Role::kSegment;
  if (kind == io::FileKind::kBolt || kind == io::FileKind::kLmdb) return Role::kDatabase;
  if (kind == io::FileKind::kSnap) return Role::kSnap;
  // Names that etcd gives decide for files too damaged to recognise.
  if (!is_known && io::ParseSegmentName(name)) return Role::kSegment;
  if (!is_known && io::ParseSnapName(name)) return Role::kSnap;
  return IsCalledDatabase(name) ? Role::kDatabase : Role::kOther;
}

// The data directory that a file in this folder is of: without `member`, and `wal` or `snap`.
std::string_view RootOf(std::string_view folder) {
  const SplitPath last = Split(folder);
  if (last.name != "wal" && last.name != "snap") return folder;
  const SplitPath member = Split(last.folder);
  return member.name == "member" ? member.folder : last.folder;
}

struct Found {
  archive::UnpackedFile file;
  io::FileKind kind;
  Role role;

  SplitPath split() const { return Split(file.name); }
  // As etcd lays it: the folder says what it is, or a log lies beside it.
  bool is_of_data_dir() const {
    if (role == Role::kSegment) return true;
    return role == Role::kDatabase && split().name == "db" && Split(split().folder).name == "snap";
  }
};

class Arranger {
 public:
  Arranger(const std::string& path, std::vector<archive::UnpackedFile> files,
           const std::vector<std::string>& names_left_out)
      : path_(path), names_left_out_(names_left_out) {
    for (archive::UnpackedFile& file : files) {
      const auto mapped = io::MappedFile::Open(file.name, file.content);
      const io::FileKind kind = mapped ? io::Detect(mapped->bytes()) : io::FileKind::kUnknown;
      const Role role = RoleOf(Split(file.name).name, kind);
      found_.push_back({.file = std::move(file), .kind = kind, .role = role});
    }
    std::ranges::sort(found_, {}, [](const Found& found) { return found.file.name; });
  }

  Result<ArchiveLayout> Run() {
    std::vector<std::string> roots;
    for (const Found& found : found_) {
      if (!found.is_of_data_dir()) continue;
      std::string root(RootOf(found.split().folder));
      if (std::ranges::find(roots, root) == roots.end()) roots.push_back(std::move(root));
    }
    if (roots.size() > 1) {
      return Fail({.code = ErrorCode::kUsage,
                   .what = "holds more than one data directory: name one after the archive",
                   .subject = path_ + " (" + roots[0] + ", " + roots[1] + ")"});
    }
    return roots.empty() ? TakeFile() : TakeDataDir(roots.front());
  }

 private:
  std::string PathOf(std::string_view name) const {
    return name.empty() ? path_ : path_ + "/" + std::string(name);
  }

  Result<ArchiveLayout> TakeDataDir(const std::string& root) const {
    ArchiveLayout layout;
    io::DataDir& dir = layout.data_dir.emplace();
    dir.path = PathOf(root);
    for (const Found& found : found_) {
      const SplitPath split = found.split();
      if (RootOf(split.folder) != root) continue;
      const std::string path = PathOf(found.file.name);
      if (found.role == Role::kSegment) {
        dir.wal_dir = PathOf(split.folder);
        dir.segments.push_back(
            {.path = path,
             .name = io::ParseSegmentName(split.name).value_or(io::SegmentName{}),
             .content = found.file.content});
      } else if (found.role == Role::kSnap) {
        dir.snap_dir = PathOf(split.folder);
        dir.snaps.push_back({.path = path,
                             .name = io::ParseSnapName(split.name).value_or(io::SnapName{}),
                             .content = found.file.content});
      } else if (found.role == Role::kDatabase && split.name == "db") {
        dir.snap_dir = PathOf(split.folder);
        dir.database_bytes = found.file.content->size_bytes();
        layout.database = DatabasePlace{
            .path = path, .data_dir = dir.path, .is_etcds_db = true, .content = found.file.content};
      }
    }
    std::ranges::reverse(dir.snaps);
    for (const std::string& name : names_left_out_) {
      if (RootOf(Split(name).folder) == root) dir.leftovers.push_back(PathOf(name));
    }
    return layout;
  }

  // The database, or else the only file that there is.
  Result<ArchiveLayout> TakeFile() const {
    std::vector<const Found*> choice;
    for (const Role role : {Role::kDatabase, Role::kSnap, Role::kOther}) {
      for (const Found& found : found_) {
        if (found.role == role) choice.push_back(&found);
      }
      if (!choice.empty()) break;
    }
    if (choice.empty()) {
      return Fail({.code = ErrorCode::kNotFound,
                   .what = "is an archive that holds nothing of etcd's",
                   .subject = path_});
    }
    if (choice.size() > 1) {
      return Fail(
          {.code = ErrorCode::kUsage,
           .what = "holds more than one such file: name one after the archive",
           .subject = path_ + " (" + choice[0]->file.name + ", " + choice[1]->file.name + ")"});
    }
    ArchiveLayout layout;
    layout.file =
        io::EvidenceFile{.path = PathOf(choice[0]->file.name), .content = choice[0]->file.content};
    return layout;
  }

  const std::string& path_;
  const std::vector<std::string>& names_left_out_;
  std::vector<Found> found_;
};

}  // namespace

bool ArchiveChooser::Wants(std::string_view name, Bytes head) {
  const std::string_view file_name = Split(name).name;
  const Role role = IsLeftover(file_name) ? Role::kOther : RoleOf(file_name, io::Detect(head));
  const bool wanted = (role == Role::kSegment && Has(parts_, Parts::kLog)) ||
                      (role == Role::kSnap && Has(parts_, Parts::kSnaps)) ||
                      (role == Role::kDatabase && Has(parts_, Parts::kDatabase));
  if (!wanted) names_left_out_.emplace_back(name);
  return wanted;
}

Result<ArchiveLayout> ArrangeArchive(const std::string& path,
                                     std::vector<archive::UnpackedFile> files,
                                     const std::vector<std::string>& names_left_out) {
  return Arranger(path, std::move(files), names_left_out).Run();
}

}  // namespace etcdf::member
