// bbolt's numbers, one at a time: page headers, elements, meta pages and buckets' roots (the layout
// is told in bolt/page.h and bolt/meta.h).
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "bolt/meta.h"
#include "bolt/page.h"
#include "tests/reliability/fault.h"

namespace etcdf::reliability {
namespace {

using bolt::kElementBytes;
using bolt::kPageHeaderBytes;

struct Field {
  std::string_view name;
  size_t at;
  unsigned width;  // in bytes
};
constexpr auto kHeaderFields = std::to_array<Field>(
    {{"page id", 0, 8}, {"flags", 8, 2}, {"count", 10, 2}, {"overflow", 12, 4}});
constexpr auto kLeafFields = std::to_array<Field>(
    {{"element flags", 0, 4}, {"pos", 4, 4}, {"key size", 8, 4}, {"value size", 12, 4}});
constexpr auto kBranchFields =
    std::to_array<Field>({{"pos", 0, 4}, {"key size", 4, 4}, {"child", 8, 8}});
// From the start of the page.
constexpr Field kMetaRoot = {"root", 32, 8};
constexpr auto kMetaFields = std::to_array<Field>({{"magic", 16, 4},
                                                   {"version", 20, 4},
                                                   {"page size", 24, 4},
                                                   {"meta flags", 28, 4},
                                                   kMetaRoot,
                                                   {"sequence", 40, 8},
                                                   {"freelist", 48, 8},
                                                   {"high water", 56, 8},
                                                   {"txid", 64, 8},
                                                   {"checksum", 72, 8}});

// The database, by pages of the size that etcd gives them here.
class Pages {
 public:
  static constexpr size_t kBytes = 4096;

  explicit Pages(Scene& scene) : scene_(scene) {
    for (auto& [path, node] : scene.tree) {
      if (IsDatabase(path) && node.kind == Node::Kind::kFile) bytes_ = &node.content;
    }
  }

  bool empty() const { return bytes_ == nullptr || bytes_->size() < 2 * kBytes; }
  std::string& bytes() { return *bytes_; }

  // The places of the pages that have one of these flags.
  std::vector<size_t> Places(uint16_t flags) const {
    std::vector<size_t> places;
    for (size_t at = 0; at + kBytes <= bytes_->size(); at += kBytes) {
      if ((HeaderAt(at).flags & flags) != 0) places.push_back(at);
    }
    return places;
  }
  bolt::PageHeader HeaderAt(size_t at) const {
    return bolt::DecodePageHeader(AsBytes(*bytes_).subspan(at, kPageHeaderBytes));
  }

  std::string Change(size_t base, const Field& field) {
    const size_t at = base + field.at;
    if (at + field.width > bytes_->size()) return "";
    const uint64_t was = NumberAt(*bytes_, at, field.width);
    const uint64_t is = scene_.dice.Instead(was, 8 * field.width);
    PutNumber(*bytes_, at, field.width, is);
    return "db: " + std::string(field.name) + " at " + std::to_string(at) + " was " +
           std::to_string(was) + ", is " + std::to_string(is);
  }

 private:
  Scene& scene_;
  std::string* bytes_ = nullptr;
};

constexpr uint16_t kAnyPage = bolt::kBranchPage | bolt::kLeafPage | bolt::kFreelistPage;

// A page drawn from those of these flags, and one of its elements; nothing if there is none.
struct Spot {
  size_t page = 0;
  size_t element = 0;  // where it begins in the file
};
std::optional<Spot> DrawElement(Pages& pages, Scene& scene, uint16_t flags) {
  const std::vector<size_t> places = pages.empty() ? std::vector<size_t>() : pages.Places(flags);
  if (places.empty()) return std::nullopt;
  const size_t page = scene.dice.OneOf(places);
  const uint64_t count = pages.HeaderAt(page).count;
  const size_t element = page + kPageHeaderBytes + scene.dice.Below(count) * kElementBytes;
  if (count == 0 || element + kElementBytes > pages.bytes().size()) return std::nullopt;
  return Spot{.page = page, .element = element};
}

std::string ChangeHeader(Scene& scene) {
  Pages pages(scene);
  const auto spot = DrawElement(pages, scene, kAnyPage);
  return spot ? pages.Change(spot->page, scene.dice.OneOf(kHeaderFields)) : "";
}

std::string ChangeElement(Scene& scene) {
  Pages pages(scene);
  const bool leaf = scene.dice.OneIn(2);
  const auto spot = DrawElement(pages, scene, leaf ? bolt::kLeafPage : bolt::kBranchPage);
  if (!spot) return "";
  return pages.Change(spot->element,
                      leaf ? scene.dice.OneOf(kLeafFields) : scene.dice.OneOf(kBranchFields));
}

// A bit of a row's key or value.
std::string FlipRowBit(Scene& scene) {
  Pages pages(scene);
  const auto spot = DrawElement(pages, scene, bolt::kLeafPage);
  if (!spot) return "";
  std::string& bytes = pages.bytes();
  const uint64_t length =
      NumberAt(bytes, spot->element + 8, 4) + NumberAt(bytes, spot->element + 12, 4);
  const size_t begin = spot->element + NumberAt(bytes, spot->element + 4, 4);
  if (begin + length > bytes.size() || length == 0) return "";
  const size_t at = scene.dice.FlipBit(bytes, begin, begin + length);
  return "db: a bit of a row flipped at " + std::to_string(at);
}

// The root page, or the sequence, of a bucket.
std::string ChangeBucket(Scene& scene) {
  constexpr auto kFields = std::to_array<Field>({{"bucket's root", 0, 8}, {"sequence", 8, 8}});
  Pages pages(scene);
  for (int tries = 0; tries < 200; ++tries) {
    const auto spot = DrawElement(pages, scene, bolt::kLeafPage);
    if (!spot) return "";
    const std::string& bytes = pages.bytes();
    if (NumberAt(bytes, spot->element, 4) != bolt::kBucketElement) continue;
    return pages.Change(spot->element + NumberAt(bytes, spot->element + 4, 4) +
                            NumberAt(bytes, spot->element + 8, 4),
                        scene.dice.OneOf(kFields));
  }
  return "";
}

std::string ChangeMeta(Scene& scene) {
  Pages pages(scene);
  if (pages.empty()) return "";
  return pages.Change(scene.dice.Below(2) * Pages::kBytes, scene.dice.OneOf(kMetaFields));
}

// With the checksum that it must have, in one meta page or in both.
std::string Forge(Scene& scene, const Field& field) {
  Pages pages(scene);
  if (pages.empty()) return "";
  const uint64_t which = 1 + scene.dice.Below(3);
  std::string told;
  for (const size_t page : {size_t{0}, Pages::kBytes}) {
    if ((which & (page == 0 ? 1 : 2)) == 0) continue;
    told += pages.Change(page, field) + ", checksum repaired; ";
    const auto meta = bolt::DecodeMeta(AsBytes(pages.bytes()).subspan(page));
    pages.bytes().replace(page + kPageHeaderBytes, bolt::kMetaBytes, bolt::EncodeMeta(meta));
  }
  return told;
}

std::string ForgeMeta(Scene& scene) {
  const size_t field = scene.dice.Below(kMetaFields.size() - 1);
  return kMetaFields[field].name == kMetaRoot.name ? "" : Forge(scene, kMetaFields[field]);
}

// An earlier transaction's root is as sound as the last one's.
std::string ForgeRoot(Scene& scene) { return Forge(scene, kMetaRoot); }

// A page as it may have been once: another one's rows, under its own number.
std::string StalePage(Scene& scene) {
  Pages pages(scene);
  const auto to = DrawElement(pages, scene, bolt::kLeafPage);
  const auto from = DrawElement(pages, scene, bolt::kLeafPage);
  if (!to || !from) return "";
  std::string& bytes = pages.bytes();
  const std::string id = bytes.substr(to->page, 8);
  bytes.replace(to->page, Pages::kBytes, bytes.substr(from->page, Pages::kBytes));
  bytes.replace(to->page, id.size(), id);
  return "db: page at " + std::to_string(to->page) + " holds what that at " +
         std::to_string(from->page) + " does";
}

constexpr auto kFaults = std::to_array<Fault>({{"page_header", Trace::kInTheBytes, ChangeHeader},
                                               {"element", Trace::kInTheBytes, ChangeElement},
                                               {"row_bit", Trace::kInTheBytes, FlipRowBit},
                                               {"bucket_header", Trace::kInTheBytes, ChangeBucket},
                                               {"meta_field", Trace::kInTheBytes, ChangeMeta},
                                               {"forged_meta", Trace::kInTheBytes, ForgeMeta},
                                               {"forged_root", Trace::kMisplaced, ForgeRoot},
                                               {"stale_page", Trace::kMisplaced, StalePage}});

}  // namespace

std::span<const Fault> BoltFaults() { return kFaults; }

}  // namespace etcdf::reliability
