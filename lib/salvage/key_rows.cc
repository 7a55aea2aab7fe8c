#include "salvage/key_rows.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "mvcc/schema.h"

namespace etcdf::salvage {
namespace {

// As many of the page's elements as its bytes have room for.
size_t ElementsThere(const bolt::Page& page) {
  return std::min<size_t>(page.header.count,
                          (page.bytes.size() - bolt::kPageHeaderBytes) / bolt::kElementBytes);
}

bool SameChange(const mvcc::KeyRow& a, const mvcc::KeyRow& b) {
  return a.at.tombstone == b.at.tombstone && Equal(a.kv.key, b.kv.key) &&
         Equal(a.kv.value, b.kv.value) && a.kv.create_revision == b.kv.create_revision &&
         a.kv.version == b.kv.version && a.kv.lease == b.kv.lease;
}

// Bucket `key`, if the element is that and the bucket is inline.
std::optional<bolt::Page> InlineKeyBucket(const bolt::Page& page, size_t element) {
  if ((bolt::LeafElementAt(page, element).flags & bolt::kBucketElement) == 0) return std::nullopt;
  const auto row = bolt::LeafRowAt(page, element);
  if (!row || AsText(row->key) != mvcc::kKeyBucket) return std::nullopt;
  const auto header = bolt::DecodeBucketHeader(row->value);
  if (!header || header->root != 0) return std::nullopt;
  const bolt::Page inner{.header = bolt::DecodePageHeader(header->inline_page),
                         .bytes = header->inline_page};
  return inner.is_leaf() ? std::optional(inner) : std::nullopt;
}

bool NamesItself(const bolt::File& file, uint64_t id) {
  const auto page = file.PageAt(id);
  return page && page->header.id == id && (page->is_leaf() || page->is_branch());
}

// Of rows on a page of a tree of `key`, or of none.
Confidence ConfidenceIn(const bolt::Page& page, Origin origin) {
  switch (origin) {
    case Origin::kReachable: return Confidence::kCertain;
    case Origin::kPrevious: return Confidence::kLikely;
    case Origin::kFree:
    case Origin::kWal: break;
  }
  return page.header.id == page.position && page.HasItsElements() ? Confidence::kLikely
                                                                  : Confidence::kDoubtful;
}

}  // namespace

const char* ConfidenceName(Confidence confidence) {
  switch (confidence) {
    case Confidence::kCertain: return "certain";
    case Confidence::kLikely: return "likely";
    case Confidence::kDoubtful: return "doubtful";
  }
  return "";
}

std::optional<mvcc::RowRevision> ProvenRevision(Bytes key, Bytes value) {
  const auto at = mvcc::ParseRowKey(key);
  if (!at || at->revision.main <= 0) return std::nullopt;
  const auto kv = mvcc::ParseKeyValue(value);
  if (!kv || kv->key.empty()) return std::nullopt;
  const int64_t named = at->tombstone ? 0 : at->revision.main;
  return kv->mod_revision == named ? at : std::nullopt;
}

KeyRows::KeyRows(const bolt::File& file, const std::function<bool()>& go_on)
    : file_(file), reach_(file) {
  constexpr uint64_t kPagesBetweenQuestions = 4096;
  for (uint64_t id = 0; id < file.page_count(); ++id) {
    if (id % kPagesBetweenQuestions == 0 && !go_on()) break;
    ++counts_.pages;
    ScanPage(id);
    if (rows_.size() >= rows_before_sorting_) {
      KeepSurest();
      rows_before_sorting_ = std::max(rows_before_sorting_, 2 * rows_.size());
    }
  }
  KeepSurest();
}

void KeyRows::ScanPage(uint64_t id) {
  const PageReach& role = reach_.of(id);
  if (role.is_overflow) return;
  auto page = file_.PageAt(id);
  if (!page || !page->is_leaf()) return;
  uint64_t named = file_.page_count();
  if (role.origin == Origin::kFree) {
    // What a tree uses by now was written over; what names itself may have been.
    const uint64_t reached = next_reached_.After(id, file_.page_count(), [this](uint64_t i) {
      return reach_.of(i).origin != Origin::kFree;
    });
    const uint64_t intact_bytes = (reached - id) * file_.page_size();
    page->bytes = page->bytes.first(std::min<uint64_t>(page->bytes.size(), intact_bytes));
    named = next_named_.After(id, file_.page_count(),
                              [this](uint64_t i) { return NamesItself(file_, i); });
  }
  // Rows of `key` in the tree of another bucket are there by damage.
  const Origin origin = role.in_key_bucket ? role.origin : Origin::kFree;
  Scanned scanned{.page = *page,
                  .id = id,
                  .origin = origin,
                  .confidence = ConfidenceIn(*page, origin),
                  .intact_until = named * file_.page_size()};
  const size_t before = rows_.size();
  ScanRows(scanned);
  scanned.origin = role.origin;
  scanned.confidence = ConfidenceIn(*page, role.origin);
  ScanInline(scanned);
  counts_.copies += rows_.size() - before;
  if (rows_.size() > before) ++counts_.pages_with_rows;
}

void KeyRows::ScanRows(const Scanned& scanned) {
  for (size_t i = 0; i < ElementsThere(scanned.page); ++i) {
    const auto row = bolt::LeafRowAt(scanned.page, i);
    const auto at = row ? ProvenRevision(row->key, row->value) : std::nullopt;
    if (!at) continue;
    const uint64_t end = file_.OffsetOf(row->value.data() + row->value.size());
    // What proves to be a row is no bucket: a bit of its flags is wrong.
    const bool is_intact = end <= scanned.intact_until && !row->is_bucket;
    rows_.push_back({.at = *at,
                     .place = scanned.id,
                     .element = static_cast<uint16_t>(i),
                     .holder = scanned.holder,
                     .origin = scanned.origin,
                     .confidence = is_intact ? scanned.confidence : Confidence::kDoubtful});
  }
}

// A small bucket lies within the page that lists the buckets.
void KeyRows::ScanInline(const Scanned& outer) {
  for (size_t i = 0; i < ElementsThere(outer.page); ++i) {
    const auto inner = InlineKeyBucket(outer.page, i);
    if (!inner) continue;
    Scanned scanned = outer;
    scanned.page = *inner;
    scanned.holder = static_cast<uint16_t>(i);
    return ScanRows(scanned);  // a name stands once; a hostile page may repeat it
  }
}

void KeyRows::KeepSurest() {
  std::ranges::sort(rows_, {}, [](const FoundRow& row) {
    return std::tuple(row.at.revision, row.confidence, row.origin, row.place, row.element);
  });
  size_t kept = 0;
  for (const FoundRow& row : rows_) {
    const bool is_copy = kept > 0 && rows_[kept - 1].at.revision == row.at.revision;
    if (!is_copy) {
      rows_[kept++] = row;
    } else if (!SameChange(Content(rows_[kept - 1]), Content(row))) {
      ++counts_.conflicts;
    }
  }
  rows_.resize(kept);
}

backend::Row KeyRows::Stored(const FoundRow& row) const {
  auto page = file_.PageAt(row.place);
  if (page && row.holder != FoundRow::kNoHolder) page = InlineKeyBucket(*page, row.holder);
  const auto stored = page ? bolt::LeafRowAt(*page, row.element) : std::nullopt;
  if (!stored) return {};  // the file has changed since
  return {.key = stored->key, .value = stored->value};
}

mvcc::KeyRow KeyRows::Content(const FoundRow& row) const {
  const auto kv = mvcc::ParseKeyValue(Stored(row).value);
  return {.at = row.at, .kv = kv.value_or(mvcc::KeyValue{})};
}

}  // namespace etcdf::salvage
