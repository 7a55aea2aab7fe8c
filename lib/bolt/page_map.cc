#include "bolt/page_map.h"

#include <algorithm>
#include <string>

#include "base/counted.h"
#include "bolt/findings.h"
#include "bolt/freelist.h"
#include "bolt/walk.h"

namespace etcdf::bolt {
namespace {

constexpr uint64_t kMetaPages = 2;

std::string PagesText(uint64_t first, uint64_t end) {
  if (end - first == 1) return "page " + std::to_string(first) + " is";
  return "pages " + std::to_string(first) + " to " + std::to_string(end - 1) + " are";
}

std::string WayText(const PageVisit& visit) {
  std::vector<uint64_t> way = visit.branches;
  way.push_back(visit.page.position);
  return PlaceText(visit.tree, way);
}

// Marks pages as in use, and tells what contradicts that.
class Marker {
 public:
  Marker(const Database& database, std::vector<PageUse>& uses, FindingSink& findings)
      : file_(database.file()), meta_(database.meta()), uses_(uses), findings_(findings) {}

  void Visit(const PageVisit& visit) {
    if (visit.tree.is_inline()) return;
    Mark(visit.page, PageUse::kTree, [&] { return WayText(visit); });
  }

  // What the freelist's page names; those pages are marked free. False if there is none, or
  // none to be trusted: so nothing tells which pages are free.
  bool ReadFreelist() {
    if (meta_.freelist == kNoFreelist) return false;
    const auto page = file_.PageAt(meta_.freelist);
    const auto list = page ? DecodeFreelist(*page) : std::nullopt;
    if (!list) {
      findings_.Report(
          {.kind = kNotAFreelist,
           .file = file_.path(),
           .offset = page ? std::optional(meta_.freelist * file_.page_size()) : std::nullopt,
           .what = "page " + std::to_string(meta_.freelist) +
                   ", where the meta page has the freelist, is none",
           .consequence = "etcd does not start: bbolt stops when it opens the file to write"});
      return false;
    }
    if (page->header.id != meta_.freelist) {
      ReportFreelist(page->position * file_.page_size(),
                     "the freelist names itself page " + std::to_string(page->header.id));
      return false;
    }
    if (list->count > list->size()) {
      ReportFreelist(page->position * file_.page_size(),
                     "the freelist has room for " + std::to_string(list->size()) + " of its " +
                         Counted(list->count, "page", "pages"));
    }
    Mark(*page, PageUse::kFreelist, [] { return std::string("the freelist: "); });
    for (size_t i = 0; i < list->size();) {
      const uint64_t offset = file_.OffsetOf(list->ids.data()) + i * sizeof(uint64_t);
      size_t end = i;
      while (end < list->size() && !CanBeFree((*list)[end])) ++end;
      if (end > i) {
        ReportImpossible((*list)[i], end - i, offset);
        i = end;
      } else {
        MarkFree((*list)[i++], offset);
      }
    }
    return true;
  }

 private:
  // Up to the first page that is in use already: so each page is looked at about once, whatever
  // the headers say of their overflow.
  template <typename Name>
  void Mark(const Page& page, PageUse use, Name name) {
    const uint64_t end = page.position + page.header.overflow + 1;
    if (end > meta_.high_water) {
      Report(kBeyondHighWater, page.position,
             name() + "is behind the high water mark, page " + std::to_string(meta_.high_water),
             "a writer would take the page for a new one, and write over it");
    }
    for (uint64_t id = page.position; id < std::min<uint64_t>(end, uses_.size()); ++id) {
      PageUse& now = uses_[id];
      if (now == PageUse::kFree) {
        Report(kReachableFree, id,
               name() + "page " + std::to_string(id) + " is in use and on the freelist",
               "a writer would reuse it and destroy its rows");
      } else if (now != PageUse::kLost) {
        Report(kPageShared, id, name() + "page " + std::to_string(id) + " is in use twice",
               "rows of one of the two are lost");
        return;
      }
      now = id == page.position ? use : PageUse::kOverflow;
    }
  }

  bool CanBeFree(uint64_t id) const { return id >= kMetaPages && id < meta_.high_water; }

  // `count` numbers in a row, the first of them `id`.
  void ReportImpossible(uint64_t id, size_t count, uint64_t offset) {
    ReportFreelist(
        offset,
        "the freelist names page " + std::to_string(id) +
            (count > 1 ? " and " + Counted(count - 1, "other", "others") + " behind it" : "") +
            ", and only pages from 2 on and below " + std::to_string(meta_.high_water) +
            " can be free");
  }

  // `id` can be free.
  void MarkFree(uint64_t id, uint64_t offset) {
    if (id >= uses_.size()) return;  // the file is too short, which is said already
    if (uses_[id] == PageUse::kFree) {
      ReportFreelist(offset, "the freelist names page " + std::to_string(id) + " twice");
    } else if (uses_[id] != PageUse::kLost) {
      ReportFreelist(offset, "the freelist names its own page " + std::to_string(id));
    } else {
      uses_[id] = PageUse::kFree;
    }
  }

  void ReportFreelist(uint64_t offset, std::string what) {
    findings_.Report({.kind = kBadFreelist,
                      .file = file_.path(),
                      .offset = offset,
                      .what = std::move(what),
                      .consequence = "a writer may reuse pages that are in use"});
  }

  void Report(FindingKind kind, uint64_t page, std::string what, std::string consequence = {}) {
    findings_.Report({.kind = kind,
                      .file = file_.path(),
                      .offset = page * file_.page_size(),
                      .what = std::move(what),
                      .consequence = std::move(consequence)});
  }

  const File& file_;
  const Meta& meta_;
  std::vector<PageUse>& uses_;
  FindingSink& findings_;
};

}  // namespace

PageMap::PageMap(const Database& database, FindingSink& findings)
    : uses_(std::min(database.meta().high_water, database.file().page_count()), PageUse::kLost) {
  std::fill_n(uses_.begin(), std::min(kMetaPages, size()), PageUse::kMeta);
  Marker marker(database, uses_, findings);
  const bool knows_free = marker.ReadFreelist();
  ForEachPage(database, findings, [&](const PageVisit& visit) { marker.Visit(visit); });
  if (!knows_free) {
    std::ranges::replace(uses_, PageUse::kLost, PageUse::kFree);
  } else {
    ReportLost(database.file(), findings);
  }
  free_pages_ = static_cast<uint64_t>(std::ranges::count(uses_, PageUse::kFree));
}

void PageMap::ReportLost(const File& file, FindingSink& findings) const {
  for (uint64_t id = 0; id < size(); ++id) {
    if (uses_[id] != PageUse::kLost) continue;
    uint64_t end = id;
    while (end < size() && uses_[end] == PageUse::kLost) ++end;
    findings.Report({.kind = kLostPages,
                     .file = file.path(),
                     .offset = id * file.page_size(),
                     .length = (end - id) * file.page_size(),
                     .what = PagesText(id, end) + " neither in use nor free",
                     .consequence = "the space is lost until a defragmentation"});
    id = end;
  }
}

uint64_t PageMap::OwnerOf(uint64_t id) const {
  while (id > 0 && uses_[id] == PageUse::kOverflow) --id;
  return id;
}

}  // namespace etcdf::bolt
