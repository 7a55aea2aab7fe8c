#include "output/table.h"

#include <algorithm>

namespace etcdf::output {
namespace {

// Columns on a screen: UTF-8 continuation bytes take no room of their own.
size_t Width(const std::string& cell) {
  return static_cast<size_t>(std::ranges::count_if(
      cell, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

void Table::Append(std::string& out) const {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = Width(titles[i]);
    for (const auto& row : rows_) width = std::max(width, Width(row[i]));
    widths.push_back(width);
  }
  const auto append_row = [&](const std::vector<std::string>& cells) {
    const size_t line_begin = out.size();
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += "  ";
      const size_t padding = widths[i] - Width(cells[i]);
      if (columns_[i].align == Align::kRight) out.append(padding, ' ');
      out += cells[i];
      if (columns_[i].align == Align::kLeft) out.append(padding, ' ');
    }
    while (out.size() > line_begin && out.back() == ' ') out.pop_back();
    out += '\n';
  };
  append_row(titles);
  for (const auto& row : rows_) append_row(row);
}

}  // namespace etcdf::output
