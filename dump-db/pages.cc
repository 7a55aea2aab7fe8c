#include <optional>

#include "bolt/page_map.h"
#include "dump-db/bolt_pages.h"
#include "dump-db/store.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

struct PageRow {
  uint64_t id = 0;
  std::string type;
  // Absent on a free page, where they say nothing.
  std::optional<uint64_t> items = {};
  std::optional<uint64_t> overflow = {};
};

std::string Padded(std::string cell, size_t width) {
  if (cell.size() < width) cell.resize(width, ' ');
  return cell;
}

std::string NumberText(const std::optional<uint64_t>& number) {
  return number ? std::to_string(*number) : "";
}

// The layout of `bbolt pages` (bbolt v1.4.3, cmd/bbolt/main.go), trailing blanks included.
void AppendText(std::string& out, const PageRow& row) {
  out += Padded(std::to_string(row.id), 8) + " " + Padded(row.type, 10) + " " +
         Padded(NumberText(row.items), 6) + " " +
         Padded(row.overflow.value_or(0) == 0 ? "" : NumberText(row.overflow), 6) + "\n";
}

void AppendJson(std::string& out, const PageRow& row) {
  output::JsonWriter json(out);
  json.BeginObject();
  json.Uint("page", row.id);
  json.Text("type", row.type);
  if (row.items) json.Uint("items", *row.items);
  if (row.overflow) json.Uint("overflow", *row.overflow);
  json.EndObject();
  json.EndLine();
}

void AppendRow(std::string& out, const PageRow& row, Format format) {
  switch (format) {
    case Format::kJson: return AppendJson(out, row);
    case Format::kCsv:
      out += std::to_string(row.id) + "," + row.type + "," + NumberText(row.items) + "," +
             NumberText(row.overflow) + "\r\n";
      return;
    default: return AppendText(out, row);
  }
}

std::string Header(Format format) {
  switch (format) {
    case Format::kJson: return "";
    case Format::kCsv: return "page,type,items,overflow\r\n";
    default:
      return "ID       TYPE       ITEMS  OVRFLW\n"
             "======== ========== ====== ======\n";
  }
}

PageRow RowOf(const bolt::File& file, uint64_t id) {
  const auto page = file.PageAt(id);
  if (!page) return {.id = id, .type = "cut off"};
  return {.id = id,
          .type = bolt::PageTypeName(page->header.flags),
          .items = page->header.count,
          .overflow = page->header.overflow};
}

}  // namespace

// A row for each page but those that go on from one before. Where no meta page can be used, for
// each page of the file: what is free is not known then.
Result<void> Pages(const VerbContext& context) {
  const bolt::File& file = *context.evidence.bolt;
  std::optional<bolt::PageMap> map;
  if (const auto database = OpenBolt(context)) map.emplace(**database, context.findings);
  LineWriter lines(context.out);
  lines.text = Header(context.options.format);
  const uint64_t end = map ? map->size() : file.page_count();
  for (uint64_t id = 0; id < end; ++id) {
    if (map && map->use(id) == bolt::PageUse::kOverflow) continue;
    const bool is_free = map && map->use(id) == bolt::PageUse::kFree;
    AppendRow(lines.text, is_free ? PageRow{.id = id, .type = "free"} : RowOf(file, id),
              context.options.format);
    if (!lines.EndLine()) break;
  }
  return {};
}

}  // namespace etcdf::dump_db
