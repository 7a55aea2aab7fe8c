#include "output/html.h"

#include "base/escape.h"

namespace etcdf::output {

void AppendHtml(std::string& out, std::string_view text) {
  for (const char c : Printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
}

}  // namespace etcdf::output
