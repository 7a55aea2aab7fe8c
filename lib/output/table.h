// A table for people: columns as wide as their widest cell, two spaces apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace etcdf::output {

enum class Align : uint8_t { kLeft, kRight };

// Holds its rows until it is printed: meant for tables that fit a screen or a few thousand lines.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns. Cells are printable text, one line each.
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Appends title and rows, a line each, without trailing blanks.
  void Append(std::string& out) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace etcdf::output
