#include "bolt/database.h"

#include <algorithm>
#include <array>

#include "backend/damage_watch.h"
#include "base/counted.h"
#include "base/escape.h"
#include "bolt/bucket.h"
#include "bolt/findings.h"
#include "bolt/rows.h"

namespace etcdf::bolt {
namespace {

Error NoMeta(const File& file, const char* what) {
  return {.code = ErrorCode::kMalformed, .what = what, .subject = file.path()};
}

bool IsUsable(const File& file, int index) {
  const Meta& meta = file.metas()[static_cast<size_t>(index)];
  return (meta.valid() || meta.state == MetaState::kBadChecksum) &&
         meta.page_size == file.page_size() && meta.root != 0;
}

// "outer/inner", of bounded length: a hostile file may nest thousands of buckets.
std::string NestedName(const std::string& outer, Bytes key) {
  constexpr size_t kMaxKeyBytes = 80;
  constexpr size_t kMaxOuterBytes = 400;
  std::string name = Printable(AsText(key.first(std::min(key.size(), kMaxKeyBytes))));
  if (outer.empty()) return name;
  return outer.substr(0, kMaxOuterBytes) + "/" + name;
}

}  // namespace

std::vector<Tree> NestedBuckets(const Tree& tree, const Page& leaf, FindingSink& findings) {
  std::vector<Tree> nested;
  for (size_t i = 0; i < leaf.header.count; ++i) {
    if ((LeafElementAt(leaf, i).flags & kBucketElement) == 0) continue;
    const auto row = LeafRowAt(leaf, i);
    if (!row) continue;  // the reader of the rows reports it
    const auto header = DecodeBucketHeader(row->value);
    const std::string name = NestedName(tree.name, row->key);
    if (!header || tree.is_inline()) {
      findings.Report({.kind = kBadBucket,
                       .file = tree.file->path(),
                       .offset = tree.file->OffsetOf(row->key.data()),
                       .what = "bucket " + name +
                               (header ? " is within an inline bucket, where bbolt puts none"
                                       : " has a row too short for a root page"),
                       .consequence = "its rows cannot be read"});
      continue;
    }
    nested.push_back({.file = tree.file, .name = name, .key = row->key, .header = *header});
  }
  return nested;
}

Database::Database(const File& file, int meta_index)
    : file_(file),
      meta_index_(meta_index),
      root_{.file = &file, .name = "", .header = {.root = meta().root, .inline_page = {}}} {}

Result<std::unique_ptr<Database>> Database::Open(const File& file, std::optional<int> meta,
                                                 FindingSink& findings) {
  const auto index = meta ? meta : file.best_meta();
  if (!index) return Fail(NoMeta(file, "neither meta page can be used"));
  if (!IsUsable(file, *index)) return Fail(NoMeta(file, "the meta page cannot be used"));
  std::unique_ptr<Database> database(new Database(file, *index));
  if (!file.chosen_meta()) {
    findings.Report({.kind = kNoValidMeta,
                     .file = file.path(),
                     .offset = static_cast<uint64_t>(*index) * file.page_size(),
                     .what = "meta page " + std::to_string(*index) +
                             " is used although its checksum is wrong: all else in it is plausible",
                     .consequence = "etcd does not open the file; the database may be of another "
                                    "transaction than the meta page says"});
  }
  database->ReportTruncation(findings);
  database->ReadBuckets(findings);
  return database;
}

void Database::ReportTruncation(FindingSink& findings) const {
  const uint64_t size = file_.bytes().size();
  if (meta().high_water <= size / file_.page_size()) return;
  const uint64_t whole = size / file_.page_size();
  findings.Report({.kind = kTruncated,
                   .file = file_.path(),
                   .offset = size,
                   .what = "the file is cut short: it has " + std::to_string(whole) + " of the " +
                           Counted(meta().high_water, "page", "pages") + " of the database, " +
                           std::to_string(whole * 100 / meta().high_water) + " %",
                   .consequence = "what is on the missing pages is lost",
                   .figures = {{"pages", whole}, {"high_water", meta().high_water}}});
}

void Database::ReadBuckets(FindingSink& sink) {
  backend::DamageWatch findings(sink);
  TreePath path(root_, findings);
  RowReader reader(root_, findings);
  for (bool more = path.ToFirst(); more; more = path.Next()) {
    const std::vector<uint64_t> branches = path.branches();
    reader.Open({.page = path.leaf(), .range = path.range(), .branches = &branches});
    uint64_t strays = 0;
    Bytes first_stray;
    std::array<backend::Row, 16> rows;
    while (const size_t read = reader.Next(rows)) {
      for (const backend::Row& row : std::span(rows).first(read)) {
        if (!row.is_bucket && strays++ == 0) first_stray = row.key;
      }
    }
    if (strays > 0) ReportStrayRows(first_stray, strays, findings);
    const auto nested = NestedBuckets(root_, path.leaf(), findings);
    buckets_.insert(buckets_.end(), nested.begin(), nested.end());
  }
  const auto before = [](const Tree& a, const Tree& b) { return CompareKeys(a.key, b.key) < 0; };
  std::ranges::stable_sort(buckets_, before);
  for (const Tree& bucket : buckets_) names_.push_back(bucket.key);
  names_are_whole_ = !findings.met();
}

void Database::ReportStrayRows(Bytes first, uint64_t count, FindingSink& findings) const {
  findings.Report(
      {.kind = kBadBucket,
       .file = file_.path(),
       .offset = file_.OffsetOf(first.data()),
       .what = "the root bucket has a row " + ShortKeyText(first) + " that is no bucket" +
               (count > 1 ? ", and " + std::to_string(count - 1) + " more on the page" : ""),
       .consequence =
           std::string(count > 1 ? "they are" : "it is") + " left out; bbolt writes no such row"});
}

uint64_t Database::size_bytes() const {
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(meta().high_water, file_.page_size(), &bytes)) return ~uint64_t{0};
  return bytes;
}

std::unique_ptr<backend::Bucket> Database::Open(Bytes name) const {
  const auto before = [](Bytes a, Bytes b) { return CompareKeys(a, b) < 0; };
  const auto found = std::ranges::lower_bound(names_, name, before);
  if (found == names_.end() || !Equal(*found, name)) return nullptr;
  return std::make_unique<Bucket>(buckets_[static_cast<size_t>(found - names_.begin())]);
}

}  // namespace etcdf::bolt
