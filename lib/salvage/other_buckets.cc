#include "salvage/other_buckets.h"

#include <algorithm>

#include "bolt/bucket.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "salvage/key_rows.h"

namespace etcdf::salvage {
namespace {

// The page of a bucket may have become one of `key` since it was listed.
bool IsKeyRow(const backend::Row& row) { return ProvenRevision(row.key, row.value).has_value(); }

// Calls `visit` with the rows, until it returns false. Damage goes to `findings`.
void ForEachRowOf(const backend::Database& database, Bytes name, FindingSink& findings,
                  const std::function<bool(const backend::Row&)>& visit) {
  const auto bucket = database.Open(name);
  if (!bucket) return;
  std::array<backend::Row, 64> rows;
  for (const auto& scan : bucket->Split(1, findings)) {
    while (const size_t read = scan->Next(rows)) {
      for (size_t i = 0; i < read; ++i) {
        if (!IsKeyRow(rows[i]) && !visit(rows[i])) return;
      }
    }
    for (const Finding& finding : scan->findings().findings()) findings.Report(finding);
  }
}

// Buckets that pages list to which no meta page leads, each from the latest such page.
class Orphans final : public backend::Database {
 public:
  explicit Orphans(const bolt::File& file) : file_(file) {
    std::vector<RootPage> roots = FindRootPages(file);
    std::ranges::stable_sort(roots, std::ranges::greater(), &RootPage::consistent_index);
    roots.resize(std::min(roots.size(), kRootsMax));
    for (const RootPage& root : roots) Add(root);
    std::ranges::sort(names_, [](Bytes a, Bytes b) { return bolt::CompareKeys(a, b) < 0; });
  }

  backend::Engine engine() const override { return backend::Engine::kBolt; }
  uint64_t size_bytes() const override { return file_.bytes().size(); }
  const std::vector<Bytes>& bucket_names() const override { return names_; }
  std::unique_ptr<backend::Bucket> Open(Bytes name) const override {
    const auto listed = Find(name);
    return listed == listed_.end() ? nullptr : std::make_unique<bolt::Bucket>(listed->tree);
  }
  RootPage RootOf(Bytes name) const { return Find(name)->root; }

 private:
  static constexpr size_t kRootsMax = 64;  // in any file of etcd's the latest lists all

  struct Listed {
    bolt::Tree tree;
    RootPage root;
  };

  void Add(const RootPage& root) {
    mvcc::UnheardFindings unheard;
    const bolt::Tree list{.file = &file_, .name = "", .header = {.root = root.page}};
    for (const bolt::Tree& tree : bolt::NestedBuckets(list, file_.Read(root.page).page, unheard)) {
      if (Find(tree.key) != listed_.end()) continue;
      listed_.push_back({.tree = tree, .root = root});
      names_.push_back(tree.key);
    }
  }

  std::vector<Listed>::const_iterator Find(Bytes name) const {
    return std::ranges::find_if(listed_,
                                [&](const Listed& listed) { return Equal(listed.tree.key, name); });
  }

  const bolt::File& file_;
  std::vector<Listed> listed_;
  std::vector<Bytes> names_;
};

// The id of a row of bucket `lease` by its own testimony; nothing if it is none.
std::optional<int64_t> LeaseOf(const backend::Row& row) {
  const auto id = mvcc::DecodeNumber(row.key);
  const auto lease = id ? mvcc::DecodeLease(row.value) : std::nullopt;
  const bool is_lease = lease && static_cast<uint64_t>(lease->id) == *id && *id != 0;
  return is_lease ? std::optional(lease->id) : std::nullopt;
}

// Nothing of the bucket can be read.
bool IsLost(const BucketSource& source) { return source.rows == 0 && !source.is_whole; }

}  // namespace

OtherBuckets::OtherBuckets(const bolt::File& file, FindingSink& findings) {
  mvcc::UnheardFindings unheard;
  if (const auto chosen = file.best_meta()) {
    for (size_t i = 0; i < databases_.size(); ++i) {
      auto database = bolt::Database::Open(file, i == 0 ? *chosen : 1 - *chosen, unheard);
      if (database) databases_[i] = *std::move(database);
    }
  }
  std::vector<Bytes> names;
  for (const auto& database : databases_) {
    if (database == nullptr) continue;
    names.insert(names.end(), database->bucket_names().begin(), database->bucket_names().end());
  }
  std::ranges::sort(names, [](Bytes a, Bytes b) { return bolt::CompareKeys(a, b) < 0; });
  names.erase(std::unique(names.begin(), names.end(), Equal), names.end());
  for (const Bytes name : names) AddBucket(name, findings);
  const bool lacks_some =
      Find(AsBytes(mvcc::kMetaBucket)) == sources_.end() || std::ranges::any_of(sources_, &IsLost);
  if (lacks_some) AddOrphans(file);
}

void OtherBuckets::AddOrphans(const bolt::File& file) {
  auto orphans = std::make_unique<Orphans>(file);
  const Orphans& listed = *orphans;
  orphans_ = std::move(orphans);
  mvcc::UnheardFindings unheard;
  for (const Bytes name : listed.bucket_names()) {
    const auto known = Find(name);
    if (AsText(name) == mvcc::kKeyBucket || (known != sources_.end() && !IsLost(*known))) continue;
    auto source = Read(name, Origin::kFree, unheard);
    source->root = listed.RootOf(name);
    if (known == sources_.end()) {
      sources_.push_back(*source);
    } else if (source->rows > 0) {
      *known = *source;
    }
  }
  std::ranges::sort(sources_, [](const BucketSource& a, const BucketSource& b) {
    return bolt::CompareKeys(a.name, b.name) < 0;
  });
}

std::vector<BucketSource>::iterator OtherBuckets::Find(Bytes name) {
  return std::ranges::find_if(sources_,
                              [&](const BucketSource& source) { return Equal(source.name, name); });
}

const backend::Database* OtherBuckets::DatabaseOf(Origin origin) const {
  switch (origin) {
    case Origin::kReachable: return databases_[0].get();
    case Origin::kPrevious: return databases_[1].get();
    case Origin::kFree: return orphans_.get();
    case Origin::kWal: break;
  }
  return logged_;
}

void OtherBuckets::AddBucket(Bytes name, FindingSink& findings) {
  if (AsText(name) == mvcc::kKeyBucket) return;
  mvcc::UnheardFindings unheard;
  const auto now = Read(name, Origin::kReachable, findings);
  const auto before = Read(name, Origin::kPrevious, unheard);
  const bool take_before = before && (!now || (!now->is_whole && before->is_whole));
  sources_.push_back(take_before ? *before : *now);
}

std::optional<BucketSource> OtherBuckets::Read(Bytes name, Origin origin,
                                               FindingSink& findings) const {
  const backend::Database* const database = DatabaseOf(origin);
  if (database == nullptr || database->Open(name) == nullptr) return std::nullopt;
  FindingList met;
  BucketSource source{.name = name, .origin = origin};
  ForEachRowOf(*database, name, met, [&](const backend::Row&) {
    ++source.rows;
    return true;
  });
  source.is_whole = !met.worst();
  for (const Finding& finding : met.findings()) findings.Report(finding);
  return source;
}

void OtherBuckets::TakeFrom(const backend::Database& logged, bool is_later, bool is_whole) {
  logged_ = &logged;
  mvcc::UnheardFindings unheard;
  for (const Bytes name : logged.bucket_names()) {
    auto source = Read(name, Origin::kWal, unheard);
    const auto known = Find(name);
    source->is_whole = is_whole || (known != sources_.end() && known->is_whole);
    if (known == sources_.end()) {
      sources_.push_back(*source);
    } else if (is_later || !known->is_whole) {
      *known = *source;
    }
  }
  std::ranges::sort(sources_, [](const BucketSource& a, const BucketSource& b) {
    return bolt::CompareKeys(a.name, b.name) < 0;
  });
}

void OtherBuckets::FindLeases(const bolt::File& file, const std::set<int64_t>& named) {
  const auto source = Find(AsBytes(mvcc::kLeaseBucket));
  if (source == sources_.end() || source->is_whole) return;
  std::set<int64_t> wanted = named;
  ForEachRow(*source, [&](const backend::Row& row) {
    if (const auto id = LeaseOf(row)) wanted.erase(*id);
    return true;
  });
  for (uint64_t page_id = 2; page_id < file.page_count() && !wanted.empty(); ++page_id) {
    const auto page = file.PageAt(page_id);
    if (!page || !page->is_leaf() || !page->HasItsElements()) continue;
    for (size_t i = 0; i < page->header.count; ++i) {
      const auto stored = bolt::LeafRowAt(*page, i);
      if (!stored) continue;
      const backend::Row row{.key = stored->key, .value = stored->value};
      const auto id = LeaseOf(row);
      if (id && wanted.erase(*id) > 0) leases_.push_back(row);
    }
  }
  std::ranges::sort(leases_, [](const backend::Row& a, const backend::Row& b) {
    return bolt::CompareKeys(a.key, b.key) < 0;
  });
  source->rows_likely = leases_.size();
  source->rows += leases_.size();
}

void OtherBuckets::ForEachRow(const BucketSource& source,
                              const std::function<bool(const backend::Row&)>& visit) const {
  mvcc::UnheardFindings unheard;
  std::span<const backend::Row> likely;
  if (source.rows_likely > 0) likely = leases_;
  bool go_on = true;
  const auto visit_before = [&](const Bytes* key) {
    while (go_on && !likely.empty() &&
           (key == nullptr || bolt::CompareKeys(likely.front().key, *key) < 0)) {
      go_on = visit(likely.front());
      likely = likely.subspan(1);
    }
  };
  ForEachRowOf(*DatabaseOf(source.origin), source.name, unheard, [&](const backend::Row& row) {
    visit_before(&row.key);
    if (go_on) go_on = visit(row);
    return go_on;
  });
  visit_before(nullptr);
}

}  // namespace etcdf::salvage
