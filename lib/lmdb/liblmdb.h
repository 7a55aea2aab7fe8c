// liblmdb's handles, each closed by its owner.
#pragma once

#include <lmdb.h>

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::lmdb {

struct CloseEnvironment {
  void operator()(MDB_env* environment) const { mdb_env_close(environment); }
};
struct AbortTransaction {
  void operator()(MDB_txn* transaction) const { mdb_txn_abort(transaction); }
};
struct CloseCursor {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};
using Environment = std::unique_ptr<MDB_env, CloseEnvironment>;
using Transaction = std::unique_ptr<MDB_txn, AbortTransaction>;
using CursorHandle = std::unique_ptr<MDB_cursor, CloseCursor>;

// liblmdb does not write through what is passed to it as a key or as data.
inline MDB_val ToVal(Bytes bytes) {
  return {bytes.size(), const_cast<uint8_t*>(bytes.data())};  // NOLINT(*-const-cast)
}

// `status` is a number of liblmdb's or an errno.
inline tl::unexpected<Error> FailLmdb(int status, const std::string& subject) {
  const bool of_system = status > 0;
  return Fail({.code = of_system ? ErrorCode::kIo : ErrorCode::kMalformed,
               .system_errno = of_system ? status : 0,
               .what = of_system ? "LMDB failed" : mdb_strerror(status),
               .subject = subject});
}

}  // namespace etcdf::lmdb
