#include "lmdb/writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/escape.h"
#include "lmdb/liblmdb.h"

namespace etcdf::lmdb {
namespace {

constexpr uint64_t kBatchBytes = uint64_t{32} << 20;
constexpr uint64_t kMapBytesFirst = uint64_t{128} << 20;
constexpr uint64_t kPageBytes = 4096;
// More named databases than any that etcd has buckets.
constexpr size_t kDatabasesMax = 1024;

// liblmdb calls a write EIO that the system did in part, as it does on a full disk. What the system
// says is heard by asking for more; the file is given up in any case.
int ReasonOfShortWrite(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return EIO;
  const std::array<char, kPageBytes> page = {};
  int reason = EIO;
  for (uint64_t asked = 0; asked < kBatchBytes; asked += page.size()) {
    if (write(fd, page.data(), page.size()) > 0) continue;
    reason = errno;
    break;
  }
  close(fd);
  return reason;
}

}  // namespace

class Writer::Impl {
 public:
  int Open(const std::string& folder);
  Result<void> BeginBucket(Bytes name);
  Result<void> Append(Bytes key, Bytes value);
  Result<void> Finish();

 private:
  // Room in the map, and in the transaction, for so many bytes more.
  int MakeRoom(uint64_t bytes);
  int Begin();
  int Commit();
  bool IsKey(Bytes bytes) const {
    return !bytes.empty() &&
           bytes.size() <= static_cast<size_t>(mdb_env_get_maxkeysize(environment_.get()));
  }
  std::string Subject(Bytes key) const;
  tl::unexpected<Error> Failure(int status) const {
    return FailLmdb(status == EIO ? ReasonOfShortWrite(path_) : status, path_);
  }

  std::string path_;
  Environment environment_;
  Transaction transaction_;
  CursorHandle cursor_;
  std::string bucket_;
  MDB_dbi database_ = 0;
  uint64_t map_bytes_ = kMapBytesFirst;
  uint64_t pending_bytes_ = 0;  // in the transaction
};

// The environment's own file and flags: no lock, since nobody else knows the file yet, and one sync
// at the end in place of one for each transaction.
int Writer::Impl::Open(const std::string& folder) {
  path_ = folder + "/data.mdb";
  MDB_env* environment = nullptr;
  if (const int status = mdb_env_create(&environment); status != 0) return status;
  environment_.reset(environment);
  mdb_env_set_maxdbs(environment, kDatabasesMax);
  mdb_env_set_mapsize(environment, map_bytes_);
  const int status =
      mdb_env_open(environment, path_.c_str(), MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0666);
  return status != 0 ? status : Begin();
}

int Writer::Impl::Begin() {
  MDB_txn* transaction = nullptr;
  if (const int status = mdb_txn_begin(environment_.get(), nullptr, 0, &transaction)) return status;
  transaction_.reset(transaction);
  pending_bytes_ = 0;
  if (bucket_.empty()) return 0;
  MDB_cursor* cursor = nullptr;
  if (const int status = mdb_cursor_open(transaction, database_, &cursor)) return status;
  cursor_.reset(cursor);
  return 0;
}

int Writer::Impl::Commit() {
  cursor_.reset();  // a cursor ends before its transaction
  return mdb_txn_commit(transaction_.release());
}

int Writer::Impl::MakeRoom(uint64_t bytes) {
  pending_bytes_ += bytes;
  if (pending_bytes_ <= kBatchBytes) return 0;
  if (const int status = Commit(); status != 0) return status;
  MDB_envinfo info = {};
  mdb_env_info(environment_.get(), &info);
  // Rows fill at least a third of their pages; branches and the free list are little beside them.
  const uint64_t wanted = (info.me_last_pgno + 1) * kPageBytes + 3 * (kBatchBytes + bytes);
  if (wanted > map_bytes_) {
    while (map_bytes_ < wanted) map_bytes_ *= 2;
    if (const int status = mdb_env_set_mapsize(environment_.get(), map_bytes_)) return status;
  }
  const int status = Begin();
  pending_bytes_ = bytes;
  return status;
}

Result<void> Writer::Impl::BeginBucket(Bytes name) {
  const std::string_view text = AsText(name);
  if (!IsKey(name) || text.find('\0') != std::string_view::npos) {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "LMDB has no bucket of this name: 1 to 511 bytes, none of them zero",
                 .subject = Printable(text.substr(0, 80))});
  }
  cursor_.reset();
  bucket_ = text;
  int status = mdb_dbi_open(transaction_.get(), bucket_.c_str(), MDB_CREATE, &database_);
  if (status == 0) status = Commit();
  if (status == 0) status = Begin();
  if (status != 0) return Failure(status);
  return {};
}

std::string Writer::Impl::Subject(Bytes key) const {
  std::string subject = "bucket " + Printable(bucket_) + ", key ";
  AppendQuoted(subject, key.first(std::min<size_t>(key.size(), 80)));
  if (key.size() > 80) subject += "... (" + std::to_string(key.size()) + " bytes)";
  return subject;
}

Result<void> Writer::Impl::Append(Bytes key, Bytes value) {
  if (!IsKey(key)) {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "LMDB's keys have 1 to 511 bytes",
                 .subject = Subject(key)});
  }
  if (const int status = MakeRoom(key.size() + value.size()); status != 0) {
    return Failure(status);
  }
  MDB_val key_val = ToVal(key), value_val = ToVal(value);
  int status = mdb_cursor_put(cursor_.get(), &key_val, &value_val, MDB_APPEND);
  if (status == MDB_KEYEXIST) {  // also what MDB_APPEND says of a key out of order
    status = mdb_cursor_put(cursor_.get(), &key_val, &value_val, MDB_NOOVERWRITE);
  }
  if (status == MDB_KEYEXIST) {
    return Fail({.code = ErrorCode::kMalformed,
                 .what = "the key stands in the bucket twice",
                 .subject = Subject(key)});
  }
  if (status != 0) return Failure(status);
  return {};
}

Result<void> Writer::Impl::Finish() {
  int status = Commit();
  if (status == 0) status = mdb_env_sync(environment_.get(), 1);
  if (status != 0) return Failure(status);
  environment_.reset();
  return {};
}

Writer::Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

Result<Writer> Writer::Create(const std::string& folder) {
  if (mkdir(folder.c_str(), 0777) != 0) return FailErrno("cannot make the folder", folder);
  auto impl = std::make_unique<Impl>();
  if (const int status = impl->Open(folder); status != 0) return FailLmdb(status, folder);
  return Writer(std::move(impl));
}

Result<void> Writer::BeginBucket(Bytes name) { return impl_->BeginBucket(name); }
Result<void> Writer::Append(Bytes key, Bytes value) { return impl_->Append(key, value); }
Result<void> Writer::Finish() { return impl_->Finish(); }

}  // namespace etcdf::lmdb
