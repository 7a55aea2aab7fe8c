#include "tests/reliability/tree.h"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/bytes.h"
#include "checksum/sha256.h"
#include "testing/temp_dir.h"

namespace etcdf::reliability {
namespace fs = std::filesystem;

Tree ReadTree(const fs::path& dir) {
  Tree tree;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    tree[entry.path().lexically_relative(dir).string()].content = testing::ReadFile(entry.path());
  }
  return tree;
}

namespace {

void WriteNode(const Node& node, const fs::path& path) {
  switch (node.kind) {
    case Node::Kind::kFile: std::ofstream(path, std::ios::binary) << node.content; return;
    case Node::Kind::kDirectory: fs::create_directory(path); return;
    case Node::Kind::kLink: fs::create_symlink(node.content, path); return;
    case Node::Kind::kFifo:
      if (mkfifo(path.c_str(), 0600) == 0) return;
      throw fs::filesystem_error("mkfifo", path, {errno, std::generic_category()});
  }
}

}  // namespace

void WriteTree(const Tree& tree, const fs::path& dir) {
  fs::create_directories(dir);
  for (const auto& [path, node] : tree) {
    fs::create_directories((dir / path).parent_path());
    WriteNode(node, dir / path);
  }
}

bool IsDatabase(const std::string& path) { return path.ends_with("snap/db"); }
bool IsSegment(const std::string& path) { return path.ends_with(".wal"); }
bool IsSnap(const std::string& path) { return path.ends_with(".snap"); }

void AddBackup(Tree& tree) {
  const auto database = tree.find("member/snap/db");
  if (database == tree.end()) return;
  std::string copy = database->second.content;
  const Sha256Digest digest = Sha256Of(AsBytes(copy));
  copy += AsText(digest);
  tree[kBackup].content = std::move(copy);
}

}  // namespace etcdf::reliability
