#include "output/box_table.h"

#include <algorithm>
#include <string_view>

namespace etcdf::output {
namespace {

// A horizontal line: how it begins, what stands where columns meet, how it ends.
struct Rule {
  std::string_view left, cross, right;
};

struct Lines {
  std::string_view across, down;
  Rule top, middle, bottom;
};

constexpr Lines kAsciiLines = {.across = "-",
                               .down = "|",
                               .top = {"+", "+", "+"},
                               .middle = {"+", "+", "+"},
                               .bottom = {"+", "+", "+"}};
constexpr Lines kUnicodeLines = {.across = "─",
                                 .down = "│",
                                 .top = {"┌", "┬", "┐"},
                                 .middle = {"├", "┼", "┤"},
                                 .bottom = {"└", "┴", "┘"}};

class Box {
 public:
  Box(std::string& out, BoxStyle style, const std::vector<std::string>& titles)
      : out_(out), lines_(style == BoxStyle::kAscii ? kAsciiLines : kUnicodeLines) {
    for (const std::string& title : titles) widths_.push_back(title.size());
  }

  void Widen(const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], cells[i].size());
  }

  void AppendRule(const Rule& rule) {
    for (size_t i = 0; i < widths_.size(); ++i) {
      out_ += i == 0 ? rule.left : rule.cross;
      for (size_t n = 0; n < widths_[i] + 2; ++n) out_ += lines_.across;
    }
    out_ += rule.right;
    out_ += '\n';
  }

  enum class Place : uint8_t { kMiddle, kRight };
  void AppendCells(const std::vector<std::string>& cells, Place place) {
    for (size_t i = 0; i < cells.size(); ++i) {
      const size_t room = widths_[i] - cells[i].size();
      const size_t before = place == Place::kRight ? room : room / 2;
      out_ += lines_.down;
      out_.append(before + 1, ' ');
      out_ += cells[i];
      out_.append(room - before + 1, ' ');
    }
    out_ += lines_.down;
    out_ += '\n';
  }

  const Lines& lines() const { return lines_; }

 private:
  std::string& out_;
  const Lines& lines_;
  std::vector<size_t> widths_;
};

}  // namespace

void AppendBoxTable(std::string& out, BoxStyle style, const std::vector<std::string>& titles,
                    const std::vector<std::vector<std::string>>& rows) {
  Box box(out, style, titles);
  for (const auto& row : rows) box.Widen(row);
  box.AppendRule(box.lines().top);
  box.AppendCells(titles, Box::Place::kMiddle);
  box.AppendRule(box.lines().middle);
  for (const auto& row : rows) box.AppendCells(row, Box::Place::kRight);
  box.AppendRule(box.lines().bottom);
}

}  // namespace etcdf::output
