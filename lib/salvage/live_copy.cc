#include "salvage/live_copy.h"

#include <algorithm>
#include <optional>
#include <string>

#include "mvcc/schema.h"

namespace etcdf::salvage {
namespace {

// The value of the row in a leaf page; nothing if there is no such row.
std::optional<bolt::LeafRow> FindRow(const bolt::Page& page, std::string_view key) {
  for (size_t i = 0; i < page.header.count; ++i) {
    const auto row = bolt::LeafRowAt(page, i);
    if (row && AsText(row->key) == key) return row;
  }
  return std::nullopt;
}

std::optional<uint64_t> ConsistentIndexIn(const bolt::Page& root) {
  const auto key = FindRow(root, mvcc::kKeyBucket);
  const auto meta = FindRow(root, mvcc::kMetaBucket);
  if (!key || !key->is_bucket || !meta || !meta->is_bucket) return std::nullopt;
  const auto header = bolt::DecodeBucketHeader(meta->value);
  if (!header || header->root != 0) return std::nullopt;
  const bolt::Page page{.header = bolt::DecodePageHeader(header->inline_page),
                        .bytes = header->inline_page};
  if (!page.is_leaf() || !page.HasItsElements()) return std::nullopt;
  const auto index = FindRow(page, mvcc::kConsistentIndexName);
  if (!index || index->value.size() != sizeof(uint64_t)) return std::nullopt;
  return LoadBe64(index->value.data());
}

}  // namespace

std::vector<RootPage> FindRootPages(const bolt::File& file) {
  constexpr uint16_t kMostBuckets = 64;  // etcd has ten
  std::vector<RootPage> roots;
  for (uint64_t id = 2; id < file.page_count(); ++id) {
    const bolt::PageRead read = file.Read(id);
    if (read.fault != bolt::PageFault::kNone || !read.page.is_leaf()) continue;
    if (read.page.header.count > kMostBuckets) continue;
    const auto index = ConsistentIndexIn(read.page);
    if (index) roots.push_back({.page = id, .consistent_index = *index});
  }
  return roots;
}

void CheckLiveCopy(const bolt::File& file, FindingSink& findings) {
  const auto chosen = file.chosen_meta();
  if (!chosen) return;  // the meta pages are the damage
  // Of a file that is cut short, the page that lists the buckets may be what is missing.
  if (file.metas()[static_cast<size_t>(*chosen)].high_water > file.page_count()) return;
  const std::vector<RootPage> roots = FindRootPages(file);
  uint64_t known = 0;
  const RootPage* latest = nullptr;
  for (const RootPage& root : roots) {
    const bool is_known = std::ranges::any_of(file.metas(), [&](const bolt::Meta& meta) {
      const bool says = meta.valid() || meta.state == bolt::MetaState::kBadChecksum;
      return says && meta.root == root.page;
    });
    if (is_known) known = std::max(known, root.consistent_index);
    if (latest == nullptr || root.consistent_index > latest->consistent_index) latest = &root;
  }
  if (latest == nullptr || latest->consistent_index <= known) return;
  findings.Report(
      {.kind = kLiveCopy,
       .file = file.path(),
       .offset = latest->page * file.page_size(),
       .what = "page " + std::to_string(latest->page) +
               " lists the buckets as of consistent index " +
               std::to_string(latest->consistent_index) + ", and the meta pages lead to " +
               (known > 0 ? "index " + std::to_string(known) : "no such page"),
       .consequence = "the file was copied while etcd was writing to it, or the last write to a "
                      "meta page was lost: copy it by `etcdctl snapshot save`, or with etcd "
                      "stopped; dump-db salvage reads what is here",
       .figures = {{"consistent_index", latest->consistent_index}, {"known", known}}});
}

}  // namespace etcdf::salvage
