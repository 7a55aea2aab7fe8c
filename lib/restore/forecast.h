// Will etcd start from this data directory, and if not, which of its rules stops it?
//
// The steps are those of etcd's own start, in its order: open the database, find a snapshot that
// the log knows of, put the snapshot's database in place if the present one is older, read the log
// from the snapshot on, recover the members, begin with raft (etcd v3.6.9,
// server/etcdserver/bootstrap.go; up to 3.5 server/etcdserver/server.go, NewServer; up to 3.4 the
// same without `server/`). What differs between the versions is told for the one asked for.
//
// What lies outside of the directory is not looked at: flags, certificates, ports, the other
// members.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apply/rules.h"
#include "base/finding.h"
#include "io/data_dir.h"
#include "member/open_database.h"
#include "mvcc/status.h"
#include "wal/log.h"

namespace etcdf::restore {

enum class Weight : uint8_t {
  kNote,   // worth knowing; etcd copes
  kHarms,  // etcd starts, and drops or skips what it should not
  kStops,  // it does not start, or not as this member
};

struct Remark {
  Weight weight = Weight::kNote;
  std::string what = {};       // the matter, in a sentence for people without its full stop
  std::string etcd_says = {};  // the message in its log; empty where it says nothing
  std::string rule = {};  // the function of etcd's that decides: "bootstrap.go, recoverSnapshot"
};

struct Evidence {
  const io::DataDir& dir;
  // Null where there is none, or it cannot be opened.
  const wal::Log* log = nullptr;  // scanned
  const backend::Database* database = nullptr;
  const mvcc::Status* status = nullptr;  // of the database
  // What reading all of the database met.
  std::span<const Finding> met = {};
};

struct Forecast {
  apply::Version version = {};
  std::vector<Remark> remarks = {};  // in the order of the steps; none follows one that stops
  uint64_t snapshot_index = 0;       // where the log is read from
  uint64_t index_last = 0;           // of the log that etcd starts with

  bool starts() const { return worst() != Weight::kStops; }
  Weight worst() const;
};

// For etcd of this version. Of one that is older than the cluster's version, only that it stops.
Forecast ForecastStart(const Evidence& evidence, const apply::Version& version);

}  // namespace etcdf::restore
