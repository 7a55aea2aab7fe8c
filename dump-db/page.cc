#include <algorithm>
#include <optional>

#include "base/escape.h"
#include "bolt/freelist.h"
#include "bolt/page_map.h"
#include "describe/value.h"
#include "dump-db/bolt_pages.h"
#include "dump-db/store.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

std::string_view UseName(bolt::PageUse use) {
  switch (use) {
    case bolt::PageUse::kLost: return "lost";
    case bolt::PageUse::kFree: return "free";
    case bolt::PageUse::kMeta: return "meta";
    case bolt::PageUse::kFreelist: return "freelist";
    case bolt::PageUse::kTree: return "tree";
    case bolt::PageUse::kOverflow: return "overflow";
  }
  return "";
}

// What the page is in use for, as far as that is known.
struct Use {
  std::string_view name = "unknown";
  std::optional<uint64_t> owner = {};  // of an overflow page
};

Use UseOf(const VerbContext& context, uint64_t id) {
  const auto database = OpenBolt(context);
  if (!database) return {};
  if (id >= (*database)->meta().high_water) return {.name = "never used"};
  const bolt::PageMap map(**database, context.findings);
  if (id >= map.size()) return {};
  Use use{.name = UseName(map.use(id))};
  if (map.use(id) == bolt::PageUse::kOverflow) use.owner = map.OwnerOf(id);
  return use;
}

// Elements that the page has room for.
size_t ElementCount(const bolt::Page& page) {
  return std::min<size_t>(page.header.count,
                          (page.bytes.size() - bolt::kPageHeaderBytes) / bolt::kElementBytes);
}

std::string BucketText(const bolt::LeafRow& row) {
  const auto bucket = bolt::DecodeBucketHeader(row.value);
  if (!bucket) return "<no bucket>";
  return "<pgid=" + std::to_string(bucket->root) + ",seq=" + std::to_string(bucket->sequence) + ">";
}

// Bytes as `bbolt page` shows them.
void AppendKeyText(std::string& out, Bytes bytes) { out += bolt::KeyText(bytes); }

// Elements that lie over each other could show a page's bytes some thousand times. All that are
// as bbolt packs them hold fewer bytes than their page.
class ShownBytes {
 public:
  explicit ShownBytes(const bolt::Page& page) : left_(page.bytes.size()) {}
  // Whether an element of so many bytes is still to be shown.
  bool Take(uint64_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

 private:
  uint64_t left_;
};

constexpr char kOverlaps[] = "<lies over elements before: their bytes are the page's already>";
constexpr char kOutside[] = "<key or value outside of the page>";

// The layout of `bbolt page` (bbolt v1.4.3, cmd/bbolt/page_command.go), with the page's use.
class TextPage {
 public:
  TextPage(const Options& options, LineWriter& lines) : options_(options), lines_(lines) {}

  void Show(const bolt::Page& page, const Use& use) {
    Line("Page ID:    " + std::to_string(page.header.id) +
         (page.header.id == page.position ? "" : ", at " + std::to_string(page.position)));
    Line("Page Type:  " + bolt::PageTypeName(page.header.flags));
    Line("Page Use:   " + std::string(use.name));
    Line("Total Size: " + std::to_string(page.bytes.size()) + " bytes");
    Line("Overflow pages: " + std::to_string(page.header.overflow));
    switch (page.header.flags) {
      case bolt::kMetaPage: return ShowMeta(page);
      case bolt::kLeafPage: return ShowLeaf(page);
      case bolt::kBranchPage: return ShowBranch(page);
      case bolt::kFreelistPage: return ShowFreelist(page);
      default: return;
    }
  }

 private:
  void Line(const std::string& text) {
    lines_.text += text + "\n";
    lines_.EndLine();
  }

  void ShowMeta(const bolt::Page& page) {
    const bolt::Meta meta = bolt::DecodeMeta(page.bytes);
    Line("Version:    " + std::to_string(meta.version));
    Line("Page Size:  " + std::to_string(meta.page_size) + " bytes");
    Line("Flags:      " + FixedHex(meta.flags, 8));
    Line("Root:       <pgid=" + std::to_string(meta.root) + ">");
    Line("Freelist:   <pgid=" + std::to_string(meta.freelist) + ">");
    Line("HWM:        <pgid=" + std::to_string(meta.high_water) + ">");
    Line("Txn ID:     " + std::to_string(meta.txid));
    Line("Checksum:   " + FixedHex(meta.checksum, 16));
    Line("State:      " + std::string(bolt::MetaStateText(meta.state)));
    Line("");
  }

  void ShowLeaf(const bolt::Page& page) {
    Line("Item Count: " + std::to_string(page.header.count) + "\n");
    ShownBytes shown(page);
    for (size_t i = 0; i < ElementCount(page); ++i) {
      const auto row = bolt::LeafRowAt(page, i);
      if (row && !shown.Take(row->key.size() + row->value.size())) {
        Line(kOverlaps);
      } else {
        Line(row ? bolt::KeyText(row->key) + ": " + ValueText(*row) : kOutside);
      }
    }
    Line("");
  }

  std::string ValueText(const bolt::LeafRow& row) const {
    if (row.is_bucket) return BucketText(row);
    std::string text;
    if (!describe::LeavesOut(options_.values)) {
      describe::AppendValue(text, row.value, options_.values, AppendKeyText);
    }
    return text;
  }

  void ShowBranch(const bolt::Page& page) {
    Line("Item Count: " + std::to_string(page.header.count) + "\n");
    ShownBytes shown(page);
    for (size_t i = 0; i < ElementCount(page); ++i) {
      const auto element = bolt::BranchElementAt(page, i);
      const bool overlaps = element && !shown.Take(element->key.size());
      Line((overlaps  ? kOverlaps
            : element ? bolt::KeyText(element->key)
                      : kOutside) +
           ": <pgid=" + std::to_string(bolt::BranchChildAt(page, i)) + ">");
    }
    Line("");
  }

  void ShowFreelist(const bolt::Page& page) {
    const auto list = bolt::DecodeFreelist(page);
    if (!list) return;
    Line("Item Count: " + std::to_string(list->count));
    Line("Overflow: " + std::to_string(page.header.overflow) + "\n");
    for (size_t i = 0; i < list->size(); ++i) Line(std::to_string((*list)[i]));
    Line("");
  }

  const Options& options_;
  LineWriter& lines_;
};

class JsonPage {
 public:
  JsonPage(const Options& options, LineWriter& lines)
      : options_(options), lines_(lines), json_(lines.text) {}

  void Show(const bolt::Page& page, const Use& use) {
    json_.BeginObject();
    json_.Uint("page", page.position);
    json_.Uint("id", page.header.id);
    json_.Text("type", bolt::PageTypeName(page.header.flags));
    json_.Text("use", use.name);
    json_.Uint("items", page.header.count);
    json_.Uint("overflow", page.header.overflow);
    json_.Uint("size", page.bytes.size());
    ShowContent(page);
    json_.EndObject();
    json_.EndLine();
  }

 private:
  void ShowContent(const bolt::Page& page) {
    switch (page.header.flags) {
      case bolt::kMetaPage: return ShowMeta(bolt::DecodeMeta(page.bytes));
      case bolt::kLeafPage:
        return ShowElements(page,
                            [&](size_t i, ShownBytes& shown) { ShowLeafElement(page, i, shown); });
      case bolt::kBranchPage:
        return ShowElements(
            page, [&](size_t i, ShownBytes& shown) { ShowBranchElement(page, i, shown); });
      case bolt::kFreelistPage: return ShowFreelist(page);
      default: return;
    }
  }

  void ShowMeta(const bolt::Meta& meta) {
    json_.Name("meta");
    json_.BeginObject();
    WriteMetaJson(json_, meta);
    json_.EndObject();
  }

  template <typename Element>
  void ShowElements(const bolt::Page& page, Element show) {
    json_.Name("elements");
    json_.BeginArray();
    ShownBytes shown(page);
    for (size_t i = 0; i < ElementCount(page); ++i) {
      json_.BeginObject();
      show(i, shown);
      json_.EndObject();
      lines_.EndLine();
    }
    json_.EndArray();
  }

  void ShowLeafElement(const bolt::Page& page, size_t i, ShownBytes& shown) {
    const auto row = bolt::LeafRowAt(page, i);
    if (!row) return json_.Bool("outside", true);
    if (!shown.Take(row->key.size() + row->value.size())) return json_.Bool("overlaps", true);
    json_.Bytes("key", row->key);
    if (!row->is_bucket) return describe::WriteValue(json_, "value", row->value, options_.values);
    const auto bucket = bolt::DecodeBucketHeader(row->value);
    json_.Bool("bucket", true);
    if (!bucket) return;
    json_.Uint("root", bucket->root);
    json_.Uint("sequence", bucket->sequence);
  }

  void ShowBranchElement(const bolt::Page& page, size_t i, ShownBytes& shown) {
    const auto element = bolt::BranchElementAt(page, i);
    if (!element) {
      json_.Bool("outside", true);
    } else if (!shown.Take(element->key.size())) {
      json_.Bool("overlaps", true);
    } else {
      json_.Bytes("key", element->key);
    }
    json_.Uint("child", bolt::BranchChildAt(page, i));
  }

  void ShowFreelist(const bolt::Page& page) {
    const auto list = bolt::DecodeFreelist(page);
    if (!list) return;
    json_.Name("free");
    json_.BeginArray();
    for (size_t i = 0; i < list->size(); ++i) json_.Uint((*list)[i]);
    json_.EndArray();
  }

  const Options& options_;
  LineWriter& lines_;
  output::JsonWriter json_;
};

void ShowOverflow(const VerbContext& context, uint64_t owner) {
  const uint64_t id = context.options.page_id;
  std::string text;
  if (context.options.format == Format::kJson) {
    output::JsonWriter json(text);
    json.BeginObject();
    json.Uint("page", id);
    json.Text("use", UseName(bolt::PageUse::kOverflow));
    json.Uint("owner", owner);
    json.EndObject();
    json.EndLine();
  } else {
    text = "Page " + std::to_string(id) + " goes on from page " + std::to_string(owner) + "\n";
  }
  context.out.Write(text);
}

}  // namespace

Result<void> Page(const VerbContext& context) {
  const bolt::File& file = *context.evidence.bolt;
  const uint64_t id = context.options.page_id;
  const auto page = file.PageAt(id);
  if (!page) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "the file ends before this page",
                 .subject = file.path() + ", page " + std::to_string(id)});
  }
  const Use use = UseOf(context, id);
  if (use.owner) {
    ShowOverflow(context, *use.owner);
    return {};
  }
  LineWriter lines(context.out);
  if (context.options.format == Format::kJson) {
    JsonPage(context.options, lines).Show(*page, use);
  } else {
    TextPage(context.options, lines).Show(*page, use);
  }
  return {};
}

}  // namespace etcdf::dump_db
