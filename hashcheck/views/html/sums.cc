#include <algorithm>

#include "hashcheck/views/html/page.h"
#include "hashcheck/views/sums_words.h"
#include "hashcheck/views/words.h"

namespace etcdf::hashcheck {
namespace {

void AppendPairs(std::string& out, const ViewContext& context) {
  BeginTable(out, "What sums over ranges say of each two members", "sums");
  out += R"(<thead><tr><th scope="col">MEMBERS</th><th scope="col">PART</th>)"
         R"(<th scope="col">OUTCOME</th></tr></thead>)"
         "\n<tbody>\n";
  for (const SumsComparison& pair : context.group().sums.pairs) {
    for (const PartText& part : PartsOf(pair, context.options.all)) {
      out += "<tr>";
      AppendElement(
          out, R"(th scope="row")",
          context.group().members[pair.a]->name + " " + context.group().members[pair.b]->name);
      AppendElement(out, "td", part.part);
      AppendElement(out, "td", part.text);
      out += "</tr>\n";
    }
  }
  out += "</tbody>";
  EndTable(out);
}

void AppendRows(std::string& out, const RowsInRanges& rows, const ViewContext& context) {
  constexpr size_t kShown = 20;
  constexpr size_t kShownBytes = 2048;
  const size_t shown = context.options.all ? rows.rows.size() : std::min(kShown, rows.rows.size());
  BeginTable(out,
             "Rows of " + context.group().members[rows.member]->name +
                 " in the ranges in which it differs",
             "sides");
  out += R"(<thead><tr><th scope="col">REVISION</th><th scope="col">ROW</th></tr></thead>)"
         "\n<tbody>\n";
  for (size_t i = 0; i < shown; ++i) {
    out += "<tr>";
    AppendElement(out, R"(th scope="row")", mvcc::RevisionText(rows.rows[i].at.revision));
    out += "<td>";
    AppendElement(out, "code", RowText(rows.rows[i], context.options.values, kShownBytes));
    out += "</td></tr>\n";
  }
  out += "</tbody>";
  EndTable(out);
  if (shown < rows.rows.size() || rows.more) {
    AppendElement(out, "p class=\"note\"", "The first " + std::to_string(shown) + " rows.");
  }
}

}  // namespace

void AppendSums(std::string& out, const ViewContext& context) {
  const SumsResult& sums = context.group().sums;
  const std::string hashes = HashesText(context);
  if (sums.pairs.empty() && hashes.empty()) return;
  AppendElement(out, "h2", "Sums and hashes");
  if (!sums.pairs.empty()) AppendPairs(out, context);
  for (const RowsInRanges& rows : sums.rows) AppendRows(out, rows, context);
  if (!hashes.empty()) AppendElement(out, "p", "HashKV " + hashes + ".");
}

}  // namespace etcdf::hashcheck
