#include "bolt/file.h"

#include <algorithm>

#include "base/counted.h"
#include "bolt/findings.h"

namespace etcdf::bolt {
namespace {

constexpr uint64_t kSmallestPage = 1024;
constexpr int kPageSizesProbed = 15;  // 1 KiB to 16 MiB (db.go, getPageSizeFromSecondMeta)

bool IsZeros(Bytes bytes) {
  return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
}

Bytes From(Bytes bytes, uint64_t at) { return at < bytes.size() ? bytes.subspan(at) : Bytes{}; }

// Of the first meta page that `accept` takes: at 0, or where it can stand as the second page. What
// it says must be where it stands.
template <typename Accept>
std::optional<uint64_t> PageSizeOfMeta(Bytes bytes, Accept accept) {
  const Meta first = DecodeMeta(bytes);
  if (accept(first) && IsPageSize(first.page_size)) return first.page_size;
  for (int i = 0; i < kPageSizesProbed; ++i) {
    const uint64_t at = kSmallestPage << i;
    const Meta second = DecodeMeta(From(bytes, at));
    if (accept(second) && second.page_size == at) return at;
  }
  return std::nullopt;
}

// How many of the first pages name themselves, if pages are of this size.
size_t CountPages(Bytes bytes, uint64_t size) {
  constexpr uint64_t kPagesTried = 64;
  size_t count = 0;
  for (uint64_t id = 2; id < kPagesTried; ++id) {
    const Bytes page = From(bytes, id * size);
    if (page.size() < kPageHeaderBytes) break;
    const PageHeader header = DecodePageHeader(page);
    if (header.id == id && (header.flags == kLeafPage || header.flags == kBranchPage)) ++count;
  }
  return count;
}

// The page size by which most of the first pages name themselves; nothing if fewer than two do.
std::optional<uint64_t> PageSizeOfPages(Bytes bytes) {
  std::optional<uint64_t> best;
  size_t most = 1;
  for (int i = 0; i < kPageSizesProbed; ++i) {
    const uint64_t size = kSmallestPage << i;
    const size_t matches = CountPages(bytes, size);
    if (matches > most) {
      most = matches;
      best = size;
    }
  }
  return best;
}

bool IsBigEndian(Bytes bytes) {
  return bytes.size() >= kPageHeaderBytes + kMetaBytes &&
         LoadLe32(bytes.data() + kPageHeaderBytes) == __builtin_bswap32(kMagic);
}

// Whether all but the checksum is as it should be.
bool IsPlausible(const Meta& meta) { return meta.valid() || meta.state == MetaState::kBadChecksum; }

// Transaction N writes meta page N % 2 (bbolt v1.4.3, internal/common/meta.go, Write), so that the
// two differ by one. In a snapshot page 0 has N and page 1 N - 1, N odd or even (tx.go, WriteTo);
// where it is odd, the next transaction writes page 0 again.
bool AreInTurn(const std::array<Meta, 2>& metas) {
  const uint64_t lead = metas[0].txid - metas[1].txid;  // a difference below 0 wraps
  return lead == 1 || lead == ~uint64_t{0} || (lead == 2 && metas[0].txid % 2 == 0);
}

std::string ConsequenceOf(const File& file, int bad) {
  const auto chosen = file.chosen_meta();
  if (!chosen) return "";
  const Meta& used = file.metas()[static_cast<size_t>(*chosen)];
  const Meta& other = file.metas()[static_cast<size_t>(bad)];
  std::string text = "etcd reads the file through meta page " + std::to_string(*chosen) +
                     ", transaction " + std::to_string(used.txid);
  if (IsPlausible(other) && other.txid > used.txid) {
    text += "; the changes of transaction " + std::to_string(other.txid) + " are not seen";
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<File>> File::Open(const std::string& path) {
  auto mapping = io::MappedFile::Open(path);
  if (!mapping) return Fail(std::move(mapping).error());
  return OverMapping(*std::move(mapping));
}

Result<std::unique_ptr<File>> File::OverMapping(io::MappedFile mapping) {
  constexpr int kTries = 4;
  auto file = OverBytes(mapping.bytes(), mapping.path());
  for (int i = 0; i < kTries && mapping.has_path() && file && (*file)->EndsBeforeHighWater(); ++i) {
    auto grown = io::MappedFile::Open(mapping.path());
    if (!grown || grown->bytes().size() <= mapping.bytes().size()) break;
    mapping = *std::move(grown);
    file = OverBytes(mapping.bytes(), mapping.path());
  }
  if (file) (*file)->mapping_ = std::move(mapping);
  return file;
}

bool File::EndsBeforeHighWater() const {
  const auto chosen = chosen_meta();
  return chosen && metas_[static_cast<size_t>(*chosen)].high_water > bytes_.size() / page_size_;
}

Result<std::unique_ptr<File>> File::OverBytes(Bytes bytes, std::string path) {
  std::unique_ptr<File> file(new File(bytes, std::move(path)));
  if (auto found = file->FindMetas(); !found) return Fail(std::move(found).error());
  return file;
}

// db.go, getPageSize; and what it does not try.
Result<void> File::FindMetas() {
  auto size = PageSizeOfMeta(bytes_, [](const Meta& meta) { return meta.valid(); });
  if (!size) size = PageSizeOfMeta(bytes_, IsPlausible);
  // A checksum proves that the meta page is what was written, not that it is right.
  if (size && CountPages(bytes_, *size) == 0) size = PageSizeOfPages(bytes_).value_or(*size);
  if (!size && IsBigEndian(bytes_)) {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "is a bbolt database that a big-endian machine wrote",
                 .subject = path_});
  }
  if (!size) size = PageSizeOfPages(bytes_);
  if (!size) {
    return Fail(
        {.code = ErrorCode::kWrongKind, .what = "is not a bbolt database", .subject = path_});
  }
  page_size_ = *size;
  for (uint64_t i = 0; i < metas_.size(); ++i) {
    const Bytes page = From(bytes_, i * page_size_);
    metas_[i] = DecodeMeta(page.first(std::min<uint64_t>(page.size(), page_size_)));
  }
  return {};
}

std::optional<int> File::chosen_meta() const {
  const int newer = metas_[1].txid > metas_[0].txid ? 1 : 0;
  if (metas_[static_cast<size_t>(newer)].valid()) return newer;
  if (metas_[static_cast<size_t>(1 - newer)].valid()) return 1 - newer;
  return std::nullopt;
}

std::optional<int> File::best_meta() const {
  if (const auto chosen = chosen_meta()) return chosen;
  const int newer = metas_[1].txid > metas_[0].txid ? 1 : 0;
  for (const int i : {newer, 1 - newer}) {
    const Meta& meta = metas_[static_cast<size_t>(i)];
    if (!IsPlausible(meta) || meta.page_size != page_size_) continue;
    if (Read(meta.root).fault == PageFault::kNone) return i;
  }
  return std::nullopt;
}

void File::ReportMetas(FindingSink& findings) const {
  for (size_t i = 0; i < metas_.size(); ++i) {
    const Meta& meta = metas_[i];
    if (meta.valid()) continue;
    Finding finding{
        .kind = kBadMeta,
        .file = path_,
        .offset = i * page_size_,
        .what = "meta page " + std::to_string(i) + ": " + std::string(MetaStateText(meta.state)),
        .consequence = ConsequenceOf(*this, static_cast<int>(i))};
    if (meta.state == MetaState::kBadChecksum) {
      finding.figures = {{"stored_checksum", meta.checksum},
                         {"computed_checksum", meta.computed_checksum}};
    }
    findings.Report(std::move(finding));
  }
  if (!metas_[0].valid() || !metas_[1].valid() || AreInTurn(metas_)) return;
  findings.Report({.kind = kMetasApart,
                   .file = path_,
                   .offset = 0,
                   .what = "the meta pages are of transactions " + std::to_string(metas_[0].txid) +
                           " and " + std::to_string(metas_[1].txid) +
                           ", and bbolt writes them in turn",
                   .consequence = "one of them is not the latest of its page: the database may be "
                                  "an older one than it was"});
}

std::optional<Page> File::PageAt(uint64_t id) const {
  if (!Has(id)) return std::nullopt;
  const uint64_t at = id * page_size_;
  const uint64_t left = bytes_.size() - at;
  Page page{
      .header = DecodePageHeader(bytes_.subspan(at)), .position = id, .bytes = bytes_.subspan(at)};
  // Both factors have 32 bits at most.
  page.bytes = page.bytes.first(std::min(left, (uint64_t{page.header.overflow} + 1) * page_size_));
  return page;
}

PageRead File::Read(uint64_t id) const {
  const auto page = PageAt(id);
  if (!page) return {.fault = PageFault::kBeyondFile, .page = {}};
  PageRead read{.page = *page};
  read.cut_off = page->bytes.size() < (uint64_t{page->header.overflow} + 1) * page_size_;
  if (page->header.id != id && IsZeros(page->bytes)) {
    read.fault = PageFault::kZeros;
  } else if (page->header.id != id) {
    read.fault = PageFault::kWrongId;
  } else if (!page->is_branch() && !page->is_leaf()) {
    read.fault = PageFault::kWrongType;
  } else if (!page->HasItsElements()) {
    read.fault = PageFault::kTooManyElements;
  }
  return read;
}

std::string PageFaultText(const PageRead& read) {
  const PageHeader& header = read.page.header;
  switch (read.fault) {
    case PageFault::kNone: return "is sound";
    case PageFault::kBeyondFile: return "lies beyond the end of the file";
    case PageFault::kZeros: return "is all zeros";
    case PageFault::kWrongId: return "names itself page " + std::to_string(header.id);
    case PageFault::kWrongType:
      return "is neither branch nor leaf (" + PageTypeName(header.flags) + ")";
    case PageFault::kTooManyElements:
      return "has no room for its " + Counted(header.count, "element", "elements");
  }
  return "";
}

std::string CutOffText(const PageRead& read) {
  const uint64_t pages = uint64_t{read.page.header.overflow} + 1;
  return "is cut off by the end of the file, within its " + Counted(pages, "page", "pages");
}

}  // namespace etcdf::bolt
