#include "replay/table_history.h"

#include "apply/member_store.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "raft/payload.h"
#include "replay/load.h"
#include "replay/replay.h"

namespace etcdf::replay {
namespace {

bool IsPut(const wire::Entry& entry, raft::Payload& payload) {
  return entry.type == wire::EntryType::kNormal &&
         payload.Decode(entry.data) == raft::PayloadKind::kInternal &&
         payload.request_name() == "put";
}

}  // namespace

TableHistory::TableHistory(const mvcc::Store& database, const apply::Rules& rules,
                           const wal::Log& log, const wal::IndexRange& range) {
  mvcc::UnheardFindings unheard;  // whoever compares the rows reports them
  apply::MemberStore store(rules, apply::KeyStore::History::kDropped);
  TakeTables({.database = database.database, .file = database.file, .findings = unheard}, store);
  store.Restart();
  store.Settle();
  raft::Payload payload;
  ForEachEntry(log, range, [&](const wire::Entry& entry) {
    // Without the keys nothing is known of what others write, nor of who may write as of when.
    const bool writes = !store.Apply(entry).rows.empty() && !store.auth().enabled();
    if (writes && first_write_ == UINT64_MAX && IsPut(entry, payload)) first_write_ = entry.index;
    store.tables().ForEachChange(0, [&](apply::Table table, const std::string& key) {
      const std::string_view bucket = apply::BucketOf(table);
      if (bucket.empty()) return;
      const apply::TableRow* const row = store.tables().Find(table, key);
      std::vector<Version>& versions = rows_[{std::string(bucket), key}];
      if (versions.empty() || versions.back().index != entry.index) {
        versions.push_back({.index = entry.index});
        if (bucket == mvcc::kAuthBucket && key == mvcc::kAuthRevisionName) ++auth_changes_;
      }
      versions.back().row = row == nullptr ? std::nullopt : std::optional(*row);
    });
    store.Settle();
    return true;
  });
}

const std::vector<TableHistory::Version>* TableHistory::Of(std::string_view bucket,
                                                           Bytes key) const {
  const auto found = rows_.find({std::string(bucket), std::string(AsText(key))});
  return found == rows_.end() ? nullptr : &found->second;
}

}  // namespace etcdf::replay
