// A member's log and database, as files of testdata.
#pragma once

#include <memory>
#include <string>

#include "backend/backend.h"
#include "base/finding.h"
#include "bolt/file.h"
#include "wal/log.h"

namespace etcdf::testing {

class FixtureMember {
 public:
  // Throws where there is no log or no bbolt database.
  explicit FixtureMember(const std::string& data_dir);

  const wal::Log& log() const { return *log_; }  // scanned
  const backend::Database& engine() const { return *database_; }
  const std::string& path() const { return path_; }  // of the database
  uint64_t index_last() const { return log_->summary().entries.index_last; }
  FindingList& findings() { return findings_; }

 private:
  std::string path_;
  FindingList findings_;
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<bolt::File> file_;
  std::unique_ptr<backend::Database> database_;
};

}  // namespace etcdf::testing
