#include "base/escape.h"
#include "hashcheck/views/views.h"

namespace etcdf::hashcheck {
namespace {

using output::Align;

template <typename Number>
std::string OrDash(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : "-";
}

}  // namespace

MemberSheet MakeMemberSheet(const ViewContext& context) {
  const Group& comparison = context.group();
  const std::string at =
      comparison.window ? " AT " + std::to_string(comparison.window->until) : std::string();
  MemberSheet sheet{.columns = {{"", Align::kLeft},
                                {"NODE ID", Align::kLeft},
                                {"TERM", Align::kRight},
                                {"LAST", Align::kRight},
                                {"COMMIT", Align::kRight},
                                {"APPLIED", Align::kRight},
                                {"REVISION", Align::kRight},
                                {"COMPACTED", Align::kRight},
                                {"KEYS", Align::kRight},
                                {"SIZE", Align::kRight},
                                {"HASHKV" + at, Align::kRight}}};
  for (const auto& member : context.members) {
    const std::string name = Printable(member->name);
    if (!member->readable()) {
      std::vector<std::string> cells(sheet.columns.size(), "-");
      cells.front() = name;
      sheet.rows.push_back({.cells = std::move(cells), .mark = "cannot be read"});
      continue;
    }
    const digest::Facts facts = member->Facts();
    sheet.rows.push_back({.cells = {name, facts.node_id ? HexId(*facts.node_id) : "-",
                                    OrDash(facts.log_term ? facts.log_term : facts.term),
                                    OrDash(facts.log_last_index), OrDash(facts.commit),
                                    OrDash(facts.consistent_index), OrDash(facts.revision),
                                    OrDash(facts.compact_revision), OrDash(facts.keys),
                                    OrDash(facts.size_bytes), OrDash(facts.hash_kv)},
                          .mark = context.comparison.StandsAlone(*member) ? "alone" : ""});
  }
  return sheet;
}

}  // namespace etcdf::hashcheck
