#include "lmdb/database.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "io/mapped_file.h"
#include "lmdb/liblmdb.h"
#include "lmdb/structure.h"

namespace etcdf::lmdb {
namespace {

Transaction BeginRead(MDB_env* environment) {
  MDB_txn* transaction = nullptr;
  if (mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction) != 0) return nullptr;
  return Transaction(transaction);
}

// A place in a named database, for the two ways of reading. A transaction belongs to one thread, so
// each place has its own; of a file that does not change they all see the same.
class Position {
 public:
  Position(MDB_env* environment, MDB_dbi database) : transaction_(BeginRead(environment)) {
    MDB_cursor* cursor = nullptr;
    if (!transaction_) return;
    if (mdb_cursor_open(transaction_.get(), database, &cursor) == 0) cursor_.reset(cursor);
  }

  bool Move(MDB_cursor_op operation, backend::Row& row, Bytes key = {}) {
    MDB_val key_val = ToVal(key), value = {};
    if (!cursor_ || mdb_cursor_get(cursor_.get(), &key_val, &value, operation) != 0) return false;
    row = {.key = FromVal(key_val), .value = FromVal(value)};
    return true;
  }

 private:
  Transaction transaction_;
  CursorHandle cursor_;
};

class LmdbCursor final : public backend::Cursor {
 public:
  LmdbCursor(MDB_env* environment, MDB_dbi database) : position_(environment, database) {}

  bool First() override { return position_.Move(MDB_FIRST, row_); }
  bool Last() override { return position_.Move(MDB_LAST, row_); }
  bool Next() override { return position_.Move(MDB_NEXT, row_); }
  bool Prev() override { return position_.Move(MDB_PREV, row_); }
  bool Seek(Bytes key) override {
    // liblmdb refuses an empty key; every key is greater.
    return key.empty() ? First() : position_.Move(MDB_SET_RANGE, row_, key);
  }

 private:
  Position position_;
};

// The rows from one key on and before another.
class LmdbScan final : public backend::Scan {
 public:
  LmdbScan(MDB_env* environment, MDB_dbi database, Bytes begin, std::optional<Bytes> end)
      : position_(std::in_place, environment, database), begin_(begin), end_(end) {}

  size_t Next(std::span<backend::Row> rows) override {
    size_t count = 0;
    while (count < rows.size() && Step(rows[count])) ++count;
    return count;
  }

  const FindingList& findings() const override { return findings_; }

 private:
  bool Step(backend::Row& row) {
    if (!position_) return false;
    const MDB_cursor_op first = begin_.empty() ? MDB_FIRST : MDB_SET_RANGE;
    const bool moved =
        begun_ ? position_->Move(MDB_NEXT, row) : position_->Move(first, row, begin_);
    begun_ = true;
    if (moved && (!end_ || AsText(row.key) < AsText(*end_))) return true;
    position_.reset();
    return false;
  }

  std::optional<Position> position_;  // nothing: at the end
  Bytes begin_;
  std::optional<Bytes> end_;
  bool begun_ = false;
  FindingList findings_;
};

// The 8 bytes of `key` from `at` on as a number; what is missing counts as zeros.
uint64_t NumberAt(Bytes key, size_t at) {
  uint64_t number = 0;
  for (size_t i = at; i < at + 8; ++i) number = number << 8 | (i < key.size() ? key[i] : 0);
  return number;
}

class LmdbBucket final : public backend::Bucket {
 public:
  LmdbBucket(MDB_env* environment, MDB_dbi database)
      : environment_(environment), database_(database) {}

  std::unique_ptr<backend::Cursor> NewCursor(FindingSink& /*findings*/) const override {
    return std::make_unique<LmdbCursor>(environment_, database_);
  }

  // liblmdb shows no pages, so the bucket is split where its keys, taken as numbers, are equally
  // far apart: as revisions are.
  std::vector<std::unique_ptr<backend::Scan>> Split(size_t parts,
                                                    FindingSink& /*findings*/) const override {
    std::vector<Bytes> begins = {Bytes()};
    LmdbCursor cursor(environment_, database_);
    if (parts > 1 && cursor.First()) {
      const Bytes first = cursor.row().key;
      cursor.Last();
      const Bytes last = cursor.row().key;
      const size_t common =
          static_cast<size_t>(std::ranges::mismatch(first, last).in1 - first.begin());
      const uint64_t from = NumberAt(first, common);
      const uint64_t step = (NumberAt(last, common) - from) / parts;
      std::string probe(AsText(first.first(common)));
      probe.resize(common + 8);
      for (size_t part = 1; part < parts && step != 0; ++part) {
        const uint64_t number = from + part * step;
        for (size_t i = 0; i < 8; ++i) {
          probe[common + i] = static_cast<char>(number >> (56 - 8 * i));
        }
        if (!cursor.Seek(AsBytes(probe))) break;
        if (AsText(begins.back()) < AsText(cursor.row().key)) begins.push_back(cursor.row().key);
      }
    }
    std::vector<std::unique_ptr<backend::Scan>> scans;
    for (size_t i = 0; i < begins.size(); ++i) {
      scans.push_back(std::make_unique<LmdbScan>(
          environment_, database_, begins[i],
          i + 1 < begins.size() ? std::optional(begins[i + 1]) : std::nullopt));
    }
    return scans;
  }

 private:
  MDB_env* environment_;
  MDB_dbi database_;
};

class LmdbDatabase final : public backend::Database {
 public:
  static Result<std::unique_ptr<backend::Database>> Open(const std::string& path);

  backend::Engine engine() const override { return backend::Engine::kLmdb; }
  uint64_t size_bytes() const override { return structure_.size_bytes; }
  const std::vector<Bytes>& bucket_names() const override { return structure_.names; }

  std::unique_ptr<backend::Bucket> Open(Bytes name) const override {
    const auto handle = handles_.find(AsText(name));
    if (handle == handles_.end()) return nullptr;
    return std::make_unique<LmdbBucket>(environment_.get(), handle->second);
  }

 private:
  LmdbDatabase(io::MappedFile file, Structure structure)
      : file_(std::move(file)), structure_(std::move(structure)) {}

  int OpenEnvironment();
  int OpenHandles();

  io::MappedFile file_;  // the names point into it
  Structure structure_;
  Environment environment_;
  std::map<std::string_view, MDB_dbi> handles_;
};

int LmdbDatabase::OpenEnvironment() {
  MDB_env* environment = nullptr;
  if (const int status = mdb_env_create(&environment); status != 0) return status;
  environment_.reset(environment);
  mdb_env_set_maxdbs(environment, kDatabasesMax);
  mdb_env_set_mapsize(environment, file_.bytes().size());
  return mdb_env_open(environment, file_.path().c_str(),
                      MDB_RDONLY | MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS, 0);
}

// A handle is the environment's, and so open to every place, once the transaction that opened it
// has ended.
int LmdbDatabase::OpenHandles() {
  Transaction opening = BeginRead(environment_.get());
  if (!opening) return ENOMEM;
  for (const Bytes name : structure_.names) {
    MDB_dbi handle = 0;
    const int status = mdb_dbi_open(opening.get(), std::string(AsText(name)).c_str(), 0, &handle);
    if (status != 0) return status;
    handles_[AsText(name)] = handle;
  }
  return mdb_txn_commit(opening.release());
}

Result<std::unique_ptr<backend::Database>> LmdbDatabase::Open(const std::string& path) {
  std::error_code failed;
  const bool is_folder = std::filesystem::is_directory(path, failed);
  auto file = io::MappedFile::Open(is_folder ? path + "/data.mdb" : path);
  if (!file) return Fail(file.error());
  auto structure = CheckStructure(file->bytes(), file->path());
  if (!structure) return Fail(structure.error());
  for (const Bytes name : structure->names) {
    if (AsText(name).find('\0') == std::string_view::npos) continue;
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "a bucket's name holds a zero byte",
                 .subject = file->path()});
  }
  std::unique_ptr<LmdbDatabase> database(new LmdbDatabase(*std::move(file), *std::move(structure)));
  int status = database->OpenEnvironment();
  if (status == 0) status = database->OpenHandles();
  if (status != 0) return FailLmdb(status, database->file_.path());
  return database;
}

}  // namespace

Result<std::unique_ptr<backend::Database>> OpenDatabase(const std::string& path) {
  return LmdbDatabase::Open(path);
}

}  // namespace etcdf::lmdb
