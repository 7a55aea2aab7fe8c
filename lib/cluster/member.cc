#include "cluster/member.h"

#include <algorithm>

#include "apply/keys_only.h"
#include "apply/rules.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "replay/replay.h"
#include "wire/reader.h"

namespace etcdf::cluster {
namespace {

// Revisions in a file are never negative; -1 and 0 stand for never compacted.
std::optional<uint64_t> Above0(int64_t revision) {
  if (revision <= 0) return std::nullopt;
  return static_cast<uint64_t>(revision);
}

digest::Facts FactsOfFiles(const Member& member) {
  digest::Facts facts;
  if (member.database.database != nullptr) {
    const mvcc::Status& status = member.status;
    facts = {.size_bytes = member.database.database->size_bytes(),
             .revision = static_cast<uint64_t>(status.CurrentRevision()),
             .compact_revision = Above0(status.CompactRevision()),
             .consistent_index = status.consistent_index,
             .term = status.term,
             .keys = member.keys,
             .hash = member.hash};
  }
  if (member.log) {
    const wal::LogSummary& log = member.log->summary();
    facts.log_first_index = log.entries.index_first;
    facts.log_last_index = log.entries.index_last;
    facts.log_term = log.state.term;
    facts.commit = log.commit;
    if (log.metadata.node_id != 0) {
      facts.node_id = log.metadata.node_id;
      facts.cluster_id = log.metadata.cluster_id;
    }
  }
  return facts;
}

// Whether a stretch of the log, all of which is there, changes keys only.
bool ChangeKeysOnly(const wal::Log& log, const wal::IndexRange& range) {
  raft::Payload payload;
  uint64_t at = range.after;
  replay::ForEachEntry(log, range, [&](const wire::Entry& entry) {
    const bool goes_on = entry.index == at + 1 && apply::ChangesKeysOnly(entry, payload);
    at += goes_on ? 1 : 0;
    return goes_on;
  });
  return at == range.until;
}

void ReadAlarms(Member& member) {
  const mvcc::Store store = member.Store();
  const auto bucket = store.database.Open(AsBytes(mvcc::kAlarmBucket));
  member.alarms_known = bucket != nullptr;
  if (bucket == nullptr) return;
  mvcc::UnheardFindings unheard;  // whoever compares or checks the rows reports them
  const auto cursor = bucket->NewCursor(unheard);
  for (bool has_row = cursor->First(); has_row; has_row = cursor->Next()) {
    Alarm alarm;
    wire::Reader reader(cursor->row().key);
    for (wire::Field field; reader.Next(field);) {
      if (field.type != wire::Type::kVarint) continue;
      if (field.number == 1) alarm.member_id = field.value;
      if (field.number == 2) alarm.kind = field.value;
    }
    if (alarm.kind != 0) member.alarms.push_back(alarm);
  }
}

// Whether etcd 3.5 or newer wrote the database, by what older ones do not store.
bool IsSince35(const Member& member, const digest::Facts& facts) {
  if (facts.term || member.status.storage_version || member.status.conf_state) return true;
  const auto version = apply::ParseVersion(AsText(member.status.cluster_version.value_or(Bytes{})));
  return version && *version >= apply::Version{3, 5, 0};
}

}  // namespace

digest::Facts Member::Facts() const {
  digest::Facts facts;
  if (digest) {
    facts = digest->facts;
  } else if (running) {
    facts = running->Facts();
  } else {
    facts = FactsOfFiles(*this);
  }
  facts.name = name;
  facts.hash_kv.reset();
  facts.hash_kv_revision.reset();
  if (hash_kv) {
    facts.hash_kv = hash_kv->hash;
    facts.hash_kv_revision = static_cast<uint64_t>(hash_kv->revision);
  }
  return facts;
}

std::optional<wire::Metadata> Member::identity() const {
  const digest::Facts facts = Facts();
  if (!facts.node_id || !facts.cluster_id) return std::nullopt;
  return wire::Metadata{.node_id = *facts.node_id, .cluster_id = *facts.cluster_id};
}

uint64_t Member::committed() const {
  const digest::Facts facts = Facts();
  return std::max(facts.commit.value_or(0), facts.consistent_index.value_or(0));
}

bool Member::applied_is_least() const {
  const digest::Facts facts = Facts();
  const uint64_t applied = facts.consistent_index.value_or(0);
  const uint64_t last = facts.log_last_index.value_or(0);
  if (rolled && rolled->state.database) return rolled->state.may_be_later;
  if (IsSince35(*this, facts)) return false;
  if (!facts.log_last_index) return true;
  return last > applied && (!log || !ChangeKeysOnly(*log, {.after = applied, .until = last}));
}

std::string AlarmName(uint64_t kind) {
  constexpr uint64_t kNoSpace = 1;
  constexpr uint64_t kCorrupt = 2;
  if (kind == kNoSpace) return "NOSPACE";
  return kind == kCorrupt ? "CORRUPT" : std::to_string(kind);
}

const char* KindName(const Member& member) {
  if (member.digest) return "digest";
  if (member.running) return "endpoint";
  if (member.database.database->engine() == backend::Engine::kLmdb) return "lmdb";
  return member.database.data_dir.empty() ? "database" : "data_dir";
}

void HashMember(Member& member, std::optional<mvcc::KvHashAt> kv, const Member* equal) {
  mvcc::ContentHash content;
  if (kv) {
    const auto both = mvcc::HashContentAndKv(
        member.Store(), *kv, equal == nullptr ? mvcc::Keys::kCounted : mvcc::Keys::kUncounted);
    content = both.content;
    if (both.kv && both.kv->is_whole) member.hash_kv = *both.kv;
  } else {
    content = mvcc::HashContent(member.Store());
  }
  ReadAlarms(member);
  if (content.is_whole) member.hash = content.hash;
  if (equal != nullptr) {
    member.keys = equal->keys;
  } else if (content.keys_are_whole) {
    member.keys = content.live_keys;
  }
}

}  // namespace etcdf::cluster
