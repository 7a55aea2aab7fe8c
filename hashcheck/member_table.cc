#include "base/escape.h"
#include "hashcheck/views.h"

namespace etcdf::hashcheck {
namespace {

using output::Align;

template <typename Number>
std::string OrDash(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : "-";
}

}  // namespace

MemberSheet MakeMemberSheet(const ViewContext& context) {
  const Comparison& comparison = context.comparison;
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
    const mvcc::Status& status = member->status;
    const wal::LogSummary* const log = member->log ? &member->log->summary() : nullptr;
    const auto identity = member->identity();
    const int64_t compacted = status.CompactRevision();
    std::optional<uint32_t> hash_kv;
    if (member->hash_kv) hash_kv = member->hash_kv->hash;
    sheet.rows.push_back(
        {.cells = {name, identity ? HexId(identity->node_id) : "-",
                   log != nullptr ? std::to_string(log->state.term) : OrDash(status.term),
                   log != nullptr ? std::to_string(log->entries.index_last) : "-",
                   log != nullptr ? std::to_string(log->commit) : "-",
                   OrDash(status.consistent_index), std::to_string(status.CurrentRevision()),
                   compacted > 0 ? std::to_string(compacted) : "-", std::to_string(member->keys),
                   std::to_string(member->database.database->size_bytes()), OrDash(hash_kv)},
         .mark = comparison.StandsAlone(*member) ? "alone" : ""});
  }
  return sheet;
}

void AppendMemberTable(std::string& out, const ViewContext& context) {
  MemberSheet sheet = MakeMemberSheet(context);
  sheet.columns.push_back({"", Align::kLeft});
  output::Table table(std::move(sheet.columns));
  for (MemberSheet::Row& row : sheet.rows) {
    row.cells.push_back(row.mark.empty() ? "" : "<- " + row.mark);
    table.AddRow(std::move(row.cells));
  }
  table.Append(out);
}

}  // namespace etcdf::hashcheck
