#include <limits>

#include "dump-db/store.h"
#include "dump-db/usage_groups.h"
#include "dump-db/usage_view.h"
#include "mvcc/live_rows.h"

namespace etcdf::dump_db {

// What the rows of `key` take, live and history.
Result<void> Space(const VerbContext& context) {
  using mvcc::Usage;
  const auto query = QueryFor(context);
  if (!query) return Fail(query.error());
  const mvcc::Store store = StoreOf(context);
  const auto live = mvcc::FindLiveRows(store, std::numeric_limits<int64_t>::max());
  PrintUsage(
      context, mvcc::MeasureUsage(store, *query, &live), live.is_whole(),
      {{"LIVE KEYS", "live_keys", [](const Usage& u) { return u.live_keys; }},
       {"LIVE BYTES", "live_bytes", [](const Usage& u) { return u.live_bytes; }},
       {"HISTORY BYTES", "history_bytes", [](const Usage& u) { return u.bytes - u.live_bytes; }},
       {"REVISIONS", "revisions", [](const Usage& u) { return u.puts + u.tombstones; }},
       {"TOMBSTONES", "tombstones", [](const Usage& u) { return u.tombstones; }}});
  return {};
}

}  // namespace etcdf::dump_db
