#include "io/data_dir.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace etcdf::io {
namespace {

namespace fs = std::filesystem;

struct TwoNumbers {
  uint64_t first;
  uint64_t second;
};

std::optional<uint64_t> ParseHex(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && text.size() <= 16 ? std::optional(value) : std::nullopt;
}

std::optional<TwoNumbers> ParseName(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  const size_t dash = name.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = ParseHex(name.substr(0, dash));
  const auto second = ParseHex(name.substr(dash + 1));
  if (!first || !second) return std::nullopt;
  return TwoNumbers{*first, *second};
}

Result<std::vector<fs::path>> List(const std::string& dir) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    paths.push_back(it->path());
  }
  if (error) {
    return Fail({.code = ErrorCode::kIo,
                 .system_errno = error.value(),
                 .what = "cannot list the directory",
                 .subject = dir});
  }
  std::ranges::sort(paths);
  return paths;
}

std::optional<Error> ListSegments(DataDir& dir) {
  const auto paths = List(dir.wal_dir);
  if (!paths) return paths.error();
  for (const fs::path& path : *paths) {
    if (const auto name = ParseSegmentName(path.filename().string())) {
      dir.segments.push_back({path.string(), *name});
    } else {
      dir.leftovers.push_back(path.string());
    }
  }
  return std::nullopt;
}

std::optional<Error> ListSnaps(DataDir& dir) {
  const auto paths = List(dir.snap_dir);
  if (!paths) return paths.error();
  for (const fs::path& path : *paths) {
    const std::string file_name = path.filename().string();
    if (const auto name = ParseSnapName(file_name)) {
      dir.snaps.push_back({path.string(), *name});
    } else if (file_name != "db") {
      dir.leftovers.push_back(path.string());
    }
  }
  std::ranges::reverse(dir.snaps);
  return std::nullopt;
}

// A flat folder: what etcd keeps in two lies in one. A WAL directory is one without snapshots.
std::optional<Error> ListFlat(DataDir& dir) {
  const auto paths = List(dir.path);
  if (!paths) return paths.error();
  bool has_database = false;
  for (const fs::path& path : *paths) {
    const std::string file_name = path.filename().string();
    const auto segment = ParseSegmentName(file_name);
    const auto snap = ParseSnapName(file_name);
    if (segment) dir.segments.push_back({path.string(), *segment});
    if (snap) dir.snaps.push_back({path.string(), *snap});
    if (file_name == "db") has_database = true;
    if (!segment && !snap && file_name != "db") dir.leftovers.push_back(path.string());
  }
  std::ranges::reverse(dir.snaps);
  if (!dir.segments.empty()) dir.wal_dir = dir.path;
  if (!dir.snaps.empty() || has_database) dir.snap_dir = dir.path;
  return std::nullopt;
}

std::optional<uint64_t> DatabaseBytes(const fs::path& snap_dir) {
  std::error_code error;
  const uintmax_t size = fs::file_size(snap_dir / "db", error);
  return error ? std::nullopt : std::optional<uint64_t>(size);
}

bool IsDirectory(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// Fills in the folders that `root` (a data dir or a member dir) has.
void FindFolders(const fs::path& root, DataDir& dir) {
  for (const fs::path& member : {root / "member", root}) {
    if (IsDirectory(member / "wal")) dir.wal_dir = (member / "wal").string();
    if (IsDirectory(member / "snap")) dir.snap_dir = (member / "snap").string();
    if (!dir.wal_dir.empty() || !dir.snap_dir.empty()) return;
  }
}

}  // namespace

std::optional<SegmentName> ParseSegmentName(std::string_view file_name) {
  const auto numbers = ParseName(file_name, ".wal");
  if (!numbers) return std::nullopt;
  return SegmentName{.sequence = numbers->first, .index = numbers->second};
}

std::optional<SnapName> ParseSnapName(std::string_view file_name) {
  const auto numbers = ParseName(file_name, ".snap");
  if (!numbers) return std::nullopt;
  return SnapName{.term = numbers->first, .index = numbers->second};
}

Result<DataDir> FindDataDir(const std::string& path) {
  DataDir dir{.path = path};
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    return Fail(
        {.code = ErrorCode::kNotFound, .what = "no such file or directory", .subject = path});
  }
  if (error) {
    return Fail({.code = ErrorCode::kIo,
                 .system_errno = error.value(),
                 .what = "cannot look at it",
                 .subject = path});
  }
  if (!fs::is_directory(status)) {
    const auto kind = DetectFile(path);
    return kind ? DataDirOfFile({.path = path}, *kind) : Fail(kind.error());
  }

  FindFolders(path, dir);
  const bool is_flat = dir.wal_dir.empty() && dir.snap_dir.empty();
  if (is_flat) {
    if (auto failed = ListFlat(dir)) return Fail(*std::move(failed));
    if (dir.segments.empty()) {
      return Fail(
          {.code = ErrorCode::kNotFound,
           .what = "holds no member/wal, no member/snap and no .wal file: not a data directory",
           .subject = path});
    }
    dir.database_bytes = DatabaseBytes(path);
    return dir;
  }
  if (!dir.wal_dir.empty()) {
    if (auto failed = ListSegments(dir)) return Fail(*std::move(failed));
  }
  if (!dir.snap_dir.empty()) {
    if (auto failed = ListSnaps(dir)) return Fail(*std::move(failed));
    dir.database_bytes = DatabaseBytes(dir.snap_dir);
  }
  return dir;
}

Result<DataDir> DataDirOfFile(const EvidenceFile& file, FileKind kind) {
  DataDir dir{.path = file.path};
  const std::string file_name = fs::path(file.path).filename().string();
  const auto segment_name = ParseSegmentName(file_name);
  const auto snap_name = ParseSnapName(file_name);
  // The content decides; a name etcd would have given decides for a file too damaged to recognise.
  if (kind == FileKind::kWalSegment || (segment_name && kind == FileKind::kUnknown)) {
    dir.segments.push_back(
        {.path = file.path, .name = segment_name.value_or(SegmentName{}), .content = file.content});
  } else if (kind == FileKind::kSnap || (snap_name && kind == FileKind::kUnknown)) {
    dir.snaps.push_back(
        {.path = file.path, .name = snap_name.value_or(SnapName{}), .content = file.content});
  } else {
    return Fail({.code = ErrorCode::kWrongKind, .what = FileKindText(kind), .subject = file.path});
  }
  return dir;
}

}  // namespace etcdf::io
