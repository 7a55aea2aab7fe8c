// CSV as RFC 4180 has it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace etcdf::output {

// Appends one cell, quoted where it must be. A cell that a spreadsheet would run as a formula (it
// begins with = + - @ tab or CR) gets an apostrophe in front, as text from evidence must not act.
void AppendCsvCell(std::string& out, std::string_view text);

// Appends a line of such cells.
void AppendCsvRow(std::string& out, const std::vector<std::string>& cells);

}  // namespace etcdf::output
