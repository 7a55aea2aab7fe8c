#include "testing/temp_dir.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "checksum/fingerprint.h"

namespace etcdf::testing {
namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string name = (fs::temp_directory_path() / "etcdf-test-XXXXXX").string();
  // Nothing can be tested without a place to do it in: an empty path makes every use fail.
  if (mkdtemp(name.data()) != nullptr) path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;  // a test must not fail for what the system's cleaner will remove
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

WorkingDir::WorkingDir(const fs::path& dir) : before_(fs::current_path()) { fs::current_path(dir); }

WorkingDir::~WorkingDir() {
  std::error_code ignored;
  fs::current_path(before_, ignored);
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TreeState TreeState::Of(const fs::path& root, const fs::path& except) {
  TreeState state;
  for (auto at = fs::recursive_directory_iterator(root); at != fs::end(at); ++at) {
    const fs::path relative = at->path().lexically_relative(root);
    if (!except.empty() && relative == except) {
      at.disable_recursion_pending();
      continue;
    }
    const fs::file_status status = at->symlink_status();
    FileState file{.type = status.type(), .permissions = status.permissions()};
    if (file.type != fs::file_type::symlink) file.modified = at->last_write_time();
    if (file.type == fs::file_type::regular) {
      file.size_bytes = at->file_size();
      file.fingerprint = Fingerprint(AsBytes(ReadFile(at->path())));
    }
    state.files_[relative.string()] = file;
  }
  return state;
}

std::vector<std::string> TreeState::ChangesTo(const TreeState& after) const {
  std::vector<std::string> changes;
  for (const auto& [path, was] : files_) {
    const auto found = after.files_.find(path);
    if (found == after.files_.end()) {
      changes.push_back(path + ": removed");
      continue;
    }
    const FileState& is = found->second;
    if (is.type != was.type) changes.push_back(path + ": became another kind of file");
    if (is.permissions != was.permissions) changes.push_back(path + ": permissions changed");
    if (is.size_bytes != was.size_bytes) changes.push_back(path + ": size changed");
    if (is.fingerprint != was.fingerprint) changes.push_back(path + ": content changed");
    if (is.modified != was.modified) changes.push_back(path + ": modification time changed");
  }
  for (const auto& [path, is] : after.files_) {
    if (!files_.contains(path)) changes.push_back(path + ": created");
  }
  return changes;
}

}  // namespace etcdf::testing
