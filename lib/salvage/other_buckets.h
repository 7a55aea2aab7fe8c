// The small buckets of a bbolt file that may be damaged: leases, users, members, what the database
// says of itself.
//
// Their rows do not prove themselves, so they are taken from trees only: from that of the meta page
// which etcd would choose; or, where that bucket is damaged there and whole through the other meta
// page, from the transaction before; or, where neither leads to it, from the latest page that lists
// it among etcd's buckets (live_copy.h), of whatever transaction that is.
//
// Leases are the exception. A row of `lease` has its id twice, in its key and in its value, and
// what was revoked can be told from what was lost: a revocation deletes the keys of the lease.
// Users and roles have no such witness; one that was deleted must not come back from a free page.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "bolt/database.h"
#include "bolt/file.h"
#include "salvage/live_copy.h"
#include "salvage/page_reach.h"

namespace etcdf::salvage {

struct BucketSource {
  Bytes name;
  Origin origin = Origin::kReachable;
  bool is_whole = false;  // else rows may be missing
  uint64_t rows = 0;
  uint64_t rows_likely = 0;  // of those: leases on pages to which no tree leads
  // Of kFree: the page that lists it, and the consistent index which that page has.
  RootPage root = {};
};

class OtherBuckets {
 public:
  // Reports what is damaged in the tree that etcd would use. Reads all pages if buckets are
  // missing.
  OtherBuckets(const bolt::File& file, FindingSink& findings);

  // Takes the rows of another database, which the log made, in place of those of the buckets that
  // are not whole; and in place of all if `is_later`. `is_whole`: it has lost none itself. Borrows
  // it.
  void TakeFrom(const backend::Database& logged, bool is_later, bool is_whole);

  // Adds to a bucket `lease` that is not whole the rows of these leases, which keys name that live,
  // from any leaf page. Reads all pages if there is one to look for. Borrows the file.
  void FindLeases(const bolt::File& file, const std::set<int64_t>& named);

  // All buckets but `key`, ascending by name.
  const std::vector<BucketSource>& sources() const { return sources_; }
  // Calls `visit` with the rows of one of sources(), in order, until it returns false.
  void ForEachRow(const BucketSource& source,
                  const std::function<bool(const backend::Row&)>& visit) const;

 private:
  void AddBucket(Bytes name, FindingSink& findings);
  // Nothing if the bucket is not there.
  std::optional<BucketSource> Read(Bytes name, Origin origin, FindingSink& findings) const;
  // From pages that list buckets, and to which no meta page leads.
  void AddOrphans(const bolt::File& file);
  // The one of this name; at the end if there is none.
  std::vector<BucketSource>::iterator Find(Bytes name);
  const backend::Database* DatabaseOf(Origin origin) const;

  std::array<std::unique_ptr<bolt::Database>, 2> databases_;  // the one etcd would use, the other
  std::unique_ptr<backend::Database> orphans_;
  const backend::Database* logged_ = nullptr;
  std::vector<BucketSource> sources_;
  std::vector<backend::Row> leases_;  // BucketSource::rows_likely of them, ascending
};

}  // namespace etcdf::salvage
