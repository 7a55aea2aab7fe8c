// Where a whole database can be written, bucket by bucket.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::dump_db {

class RowTarget {
 public:
  virtual ~RowTarget() = default;
  // The rows that follow are the bucket's. Buckets and the rows of each come in ascending order.
  virtual Result<void> BeginBucket(Bytes name) = 0;
  virtual Result<void> Append(Bytes key, Bytes value) = 0;
  // Everything is on the disk.
  virtual Result<void> Finish() = 0;
};

// A new LMDB environment. Errors: those of lmdb::Writer.
Result<std::unique_ptr<RowTarget>> NewLmdb(const std::string& path);
// A new bbolt file with its SHA-256 behind it, as `etcdctl snapshot save` writes it (etcd v3.6.9,
// client/v3/snapshot/v3_snapshot.go; server/etcdserver/api/v3rpc/maintenance.go, Snapshot). Errors:
// those of bolt::Writer.
Result<std::unique_ptr<RowTarget>> NewSnapshot(const std::string& path);

}  // namespace etcdf::dump_db
