// Verbs whose files have not landed yet; each helper deletes its own lines.
#include "dump-db/verbs.h"

namespace etcdf::dump_db {
namespace {
tl::unexpected<Error> Pending() {
  return Fail({.code = ErrorCode::kUnsupported, .what = "not yet"});
}
}  // namespace
Result<void> Page(const VerbContext&) { return Pending(); }
Result<void> Metas(const VerbContext&) { return Pending(); }
}  // namespace etcdf::dump_db
