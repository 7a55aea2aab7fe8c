// What hashcheck prints, a file for each form.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/comparison.h"
#include "hashcheck/audit.h"
#include "hashcheck/evidence.h"
#include "hashcheck/options.h"
#include "output/table.h"
#include "restore/best_member.h"
#include "restore/origin.h"

namespace etcdf::hashcheck {

using cluster::Comparison;
using cluster::Doubt;
using cluster::DoubtKind;
using cluster::Group;
using cluster::Relation;
using cluster::Rolled;
using cluster::RowsInRanges;
using cluster::SumsComparison;
using cluster::SumsResult;
using cluster::SumVerdict;
using cluster::SumVerdictName;
using cluster::Verdict;
using cluster::VerdictName;

struct ViewContext {
  const Options& options;
  const std::vector<std::unique_ptr<Member>>& members;
  const Comparison& comparison;
  const std::vector<MemberAudit>& audits;          // of all members, or none
  const std::optional<restore::BestMember>& best;  // if that was asked for
  const std::vector<restore::Origin>& origins;     // of all members
  size_t shown = 0;                                // which of the groups

  const Group& group() const { return comparison.groups[shown]; }
  bool are_strangers() const { return comparison.groups.size() > 1; }
  // The same for another group.
  ViewContext For(size_t group) const {
    ViewContext context = *this;
    context.shown = group;
    return context;
  }
};

// What the table of members shows.
struct MemberSheet {
  std::vector<output::Table::Column> columns;
  struct Row {
    std::vector<std::string> cells;  // as many as there are columns; printable
    std::string mark = {};           // "alone", "cannot be read" or nothing
  };
  std::vector<Row> rows = {};  // of each of context.members
};
MemberSheet MakeMemberSheet(const ViewContext& context);

// All append to `out`.
void AppendMemberTable(std::string& out, const ViewContext& context);
void AppendStory(std::string& out, const ViewContext& context);
void AppendJson(std::string& out, const ViewContext& context);
// "Name" : value lines, as etcdutl's `-w fields`.
void AppendFields(std::string& out, const ViewContext& context);
// A page of its own for a browser: nothing in it is fetched from elsewhere, and nothing in it runs.
void AppendHtmlPage(std::string& out, const ViewContext& context);

}  // namespace etcdf::hashcheck
