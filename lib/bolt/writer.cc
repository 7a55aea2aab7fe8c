#include "bolt/writer.h"

#include <utility>

#include "bolt/meta.h"

namespace etcdf::bolt {
namespace {

// A page has at least two elements, unless there are no two (bbolt, common.MinKeysPerPage).
constexpr size_t kMinElements = 2;
constexpr size_t kFillBytes = Writer::kPageBytes * 9 / 10;
constexpr size_t kInlineBytes = Writer::kPageBytes / 4;

}  // namespace

// ---- Writer::Tree

void Writer::Tree::Begin() {
  levels_.assign(1, {.page = PageBuilder(kLeafPage)});
  key_last_.clear();
}

// Elements are held back until two more are there, so that no page ends up with a single one.
void Writer::Tree::NoteIfFull(Level& level, size_t bytes) {
  if (level.full == 0 && level.page.count() >= kMinElements &&
      level.page.bytes() + bytes > kFillBytes) {
    level.full = level.page.count();
  }
}

Result<void> Writer::Tree::Append(Bytes key, Bytes value, bool is_bucket, Writer& writer) {
  if (key.empty() || key.size() > kMaxKeyBytes || value.size() > kMaxValueBytes) {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "bbolt's keys have 1 to 32768 bytes, its values less than 2 GiB",
                 .subject = ShortKeyText(key)});
  }
  if (!key_last_.empty() && CompareKeys(AsBytes(key_last_), key) >= 0) {
    return Fail({.code = ErrorCode::kMalformed,
                 .what = "the key is not behind the one before",
                 .subject = ShortKeyText(key)});
  }
  key_last_ = AsText(key);
  Level& leaf = levels_.front();
  NoteIfFull(leaf, PageBuilder::BytesOf(key, value));
  leaf.page.AddRow(key, value, is_bucket);
  if (leaf.full == 0 || leaf.page.count() - leaf.full < kMinElements) return {};
  return Close(0, leaf.full, writer);
}

Result<void> Writer::Tree::Close(size_t level, size_t count, Writer& writer) {
  for (;; ++level, count = levels_[level].full) {
    PageBuilder& page = levels_[level].page;
    const std::string key(AsText(page.first_key()));
    const uint64_t id = writer.next_page_;
    const uint32_t overflow = OverflowOf(page.BytesOfFirst(count));
    auto written = writer.WritePage(page.Take(count, {.id = id, .overflow = overflow}));
    if (!written) return written;
    levels_[level].full = 0;
    if (level + 1 == levels_.size()) levels_.push_back({.page = PageBuilder(kBranchPage)});
    Level& above = levels_[level + 1];
    NoteIfFull(above, PageBuilder::BytesOf(AsBytes(key), {}));
    above.page.AddChild(AsBytes(key), id);
    if (above.full == 0 || above.page.count() - above.full < kMinElements) return {};
  }
}

// Of what is held back, one element is not enough for a page of its own.
Result<void> Writer::Tree::CloseLast(size_t level, Writer& writer) {
  const auto count = [&] { return levels_[level].page.count(); };
  const size_t full = levels_[level].full;
  if (full > kMinElements && count() > full) {
    auto closed = Close(level, full - (kMinElements - 1), writer);
    if (!closed) return closed;
  }
  return Close(level, count(), writer);
}

bool Writer::Tree::fits_inline() const {
  return levels_.size() == 1 && levels_.front().page.bytes() <= kInlineBytes;
}

Result<uint64_t> Writer::Tree::Finish(Writer& writer) {
  for (size_t level = 0;; ++level) {
    const bool is_top = level + 1 == levels_.size();
    PageBuilder& page = levels_[level].page;
    if (is_top && levels_[level].full <= kMinElements) {
      const uint64_t id = writer.next_page_;
      const uint32_t overflow = OverflowOf(page.bytes());
      const auto written =
          writer.WritePage(page.Take(page.count(), {.id = id, .overflow = overflow}));
      levels_.clear();
      if (!written) return Fail(written.error());
      return id;
    }
    const auto closed = CloseLast(level, writer);
    if (!closed) return Fail(closed.error());
  }
}

// ---- Writer

Result<Writer> Writer::Create(const std::string& path) {
  auto file = io::NewFile::Create(path);
  if (!file) return Fail(std::move(file).error());
  Writer writer(*std::move(file));
  // The two meta pages are written last, when it is known where the root is.
  const auto reserved = writer.WritePage(std::string(2 * kPageBytes, '\0'));
  if (!reserved) return Fail(reserved.error());
  writer.root_.Begin();
  return writer;
}

Result<void> Writer::WritePage(std::string page) {
  const size_t pages = size_t{OverflowOf(page.size())} + 1;
  page.resize(pages * kPageBytes);
  next_page_ += pages;
  return file_.Append(AsBytes(page));
}

Result<void> Writer::BeginBucket(Bytes name) {
  if (auto ended = EndBucket(); !ended) return ended;
  bucket_ = AsText(name);
  rows_.Begin();
  return {};
}

Result<void> Writer::Append(Bytes key, Bytes value) {
  return rows_.Append(key, value, false, *this);
}

// The bucket becomes a row of the root: its root page and its sequence, which etcd never counts, or
// its only page in place of the number 0.
Result<void> Writer::EndBucket() {
  if (!rows_.begun()) return {};
  std::string header;
  if (rows_.fits_inline()) {
    AppendLe(header, uint64_t{0});
    AppendLe(header, uint64_t{0});
    header += rows_.TakeInline();
  } else {
    const auto root = rows_.Finish(*this);
    if (!root) return Fail(root.error());
    AppendLe(header, *root);
    AppendLe(header, uint64_t{0});
  }
  return root_.Append(AsBytes(bucket_), AsBytes(header), true, *this);
}

Result<io::NewFile> Writer::Finish() {
  if (const auto ended = EndBucket(); !ended) return Fail(ended.error());
  const auto root = root_.Finish(*this);
  if (!root) return Fail(root.error());
  // An empty list rather than none: who finds none walks through the whole file when he opens it.
  const uint64_t freelist = next_page_;
  const auto listed = WritePage(EncodePageHeader({.id = freelist, .flags = kFreelistPage}));
  if (!listed) return Fail(listed.error());
  for (const uint64_t slot : {uint64_t{0}, uint64_t{1}}) {
    const std::string page =
        EncodePageHeader({.id = slot, .flags = kMetaPage}) + EncodeMeta({.magic = kMagic,
                                                                         .version = kVersion,
                                                                         .page_size = kPageBytes,
                                                                         .root = *root,
                                                                         .freelist = freelist,
                                                                         .high_water = next_page_,
                                                                         .txid = slot});
    const auto written = file_.Overwrite(slot * kPageBytes, AsBytes(page));
    if (!written) return Fail(written.error());
  }
  return std::move(file_);
}

}  // namespace etcdf::bolt
