#include "tests/reliability/member.h"

#include <algorithm>
#include <utility>

#include "apply/compare.h"
#include "io/data_dir.h"
#include "mvcc/status.h"
#include "replay/replay.h"

namespace etcdf::reliability {

Result<std::unique_ptr<Member>> Member::Open(const std::string& data_dir) {
  std::unique_ptr<Member> member(new Member(data_dir));
  if (const auto loaded = member->Load(); !loaded) return Fail(loaded.error());
  // What the database says of the versions is the likeliest; of what differs between releases, only
  // what a compaction does to tombstones shows in bucket `key`.
  apply::Rules rules = apply::LikelyRules(mvcc::ReadStatus(member->database()));
  bool replays = member->ReplaysBy(rules);
  if (!replays) {
    rules.keeps_tombstone_at_compaction = !rules.keeps_tombstone_at_compaction;
    replays = member->ReplaysBy(rules);
  }
  if (!replays) {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "the database is not what its log makes of an empty store",
                 .subject = data_dir});
  }
  return member;
}

Result<void> Member::Load() {
  const auto dir = io::FindDataDir(data_dir_);
  if (!dir) return Fail(dir.error());
  auto log = wal::Log::Open(*dir, std::nullopt, findings_);
  if (!log) return Fail(log.error());
  log_ = std::make_unique<wal::Log>(*std::move(log));
  log_->Scan(findings_);
  database_path_ = dir->snap_dir + "/db";
  auto file = bolt::File::Open(database_path_);
  if (!file) return Fail(file.error());
  file_ = *std::move(file);
  auto database = bolt::Database::Open(*file_, std::nullopt, findings_);
  if (!database) return Fail(database.error());
  database_ = *std::move(database);
  store_ = std::make_unique<mvcc::Store>(
      mvcc::Store{.database = *database_, .file = database_path_, .findings = findings_});
  return {};
}

// Up to 3.4 the consistent index lags behind compactions, which are in the database already (etcd
// v3.4.23, mvcc/kvstore_txn.go, End).
bool Member::ReplaysBy(const apply::Rules& rules) {
  const mvcc::Status status = mvcc::ReadStatus(*store_);
  const uint64_t index = status.consistent_index.value_or(0);
  apply::MemberStore store(rules);
  rules_ = rules;
  entries_.clear();
  writing_.clear();
  replay::ForEachEntry(*log_, {}, [&](const wire::Entry& entry) {
    const bool is_next = entry.index == entries_.size() + 1;
    const bool caught_up = store.keys().compact_revision() == status.CompactRevision();
    if (!is_next || (entry.index > index && caught_up)) return false;
    const bool writes = !store.Apply(entry).rows.empty();
    if (writes) writing_.push_back(entry.index);
    entries_.push_back(entry);
    return !writes || entry.index <= index;
  });
  return entries_.size() >= index && !writing_.empty() &&
         apply::CompareKeys(store, *store_).equal();
}

}  // namespace etcdf::reliability
