#include "dump-db/row_target.h"

#include <utility>

#include "bolt/writer.h"
#include "checksum/sha256.h"
#include "io/mapped_file.h"
#include "lmdb/writer.h"

namespace etcdf::dump_db {
namespace {

class LmdbTarget : public RowTarget {
 public:
  explicit LmdbTarget(lmdb::Writer writer) : writer_(std::move(writer)) {}

  Result<void> BeginBucket(Bytes name) override { return writer_.BeginBucket(name); }
  Result<void> Append(Bytes key, Bytes value) override { return writer_.Append(key, value); }
  Result<void> Finish() override { return writer_.Finish(); }

 private:
  lmdb::Writer writer_;
};

class SnapshotTarget : public RowTarget {
 public:
  explicit SnapshotTarget(bolt::Writer writer) : writer_(std::move(writer)) {}

  Result<void> BeginBucket(Bytes name) override { return writer_.BeginBucket(name); }
  Result<void> Append(Bytes key, Bytes value) override { return writer_.Append(key, value); }

  // The meta pages are written last, so the sum is that of the file as it then lies there.
  Result<void> Finish() override {
    auto file = writer_.Finish();
    if (!file) return Fail(std::move(file).error());
    const auto written = io::MappedFile::Open(file->part_path());
    if (!written) return Fail(written.error());
    const Sha256Digest sum = Sha256Of(written->bytes());
    if (auto appended = file->Append(sum); !appended) return appended;
    return file->Commit();
  }

 private:
  bolt::Writer writer_;
};

template <typename Target, typename Writer>
Result<std::unique_ptr<RowTarget>> New(const std::string& path) {
  auto writer = Writer::Create(path);
  if (!writer) return Fail(std::move(writer).error());
  return std::make_unique<Target>(*std::move(writer));
}

}  // namespace

Result<std::unique_ptr<RowTarget>> NewLmdb(const std::string& path) {
  return New<LmdbTarget, lmdb::Writer>(path);
}

Result<std::unique_ptr<RowTarget>> NewSnapshot(const std::string& path) {
  return New<SnapshotTarget, bolt::Writer>(path);
}

}  // namespace etcdf::dump_db
