// A directory of a test's own, and the proof that a tool left it alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace etcdf::testing {

// A fresh directory below the system's temporary one; removed with everything in it at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Makes `dir` the working directory until the end of the scope.
class WorkingDir {
 public:
  explicit WorkingDir(const std::filesystem::path& dir);
  ~WorkingDir();
  WorkingDir(const WorkingDir&) = delete;
  WorkingDir& operator=(const WorkingDir&) = delete;

 private:
  std::filesystem::path before_;
};

// What lies below a directory: every file's and folder's kind, permissions, size, modification time
// and a fingerprint of its content.
class TreeState {
 public:
  // Leaves out the subtree `except`, relative to `root`, if it is not empty.
  static TreeState Of(const std::filesystem::path& root, const std::filesystem::path& except = {});

  // What is not in `after` as it is here, in sentences: "member/wal/x.wal: content changed". Empty
  // if nothing changed.
  std::vector<std::string> ChangesTo(const TreeState& after) const;

 private:
  struct FileState {
    std::filesystem::file_type type{};
    std::filesystem::perms permissions{};
    uintmax_t size_bytes = 0;
    std::filesystem::file_time_type modified{};
    uint64_t fingerprint = 0;
  };
  std::map<std::string, FileState> files_;
};

// The whole content of a file; empty if it cannot be read.
std::string ReadFile(const std::filesystem::path& path);

}  // namespace etcdf::testing
