// A healthy member to do harm to: its log, and a database that is what the log makes of an empty
// store.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apply/member_store.h"
#include "apply/rules.h"
#include "base/finding.h"
#include "base/result.h"
#include "bolt/database.h"
#include "bolt/file.h"
#include "mvcc/store.h"
#include "wal/log.h"

namespace etcdf::reliability {

class Member {
 public:
  // Errors: those of reading the data dir; kUnsupported if the log does not begin with entry 1, or
  // the database is not what it makes of an empty store by the rules of any known version.
  static Result<std::unique_ptr<Member>> Open(const std::string& data_dir);

  const std::string& data_dir() const { return data_dir_; }
  const wal::Log& log() const { return *log_; }
  const mvcc::Store& database() const { return *store_; }
  // Those by which the log makes the database.
  const apply::Rules& rules() const { return rules_; }
  // All that the database is made of, from index 1 on: entry i has index i + 1.
  std::span<const wire::Entry> entries() const { return entries_; }
  // The indexes of the entries that write keys, ascending.
  const std::vector<uint64_t>& writing() const { return writing_; }

 private:
  explicit Member(std::string data_dir) : data_dir_(std::move(data_dir)) {}
  Result<void> Load();
  bool ReplaysBy(const apply::Rules& rules);

  std::string data_dir_;
  std::string database_path_;
  FindingList findings_;
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<bolt::File> file_;
  std::unique_ptr<bolt::Database> database_;
  std::unique_ptr<mvcc::Store> store_;
  apply::Rules rules_;
  std::vector<wire::Entry> entries_;
  std::vector<uint64_t> writing_;
};

}  // namespace etcdf::reliability
