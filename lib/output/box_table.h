// Tables in boxes, as etcd's own tools draw them (github.com/olekukonko/tablewriter, of which etcd
// 3.6 and 3.7 link different versions).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace etcdf::output {

enum class BoxStyle : uint8_t {
  kAscii,    // + - |: etcd 3.6
  kUnicode,  // lines of box characters: etcd 3.7
};

// Appends titles, in the middle of their columns, and rows, to the right. Each row has as many
// cells as there are titles; a cell is printable ASCII, one line.
void AppendBoxTable(std::string& out, BoxStyle style, const std::vector<std::string>& titles,
                    const std::vector<std::vector<std::string>>& rows);

}  // namespace etcdf::output
