#include "lmdb/database.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "backend/keys.h"
#include "io/mapped_file.h"
#include "lmdb/file.h"
#include "lmdb/findings.h"
#include "lmdb/structure.h"

namespace etcdf::lmdb {
namespace {

// What the readers of a bucket have in common.
struct Rows {
  const File& file;
  const Structure& structure;
  const std::string& bucket;
  bool is_whole;
  std::span<const uint64_t> leaves;  // of the bucket, or a part of them
};

class LmdbCursor final : public backend::Cursor {
 public:
  LmdbCursor(const Rows& rows, FindingSink& findings) : rows_(rows), findings_(findings) {}

  bool First() override { return Forward(0, 0); }
  bool Last() override { return Backward(rows_.leaves.size(), 0); }
  bool Next() override { return Forward(leaf_, slot_ + 1); }
  bool Prev() override { return Backward(leaf_, slot_); }

  bool Seek(Bytes key) override {
    const auto begins_behind = std::ranges::partition_point(
        rows_.leaves, [&](uint64_t leaf) { return BeginsAtOrBefore(leaf, key); });
    const auto behind = static_cast<size_t>(begins_behind - rows_.leaves.begin());
    bool there = Forward(behind == 0 ? 0 : behind - 1, 0);
    while (there && backend::CompareKeys(row_.key, key) < 0) there = Next();
    return there;
  }

 private:
  // To the row at `slot` of the leaf, or the next one that can be read.
  bool Forward(size_t leaf, size_t slot) {
    for (; leaf < rows_.leaves.size(); ++leaf, slot = 0) {
      if (!Load(leaf)) continue;
      for (; slot < page_.count; ++slot) {
        if (Show(slot)) return true;
      }
    }
    return false;
  }

  // To the row before `slot` of the leaf, or the last one before that can be read.
  bool Backward(size_t leaf, size_t slot) {
    for (;; slot = page_.count) {
      while (slot-- > 0) {
        if (Show(slot)) return true;
      }
      do {
        if (leaf == 0) return false;
      } while (!Load(--leaf));
    }
  }

  // What could be read when the file was opened, and cannot be any more, has been changed.
  bool Load(size_t leaf) {
    if (leaf_ == leaf && page_.count > 0) return true;
    const auto page = file().Read(rows_.leaves[leaf]);
    const bool is_leaf = page && page->is_leaf;
    if (!is_leaf) {
      ReportChange(kBadPage, rows_.leaves[leaf], page ? "is no leaf" : page.error());
    }
    page_ = is_leaf ? *page : Page();
    leaf_ = leaf;
    return is_leaf;
  }

  bool Show(size_t slot) {
    const std::vector<uint64_t>& bad = rows_.structure.bad_slots;
    if (!bad.empty() && std::ranges::binary_search(bad, file().SlotOffset(page_, slot))) {
      return false;
    }
    const auto row = file().RowAt(page_, slot);
    if (!row) {
      ReportChange(kBadRow, page_.number, row.error());
      return false;
    }
    slot_ = slot;
    row_ = {.key = row->key, .value = row->value};
    return true;
  }

  bool BeginsAtOrBefore(uint64_t leaf, Bytes key) const {
    const auto page = file().Read(leaf);
    for (size_t slot = 0; page && slot < page->count; ++slot) {
      const auto row = file().RowAt(*page, slot);
      if (row) return backend::CompareKeys(row->key, key) <= 0;
    }
    return true;
  }

  void ReportChange(FindingKind kind, uint64_t page, const char* what) {
    findings_.Report({.kind = kind,
                      .file = file().path(),
                      .offset = page * file().page_bytes(),
                      .what = "bucket " + rows_.bucket + ", page " + std::to_string(page) +
                              ": what could be read when the file was opened " + what,
                      .consequence = "the file changes while it is read; read a copy"});
  }

  const File& file() const { return rows_.file; }

  Rows rows_;
  FindingSink& findings_;
  Page page_;  // that of `leaf_`, if it could be read
  size_t leaf_ = 0;
  size_t slot_ = 0;
};

class LmdbScan final : public backend::Scan {
 public:
  explicit LmdbScan(const Rows& rows) : cursor_(rows, findings_) {}

  size_t Next(std::span<backend::Row> rows) override {
    size_t count = 0;
    while (count < rows.size() && more_) {
      more_ = begun_ ? cursor_.Next() : cursor_.First();
      begun_ = true;
      if (more_) rows[count++] = cursor_.row();
    }
    return count;
  }

  const FindingList& findings() const override { return findings_; }

 private:
  FindingList findings_;
  LmdbCursor cursor_;
  bool begun_ = false;
  bool more_ = true;
};

class LmdbBucket final : public backend::Bucket {
 public:
  explicit LmdbBucket(const Rows& rows) : rows_(rows) {}

  std::unique_ptr<backend::Cursor> NewCursor(FindingSink& findings) const override {
    return std::make_unique<LmdbCursor>(rows_, findings);
  }

  std::vector<std::unique_ptr<backend::Scan>> Split(size_t parts,
                                                    FindingSink& /*findings*/) const override {
    const size_t leaves = rows_.leaves.size();
    parts = std::clamp<size_t>(parts, 1, std::max<size_t>(leaves, 1));
    std::vector<std::unique_ptr<backend::Scan>> scans;
    for (size_t i = 0; i < parts; ++i) {
      Rows part = rows_;
      const size_t begin = leaves * i / parts;
      part.leaves = rows_.leaves.subspan(begin, leaves * (i + 1) / parts - begin);
      scans.push_back(std::make_unique<LmdbScan>(part));
    }
    return scans;
  }

  bool is_whole() const override { return rows_.is_whole; }

 private:
  Rows rows_;
};

class LmdbDatabase final : public backend::Database {
 public:
  LmdbDatabase(File file, Structure structure)
      : file_(std::move(file)), structure_(std::move(structure)) {
    for (const NamedDatabase& database : structure_.databases) {
      names_.push_back(AsBytes(database.name));
    }
  }

  backend::Engine engine() const override { return backend::Engine::kLmdb; }
  uint64_t size_bytes() const override { return file_.size_bytes(); }
  const std::vector<Bytes>& bucket_names() const override { return names_; }
  bool names_are_whole() const override { return structure_.names_are_whole; }

  std::unique_ptr<backend::Bucket> Open(Bytes name) const override {
    const auto found =
        std::ranges::lower_bound(structure_.databases, AsText(name), {}, &NamedDatabase::name);
    if (found == structure_.databases.end() || found->name != AsText(name)) return nullptr;
    return std::make_unique<LmdbBucket>(Rows{.file = file_,
                                             .structure = structure_,
                                             .bucket = found->name,
                                             .is_whole = found->is_whole,
                                             .leaves = found->leaves});
  }

  void KeepOpen(io::MappedFile mapping) { mapping_ = std::move(mapping); }
  void ReportFaults(FindingSink& findings) const override {
    if (!mapping_) return;
    if (auto fault = mapping_->Fault()) findings.Report(*std::move(fault));
  }

 private:
  std::optional<io::MappedFile> mapping_;  // of the file's bytes
  File file_;
  Structure structure_;
  std::vector<Bytes> names_;  // views into the structure's
};

Result<std::unique_ptr<LmdbDatabase>> OpenOver(Bytes bytes, const std::string& path,
                                               FindingSink& findings) {
  auto file = File::Open(bytes, path, findings);
  if (!file) return Fail(file.error());
  Structure structure = Explore(*file, findings);
  return std::make_unique<LmdbDatabase>(*std::move(file), std::move(structure));
}

}  // namespace

Result<std::unique_ptr<backend::Database>> OpenDatabase(const std::string& path,
                                                        FindingSink& findings) {
  std::error_code failed;
  const bool is_folder = std::filesystem::is_directory(path, failed);
  auto mapping = io::MappedFile::Open(is_folder ? path + "/data.mdb" : path);
  if (!mapping) return Fail(mapping.error());
  return OpenDatabase(*std::move(mapping), findings);
}

Result<std::unique_ptr<backend::Database>> OpenDatabase(io::MappedFile mapping,
                                                        FindingSink& findings) {
  auto database = OpenOver(mapping.bytes(), mapping.path(), findings);
  if (!database) return Fail(database.error());
  (*database)->KeepOpen(std::move(mapping));
  return *std::move(database);
}

Result<std::unique_ptr<backend::Database>> OpenDatabase(Bytes bytes, const std::string& path,
                                                        FindingSink& findings) {
  auto database = OpenOver(bytes, path, findings);
  if (!database) return Fail(database.error());
  return *std::move(database);
}

}  // namespace etcdf::lmdb
