#include "dump-db/member_log.h"

#include "io/data_dir.h"

namespace etcdf::dump_db {

Result<wal::Log> OpenLog(const std::string& data_dir, const std::string& wal_dir,
                         FindingSink& findings) {
  const auto dir = io::FindDataDir(data_dir.empty() ? wal_dir : data_dir, wal_dir);
  if (!dir) return Fail(dir.error());
  auto log = wal::Log::Open(*dir, std::nullopt, findings);
  if (log) log->Scan(findings);
  return log;
}

}  // namespace etcdf::dump_db
