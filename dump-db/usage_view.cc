#include "dump-db/usage_view.h"

#include <algorithm>

#include "base/escape.h"
#include "dump-db/store.h"
#include "output/csv.h"
#include "output/json_writer.h"
#include "output/table.h"

namespace etcdf::dump_db {
namespace {

std::string_view NameOf(GroupBy by) {
  switch (by) {
    case GroupBy::kPrefix: return "prefix";
    case GroupBy::kKind: return "kind";
    case GroupBy::kManager: return "manager";
    case GroupBy::kNamespace: return "namespace";
    case GroupBy::kKey: return "key";
  }
  return "";
}

class UsagePrinter {
 public:
  UsagePrinter(const VerbContext& context, const std::vector<UsageColumn>& columns, bool is_whole)
      : columns_(columns),
        is_whole_(is_whole),
        by_(NameOf(context.options.group_by)),
        lines_(context.out) {}

  void PrintJson(const mvcc::UsageReport& report) {
    for (const auto& group : report.groups) {
      if (!WriteObject([&](auto& json) { json.Bytes(by_, AsBytes(group.name)); }, group.usage)) {
        return;
      }
    }
    if (report.other_groups > 0) {
      WriteObject([&](auto& json) { json.Uint("other_groups", report.other_groups); },
                  report.others);
    }
    if (is_whole_) {
      WriteObject([](auto& json) { json.Bool("total", true); }, report.total);
    } else {
      WriteUnknownTotal();
    }
  }

  void PrintCsv(const mvcc::UsageReport& report) {
    lines_.text += by_;
    for (const UsageColumn& column : columns_) (lines_.text += ',') += column.name;
    lines_.text += ",largest_value_bytes,largest_value_key\r\n";
    ForEachRow(report, [&](const std::vector<std::string>& cells) {
      for (const std::string& cell : cells) {
        if (&cell != cells.data()) lines_.text += ',';
        output::AppendCsvCell(lines_.text, cell);
      }
      lines_.text += "\r\n";
      return lines_.EndLine();
    });
  }

  void PrintText(const mvcc::UsageReport& report) {
    using output::Align;
    std::string title(by_);
    std::ranges::transform(title, title.begin(),
                           [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    std::vector<output::Table::Column> titles = {{title}};
    for (const UsageColumn& column : columns_) {
      titles.push_back({std::string(column.title), Align::kRight});
    }
    titles.push_back({"LARGEST VALUE", Align::kRight});
    titles.push_back({"OF"});
    output::Table table(std::move(titles));
    ForEachRow(report, [&](std::vector<std::string> cells) {
      table.AddRow(std::move(cells));
      return true;
    });
    table.Append(lines_.text);
  }

 private:
  template <typename WriteName>
  bool WriteObject(WriteName write_name, const mvcc::Usage& usage) {
    output::JsonWriter json(lines_.text);
    json.BeginObject();
    write_name(json);
    for (const UsageColumn& column : columns_) json.Uint(column.name, column.figure(usage));
    json.Uint("largest_value_bytes", usage.largest_value_bytes);
    json.Bytes("largest_value_key", AsBytes(usage.largest_value_key));
    json.EndObject();
    json.EndLine();
    return lines_.EndLine();
  }

  void WriteUnknownTotal() {
    output::JsonWriter json(lines_.text);
    json.BeginObject();
    json.Bool("total", true);
    for (const UsageColumn& column : columns_) json.Raw(column.name, "null");
    json.Raw("largest_value_bytes", "null");
    json.Raw("largest_value_key", "null");
    json.EndObject();
    json.EndLine();
    lines_.EndLine();
  }

  // All rows as cells, until `show` returns false.
  template <typename ShowCells>
  void ForEachRow(const mvcc::UsageReport& report, ShowCells show) {
    for (const auto& group : report.groups) {
      if (!show(Cells(PrintableKey(group.name), group.usage))) return;
    }
    if (report.other_groups > 0) {
      const std::string name = "(" + std::to_string(report.other_groups) + " others)";
      if (!show(Cells(name, report.others))) return;
    }
    std::vector<std::string> total = Cells("(total)", report.total);
    if (!is_whole_) std::fill(total.begin() + 1, total.end(), "-");
    show(std::move(total));
  }

  std::vector<std::string> Cells(std::string name, const mvcc::Usage& usage) const {
    std::vector<std::string> cells = {std::move(name)};
    for (const UsageColumn& column : columns_) {
      cells.push_back(std::to_string(column.figure(usage)));
    }
    cells.push_back(std::to_string(usage.largest_value_bytes));
    cells.push_back(PrintableKey(usage.largest_value_key));
    return cells;
  }

  const std::vector<UsageColumn>& columns_;
  bool is_whole_;
  std::string_view by_;
  LineWriter lines_;
};

}  // namespace

void PrintUsage(const VerbContext& context, const mvcc::UsageReport& report, bool is_whole,
                const std::vector<UsageColumn>& columns) {
  UsagePrinter printer(context, columns, is_whole);
  switch (context.options.format) {
    case Format::kJson: return printer.PrintJson(report);
    case Format::kCsv: return printer.PrintCsv(report);
    default: return printer.PrintText(report);
  }
}

}  // namespace etcdf::dump_db
