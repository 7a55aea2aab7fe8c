#include "testing/fixture_member.h"

#include <utility>

#include "bolt/database.h"
#include "io/data_dir.h"

namespace etcdf::testing {

FixtureMember::FixtureMember(const std::string& data_dir) {
  const auto dir = io::FindDataDir(data_dir);
  path_ = dir.value().snap_dir + "/db";
  log_ = std::make_unique<wal::Log>(wal::Log::Open(*dir, std::nullopt, findings_).value());
  log_->Scan(findings_);
  file_ = std::move(bolt::File::Open(path_).value());
  database_ = std::move(bolt::Database::Open(*file_, std::nullopt, findings_).value());
}

}  // namespace etcdf::testing
