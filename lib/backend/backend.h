// One way to read a database of etcd's, whichever engine wrote it.
//
// A database has buckets, a bucket has rows in ascending order of their keys. Everything above this
// interface (mvcc/, the tools) knows no engine. Implementations: bolt/database.h reads bbolt's file
// format itself, lmdb/database.h LMDB's, apply/store_database.h shows what a member's log made in
// memory.
//
// There are two ways to read a bucket. A Cursor moves and seeks, as bbolt's own does. A Scan goes
// once through a part of the bucket, so that a large bucket can be read on several cores.
//
// Damage is reported, not returned: what cannot be read is left out, with a finding that says what
// was lost, and reading goes on behind it. All views stay valid as long as the Database.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"

namespace etcdf::backend {

struct Row {
  Bytes key = {};
  Bytes value = {};
  // The row names a bucket inside the bucket (bbolt only, and never in etcd's files). Its value is
  // empty.
  bool is_bucket = false;
};

// A place in a bucket. Not to be used by two threads at once; a bucket may have many, each in a
// thread of its own.
class Cursor {
 public:
  virtual ~Cursor() = default;

  // Each moves, and tells whether there is a row there. After a false, only First, Last and Seek
  // have a meaning.
  virtual bool First() = 0;
  virtual bool Last() = 0;
  virtual bool Next() = 0;
  virtual bool Prev() = 0;
  // To the first row whose key is `key` or greater. In a damaged tree the order of keys may be
  // broken, and Seek misses what a walk from First would meet.
  virtual bool Seek(Bytes key) = 0;

  // The row at the place; undefined after a move that was false.
  const Row& row() const { return row_; }

 protected:
  Row row_;
};

// One pass over a part of a bucket, in the order of the tree. May run in a thread of its own.
class Scan {
 public:
  virtual ~Scan() = default;

  // Fills `rows` from the front with the next rows and returns how many there were; fewer than fit
  // does not mean the end, 0 does.
  virtual size_t Next(std::span<Row> rows) = 0;

  // What was damaged in this part, as far as it was read.
  virtual const FindingList& findings() const = 0;
};

class Bucket {
 public:
  virtual ~Bucket() = default;

  // `findings` must outlive the cursor, and must not be used by another thread meanwhile.
  virtual std::unique_ptr<Cursor> NewCursor(FindingSink& findings) const = 0;

  // Scans that together give every row exactly once, in order: all of the first before those of the
  // second. About `parts` of them and about equally long, as far as the engine can tell; at least
  // one. Damage met while splitting goes to `findings`, damage met later to the scan.
  virtual std::vector<std::unique_ptr<Scan>> Split(size_t parts, FindingSink& findings) const = 0;

  // False if it lost rows to damage that was met when the database was opened. What is met later,
  // its readers report.
  virtual bool is_whole() const { return true; }
};

enum class Engine : uint8_t { kBolt, kLmdb, kMemory };

// "bbolt", "lmdb", "memory".
const char* EngineName(Engine engine);

class Database {
 public:
  virtual ~Database() = default;

  virtual Engine engine() const = 0;
  // The size of the database as etcd counts it, in bytes: all pages up to the last one ever used.
  // The file may be longer.
  virtual uint64_t size_bytes() const = 0;

  // The names of the top-level buckets, ascending by their bytes.
  virtual const std::vector<Bytes>& bucket_names() const = 0;
  // False if damage hides some of the names: a bucket that is not among them may be there.
  virtual bool names_are_whole() const { return true; }
  // Null if there is no such bucket. The bucket must not outlive the database.
  virtual std::unique_ptr<Bucket> Open(Bytes name) const = 0;

  // What went wrong with the file itself while it was read, which no row tells
  // (io::MappedFile::Fault). Ask when all is read.
  virtual void ReportFaults(FindingSink& /*findings*/) const {}
};

}  // namespace etcdf::backend
