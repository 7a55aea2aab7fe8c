#include "salvage/other_buckets.h"

#include <algorithm>

#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::salvage {
namespace {

// Calls `visit` with the rows, until it returns false. Damage goes to `findings`.
void ForEachRowOf(const backend::Database& database, Bytes name, FindingSink& findings,
                  const std::function<bool(const backend::Row&)>& visit) {
  const auto bucket = database.Open(name);
  if (!bucket) return;
  std::array<backend::Row, 64> rows;
  for (const auto& scan : bucket->Split(1, findings)) {
    while (const size_t read = scan->Next(rows)) {
      for (size_t i = 0; i < read; ++i) {
        if (!visit(rows[i])) return;
      }
    }
    for (const Finding& finding : scan->findings().findings()) findings.Report(finding);
  }
}

}  // namespace

OtherBuckets::OtherBuckets(const bolt::File& file, FindingSink& findings) {
  const auto chosen = file.best_meta();
  if (!chosen) return;
  mvcc::UnheardFindings unheard;
  for (size_t i = 0; i < databases_.size(); ++i) {
    auto database = bolt::Database::Open(file, i == 0 ? *chosen : 1 - *chosen, unheard);
    if (database) databases_[i] = *std::move(database);
  }
  std::vector<Bytes> names;
  for (const auto& database : databases_) {
    if (database == nullptr) continue;
    names.insert(names.end(), database->bucket_names().begin(), database->bucket_names().end());
  }
  std::ranges::sort(names, [](Bytes a, Bytes b) { return bolt::CompareKeys(a, b) < 0; });
  names.erase(std::unique(names.begin(), names.end(), Equal), names.end());
  for (const Bytes name : names) AddBucket(name, findings);
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
    const auto known = std::ranges::find_if(
        sources_, [&](const BucketSource& other) { return Equal(other.name, name); });
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

void OtherBuckets::ForEachRow(const BucketSource& source,
                              const std::function<bool(const backend::Row&)>& visit) const {
  mvcc::UnheardFindings unheard;
  ForEachRowOf(*DatabaseOf(source.origin), source.name, unheard, visit);
}

}  // namespace etcdf::salvage
