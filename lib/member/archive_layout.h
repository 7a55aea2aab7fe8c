// Which of the files in an archive make up the evidence: the layout of a data directory, or the one
// file that an archive was made for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/unpack.h"
#include "base/result.h"
#include "io/data_dir.h"
#include "io/detect.h"
#include "member/open_database.h"
#include "member/parts.h"

namespace etcdf::member {

// Chooses while an archive is unpacked, by name and beginning, and keeps the names of the rest.
class ArchiveChooser {
 public:
  explicit ArchiveChooser(Parts parts) : parts_(parts) {}

  bool Wants(std::string_view name, Bytes head);
  const std::vector<std::string>& names_left_out() const { return names_left_out_; }

 private:
  Parts parts_;
  std::vector<std::string> names_left_out_;
};

struct ArchiveLayout {
  // Of the only data directory.
  std::optional<io::DataDir> data_dir = {};
  std::optional<DatabasePlace> database = {};
  // Or the only file.
  std::optional<io::EvidenceFile> file = {};
};

// `path` is what the archive is called; the names of its files follow it after a slash.
//
// Errors: kNotFound (nothing of etcd's), kUsage (several data directories, or several databases).
Result<ArchiveLayout> ArrangeArchive(const std::string& path,
                                     std::vector<archive::UnpackedFile> files,
                                     const std::vector<std::string>& names_left_out);

}  // namespace etcdf::member
