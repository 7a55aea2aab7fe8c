// The parts of the page that `-w html` writes. All append to `out`; whatever comes from evidence is
// escaped on its way (output/html.h).
#pragma once

#include <string>
#include <string_view>

#include "hashcheck/views/views.h"

namespace etcdf::hashcheck {

// The page's one style sheet: readable on a phone, on paper, and in the dark.
extern const std::string_view kPageStyle;

// `<TAG>text</TAG>` with the text escaped. `tag` may bear attributes: `th scope="col"`.
void AppendElement(std::string& out, std::string_view tag, std::string_view text);

// What opens and closes the box in which a wide table scrolls, so that the page never does.
void BeginTable(std::string& out, std::string_view caption, std::string_view table_class);
void EndTable(std::string& out);

// Which stretches of the history differ, by member.
void AppendHeatMap(std::string& out, const ViewContext& context);

// What the sums of digests and the hashes of running members say, if there are any.
void AppendSums(std::string& out, const ViewContext& context);

// The terms by index in each member's log, as figure 7 of the raft paper draws them.
void AppendLogPicture(std::string& out, const ViewContext& context);

// What the audits say, member by member.
void AppendAudits(std::string& out, const ViewContext& context);

// Which member to restore from.
void AppendBestMember(std::string& out, const ViewContext& context);

}  // namespace etcdf::hashcheck
