// Text of unknown origin, for HTML.
#pragma once

#include <string>
#include <string_view>

namespace etcdf::output {

// Appends `text` so that it shows as text wherever it stands, between tags or within the quotes of
// an attribute: & < > " ' go by name. Bytes that are not UTF-8, control characters and marks that
// turn the direction of writing become \ooo (Printable), as on a terminal; so what is appended is
// UTF-8 on one line.
void AppendHtml(std::string& out, std::string_view text);

}  // namespace etcdf::output
