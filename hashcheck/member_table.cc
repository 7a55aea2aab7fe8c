#include <algorithm>

#include "base/escape.h"
#include "hashcheck/views.h"
#include "output/table.h"

namespace etcdf::hashcheck {
namespace {

using output::Align;

template <typename Number>
std::string OrDash(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : "-";
}

bool IsMinority(const Member& member, const Comparison& comparison) {
  return std::ranges::any_of(comparison.minority,
                             [&](size_t i) { return comparison.compared[i] == &member; });
}

}  // namespace

void AppendMemberTable(std::string& out, const ViewContext& context) {
  const Comparison& comparison = context.comparison;
  const std::string at =
      comparison.window ? " AT " + std::to_string(comparison.window->until) : std::string();
  output::Table table({{"", Align::kLeft},
                       {"NODE ID", Align::kLeft},
                       {"TERM", Align::kRight},
                       {"LAST", Align::kRight},
                       {"COMMIT", Align::kRight},
                       {"APPLIED", Align::kRight},
                       {"REVISION", Align::kRight},
                       {"COMPACTED", Align::kRight},
                       {"KEYS", Align::kRight},
                       {"SIZE", Align::kRight},
                       {"HASHKV" + at, Align::kRight},
                       {"", Align::kLeft}});
  for (const auto& member : context.members) {
    const std::string name = Printable(member->name);
    if (!member->readable()) {
      table.AddRow({name, "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "<- cannot be read"});
      continue;
    }
    const mvcc::Status& status = member->status;
    const wal::LogSummary* const log = member->log ? &member->log->summary() : nullptr;
    const auto identity = member->identity();
    const int64_t compacted = status.CompactRevision();
    std::optional<uint32_t> hash_kv;
    if (member->hash_kv) hash_kv = member->hash_kv->hash;
    table.AddRow({name, identity ? HexId(identity->node_id) : "-",
                  log != nullptr ? std::to_string(log->state.term) : OrDash(status.term),
                  log != nullptr ? std::to_string(log->entries.index_last) : "-",
                  log != nullptr ? std::to_string(log->commit) : "-",
                  OrDash(status.consistent_index), std::to_string(status.CurrentRevision()),
                  compacted > 0 ? std::to_string(compacted) : "-", std::to_string(member->keys),
                  std::to_string(member->database.database->size_bytes()), OrDash(hash_kv),
                  IsMinority(*member, comparison) ? "<- alone" : ""});
  }
  table.Append(out);
}

}  // namespace etcdf::hashcheck
