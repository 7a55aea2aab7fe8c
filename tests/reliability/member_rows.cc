#include "tests/reliability/member_rows.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "apply/member_store.h"
#include "apply/stored_row.h"
#include "apply/tables.h"
#include "bolt/writer.h"
#include "mvcc/key_value.h"
#include "mvcc/revision.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "raft/payload.h"
#include "testing/proto_writer.h"
#include "wire/writer.h"

namespace etcdf::reliability {
namespace {

using apply::StoredRow;
using apply::Table;

std::string Be64(uint64_t number) {
  std::string bytes;
  wire::AppendBe64(bytes, number);
  return bytes;
}

std::string RevisionKey(int64_t main) {
  return apply::EncodeRowKey(StoredRow{.revision = {.main = main}});
}

class Replay {
 public:
  explicit Replay(const MemberPast& past) : past_(past), store_(past.base.rules) {}

  Rows Run() {
    Apply();
    store_.ForEachRow([this](const StoredRow& row) {
      rows_[std::string(mvcc::kKeyBucket)].emplace(apply::EncodeRowKey(row),
                                                   apply::EncodeRowValue(row));
    });
    for (size_t i = 0; i < apply::kTables; ++i) PutTable(static_cast<Table>(i));
    if (!past_.backup.empty()) MakeRestored();
    PutMeta();
    return std::move(rows_);
  }

  std::map<int64_t, uint64_t> EntriesByRevision() {
    Apply();
    return std::move(entries_);
  }

 private:
  void Apply() {
    for (const LogEntry& entry : past_.backup) store_.Apply(entry.View());
    conf_state_ = store_.tables().rows(Table::kConfState);
    backup_members_ = store_.tables().rows(Table::kMembers);
    for (const LogEntry& entry : past_.entries) {
      if (entry.index > past_.applied) break;
      Take(entry);
    }
  }

  // Up to 3.4 a restore leaves the members of the backup as they were, and those of the cluster
  // come as they publish themselves; later it writes these in place of those. The ConfState stays
  // the backup's until members change.
  void MakeRestored() {
    const bool replaces = store_.rules().stores_conf_state;
    std::erase_if(rows_[std::string(mvcc::kMembersBucket)], [&](const auto& row) {
      const bool is_old = backup_members_.contains(row.first);
      return replaces ? is_old : !is_old && row.second.find("clientURLs") == row.second.npos;
    });
    if (replaces) rows_[std::string(mvcc::kMembersRemovedBucket)].clear();
    for (const auto& [key, row] : conf_state_) {
      rows_[std::string(mvcc::kMetaBucket)][key] = row.value;
    }
  }

  void Take(const LogEntry& entry) {
    term_ = entry.term;
    const auto edit = std::ranges::find(past_.edits, entry.index, &KeyEdit::index);
    if (edit == past_.edits.end()) {
      const apply::Outcome outcome = store_.Apply(entry.View());
      if (outcome.rows.empty()) return;
      index_of_last_write_ = entry.index;
      if (!outcome.changed_tables) entries_[store_.keys().current_revision()] = entry.index;
      return;
    }
    const auto mark = store_.mark();
    const apply::Outcome outcome = store_.Apply(entry.View());
    std::vector<StoredRow> rows(outcome.rows.begin(), outcome.rows.end());
    if (rows.empty() || outcome.changed_tables) return;  // a revoked lease, which takes keys along
    store_.RollBack(mark);
    if (edit->what == KeyEdit::What::kSkip) return;
    index_of_last_write_ = entry.index;
    Alter(*edit, rows);
    if (rows.empty()) {
      store_.Shift(1);
    } else {
      store_.Force(rows);
    }
  }

  static void Alter(const KeyEdit& edit, std::vector<StoredRow>& rows) {
    const size_t at = edit.row % rows.size();
    StoredRow& row = rows[at];
    StoredRow extra{.revision = row.revision,
                    .key = AsBytes(edit.text),
                    .value = AsBytes(edit.text),
                    .create_revision = row.revision.main,
                    .version = 1};
    switch (edit.what) {
      case KeyEdit::What::kValue: row.value = AsBytes(edit.text); break;
      case KeyEdit::What::kLease: row.lease = edit.number; break;
      case KeyEdit::What::kMetadata: row.version += edit.number; break;
      case KeyEdit::What::kKey: row = extra; break;
      case KeyEdit::What::kMissing: rows.erase(rows.begin() + static_cast<ptrdiff_t>(at)); break;
      case KeyEdit::What::kExtra:
        extra.revision.sub = rows.back().revision.sub + 1;
        rows.push_back(extra);
        break;
      case KeyEdit::What::kSkip: break;
    }
  }

  void PutTable(Table table) {
    if (table == Table::kKnownMembers) return;
    BucketRows& bucket = rows_[std::string(apply::BucketOf(table))];
    for (const auto& [key, row] : store_.tables().rows(table)) {
      const bool salted = !row.reproducible && table == Table::kAuthUsers;
      bucket.emplace(key, salted ? WithPassword(row.value, HashOf(key)) : row.value);
    }
  }

  std::string HashOf(std::string_view user) const {
    const uint64_t number = std::hash<std::string_view>()(user);
    return PasswordHash(past_.salt ^ number, past_.salt + number);
  }

  // Up to 3.4 the consistent index is stored with changes of keys only, and no term beside it (etcd
  // v3.4.23, mvcc/kvstore_txn.go, End).
  void PutMeta() {
    BucketRows& meta = rows_[std::string(mvcc::kMetaBucket)];
    const auto put = [&meta](std::string_view name, std::string value) {
      meta.insert_or_assign(std::string(name), std::move(value));
    };
    const bool has_term = store_.rules().stores_conf_state;
    const uint64_t least = past_.backup.empty() ? 0 : past_.founders;
    put(mvcc::kConsistentIndexName,
        Be64(has_term ? past_.applied : std::max(index_of_last_write_, least)));
    if (has_term) put(mvcc::kTermName, Be64(term_));
    if (const int64_t compacted = store_.keys().compact_revision(); compacted > 0) {
      put(mvcc::kScheduledCompactName, RevisionKey(compacted));
      put(mvcc::kFinishedCompactName, RevisionKey(compacted));
    }
    const auto stored =
        mvcc::FindRow(past_.base.member->database().database, mvcc::kMetaBucket,
                      mvcc::kStorageVersionName, past_.base.member->database().findings);
    if (stored) put(mvcc::kStorageVersionName, std::string(AsText(*stored)));
  }

  const MemberPast& past_;
  apply::MemberStore store_;
  Rows rows_;
  uint64_t term_ = 0;
  uint64_t index_of_last_write_ = 0;
  std::map<int64_t, uint64_t> entries_;
  apply::Tables::Rows conf_state_;
  apply::Tables::Rows backup_members_;
};

const std::string* Find(const Rows& rows, std::string_view bucket, std::string_view key) {
  const auto in = rows.find(bucket);
  if (in == rows.end()) return nullptr;
  const auto row = in->second.find(key);
  return row == in->second.end() ? nullptr : &row->second;
}

int64_t MainOf(std::string_view key) {
  return key.size() < 8 ? 0 : static_cast<int64_t>(LoadBe64(AsBytes(key).data()));
}

template <typename Done>
void Require(const Done& done, const std::string& path) {
  if (!done) throw std::runtime_error(path + ": " + done.error().Message());
}

// The rows as of before any compaction.
Rows UncompactedRows(const MemberPast& past) {
  constexpr uint32_t kCompaction = 7;  // field of InternalRaftRequest
  std::vector<LogEntry> entries(past.entries.begin(), past.entries.end());
  raft::Payload payload;
  for (LogEntry& entry : entries) {
    if (entry.type != wire::EntryType::kNormal) continue;
    payload.Decode(AsBytes(entry.data));
    if (payload.request_number() == kCompaction) entry.data.clear();
  }
  MemberPast whole = past;
  whole.entries = entries;
  return Replay(whole).Run();
}

// Of a compaction that has come to `at`: what it will remove behind that is still there, and that
// it has begun is all that is noted.
void LeaveCompaction(const Rows& uncompacted, int64_t at, Rows& rows) {
  const int64_t until = CompactRevisionOf(rows);
  if (until == 0) return;
  rows[std::string(mvcc::kMetaBucket)].erase(std::string(mvcc::kFinishedCompactName));
  for (const auto& [key, value] : uncompacted.at(std::string(mvcc::kKeyBucket))) {
    const int64_t main = MainOf(key);
    if (main > at && main <= until) rows[std::string(mvcc::kKeyBucket)].emplace(key, value);
  }
}

// The first bucket of the database that is not what the log makes; empty if there is none.
std::string UnlikeItsLog(const ClusterBase& base) {
  Dice dice(0, 0);
  const ClusterLog log = MakeClusterLog(*base.member, 1, dice);
  const Rows made = MakeRows({.base = base, .entries = log.entries, .applied = log.last()});
  for (const auto& [bucket, rows] : ReadRows(base.member->database())) {
    const auto same = made.find(bucket);
    // A password's salt is the member's own, and how far it has come may not be told.
    const bool has_own = bucket == mvcc::kMetaBucket || bucket == mvcc::kAuthUsersBucket;
    if (same == made.end() ? !rows.empty() : !has_own && same->second != rows) return bucket;
  }
  return {};
}

}  // namespace

Result<ClusterBase> OpenBase(const std::string& data_dir) {
  auto member = Member::Open(data_dir);
  if (!member) return Fail(std::move(member).error());
  ClusterBase base{.member = *std::move(member), .rules = {}};
  std::string unlike;
  for (const apply::Rules& rules : apply::RulesToTry(mvcc::ReadStatus(base.member->database()))) {
    // A flag of the member's, and what only some releases of a line did.
    for (const unsigned choice : {0u, 1u, 2u, 3u}) {
      base.rules = rules;
      base.rules.persists_checkpoints = (choice & 1) != 0;
      base.rules.keeps_first_member_row = (choice & 2) != 0;
      unlike = UnlikeItsLog(base);
      if (unlike.empty()) return base;
    }
  }
  return Fail({.code = ErrorCode::kUnsupported,
               .what = "a bucket is not what the log makes",
               .subject = data_dir + ", " + unlike});
}

std::map<int64_t, uint64_t> EntriesByRevision(const MemberPast& past) {
  return Replay(past).EntriesByRevision();
}

Rows MakeRows(const MemberPast& past) {
  Rows rows = Replay(past).Run();
  if (past.compacting_at) LeaveCompaction(UncompactedRows(past), *past.compacting_at, rows);
  return rows;
}

std::optional<std::string> WithValue(const std::string& key, const std::string& row,
                                     std::string_view value) {
  const auto decoded = mvcc::ParseKeyValue(AsBytes(row));
  if (key.ends_with('t') || !decoded) return std::nullopt;
  return apply::EncodeRowValue({.revision = {.main = decoded->mod_revision},
                                .key = decoded->key,
                                .value = AsBytes(value),
                                .create_revision = decoded->create_revision,
                                .version = decoded->version,
                                .lease = decoded->lease});
}

std::string PasswordHash(uint64_t salt, uint64_t hash) {
  constexpr std::string_view kDigits =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr size_t kSaltDigits = 22;
  constexpr size_t kDigitsInAll = 53;
  std::string text = "$2a$10$";
  for (size_t i = 0; i < kDigitsInAll; ++i) {
    uint64_t& number = i < kSaltDigits ? salt : hash;
    number = number * 6364136223846793005u + 1442695040888963407u;
    text += kDigits[number >> 58];
  }
  return text;
}

// authpb.User: name = 1, password = 2, roles = 3, options = 4. The name comes first.
std::string WithPassword(const std::string& user, const std::string& text) {
  const size_t behind_name = user.empty() ? 0 : 2 + static_cast<unsigned char>(user[1]);
  size_t rest = behind_name;
  if (rest < user.size() && user[rest] == 0x12)
    rest += 2 + static_cast<unsigned char>(user[rest + 1]);
  return user.substr(0, behind_name) + testing::ProtoWriter().Bytes(2, text).bytes() +
         user.substr(rest);
}

int64_t RevisionOf(const Rows& rows) {
  const auto keys = rows.find(mvcc::kKeyBucket);
  const bool none = keys == rows.end() || keys->second.empty();
  return std::max(none ? 1 : MainOf(keys->second.rbegin()->first), CompactRevisionOf(rows));
}

int64_t CompactRevisionOf(const Rows& rows) {
  const std::string* const row = Find(rows, mvcc::kMetaBucket, mvcc::kScheduledCompactName);
  return row == nullptr ? 0 : MainOf(*row);
}

uint64_t ConsistentIndexOf(const Rows& rows) {
  const std::string* const row = Find(rows, mvcc::kMetaBucket, mvcc::kConsistentIndexName);
  return row == nullptr ? 0 : LoadBe64(AsBytes(*row).data());
}

Rows ReadRows(const mvcc::Store& database) {
  Rows rows;
  for (const Bytes name : database.database.bucket_names()) {
    BucketRows& bucket = rows[std::string(AsText(name))];
    const auto open = database.database.Open(name);
    const auto cursor = open->NewCursor(database.findings);
    for (bool more = cursor->First(); more; more = cursor->Next()) {
      bucket.emplace(AsText(cursor->row().key), AsText(cursor->row().value));
    }
  }
  return rows;
}

void WriteRows(const Rows& rows, const std::string& path) {
  auto writer = bolt::Writer::Create(path);
  Require(writer, path);
  for (const auto& [name, bucket] : rows) {
    Require(writer->BeginBucket(AsBytes(name)), path);
    for (const auto& [key, value] : bucket) {
      Require(writer->Append(AsBytes(key), AsBytes(value)), path);
    }
  }
  auto file = writer->Finish();
  Require(file, path);
  Require(file->Commit(), path);
}

}  // namespace etcdf::reliability
