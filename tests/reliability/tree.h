// A data directory in memory: what faults are done to before it is written out again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace etcdf::reliability {

struct Node {
  enum class Kind : uint8_t { kFile, kDirectory, kFifo, kLink };

  Kind kind = Kind::kFile;
  std::string content = {};  // of a link, where it leads

  friend bool operator==(const Node&, const Node&) = default;
};

// By path relative to the directory. Directories that hold something need no node of their own.
using Tree = std::map<std::string, Node>;

// The regular files below `dir`.
Tree ReadTree(const std::filesystem::path& dir);

// `dir` must not exist. Throws std::filesystem::filesystem_error where the system refuses.
void WriteTree(const Tree& tree, const std::filesystem::path& dir);

// "member/snap/db" and the like: is this the database, a segment, a raft snapshot?
bool IsDatabase(const std::string& path);
bool IsSegment(const std::string& path);
bool IsSnap(const std::string& path);

// A copy of the database as `etcdctl snapshot save` writes it, with its SHA-256 behind it, lies in
// every tree under this name. Harm may come to it like to any other file.
inline constexpr const char* kBackup = "backup.db";
void AddBackup(Tree& tree);

}  // namespace etcdf::reliability
