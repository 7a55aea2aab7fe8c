#include "hashcheck/views/views.h"

namespace etcdf::hashcheck {

void AppendMemberTable(std::string& out, const ViewContext& context) {
  MemberSheet sheet = MakeMemberSheet(context);
  sheet.columns.push_back({"", output::Align::kLeft});
  output::Table table(std::move(sheet.columns));
  for (MemberSheet::Row& row : sheet.rows) {
    row.cells.push_back(row.mark.empty() ? "" : "<- " + row.mark);
    table.AddRow(std::move(row.cells));
  }
  table.Append(out);
}

}  // namespace etcdf::hashcheck
