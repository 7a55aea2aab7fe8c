#include <filesystem>
#include <limits>
#include <optional>

#include "app/process.h"
#include "base/escape.h"
#include "describe/value.h"
#include "dump-db/export.h"
#include "dump-db/export_objects.h"
#include "dump-db/export_tables.h"
#include "dump-db/object_lines.h"
#include "dump-db/store.h"
#include "kubernetes/key.h"
#include "mvcc/key_row.h"
#include "mvcc/live_rows.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "sqlite/database.h"

namespace etcdf::dump_db {
namespace {

// Told apart from other SQLite files by these; the version changes with the tables.
constexpr int64_t kApplicationId = 0x65746364;  // "etcd"
constexpr int64_t kTablesVersion = 2;

// docs/sqlite.md explains the columns.
constexpr char kTables[] = R"(
PRAGMA application_id=0x65746364;
PRAGMA user_version=2;
CREATE TABLE databases(member TEXT PRIMARY KEY, path TEXT, engine TEXT, size_bytes INTEGER,
  revision INTEGER, compact_revision INTEGER, consistent_index INTEGER, term INTEGER,
  cluster_version TEXT, storage_version TEXT, auth_enabled INTEGER);
CREATE TABLE revisions(member TEXT, main INTEGER, sub INTEGER, tombstone INTEGER, live INTEGER,
  key, create_revision INTEGER, mod_revision INTEGER, version INTEGER, lease TEXT,
  value_size INTEGER, value, api_group TEXT, resource TEXT, namespace TEXT, name TEXT,
  api_version TEXT, kind TEXT, uid TEXT, manager TEXT, created TEXT, changed TEXT, provider TEXT,
  document TEXT);
CREATE VIEW keys AS SELECT member, key, create_revision, mod_revision, version, lease, value_size,
  value, api_group, resource, namespace, name, api_version, kind, uid, manager, created, changed,
  provider, document FROM revisions WHERE live;
CREATE TABLE leases(member TEXT, id TEXT, ttl INTEGER, remaining_ttl INTEGER);
CREATE TABLE users(member TEXT, name, password_hash, no_password INTEGER);
CREATE TABLE user_roles(member TEXT, user, role);
CREATE TABLE roles(member TEXT, name);
CREATE TABLE role_permissions(member TEXT, role, type TEXT, key, range_end);
CREATE TABLE alarms(member TEXT, member_id TEXT, alarm TEXT);
CREATE TABLE members(member TEXT, id TEXT, json,
  name AS (CASE WHEN json_valid(json) THEN json_extract(json, '$.name') END),
  peer_urls AS (CASE WHEN json_valid(json) THEN json_extract(json, '$.peerURLs') END),
  client_urls AS (CASE WHEN json_valid(json) THEN json_extract(json, '$.clientURLs') END));
CREATE TABLE members_removed(member TEXT, id TEXT);
CREATE TABLE meta(member TEXT, bucket TEXT, name TEXT, value);
CREATE TABLE rows(member TEXT, bucket, key BLOB, value BLOB);
CREATE TABLE entries(member TEXT, idx INTEGER, term INTEGER, kind TEXT, request TEXT,
  size INTEGER, committed INTEGER, superseded_by INTEGER, proposer TEXT, segment TEXT,
  offset INTEGER);
)";

// Made when the rows are there, which is faster.
constexpr char kIndexes[] = R"(
CREATE INDEX IF NOT EXISTS revisions_by_revision ON revisions(main, sub);
CREATE INDEX IF NOT EXISTS revisions_by_key ON revisions(key, main, sub);
CREATE INDEX IF NOT EXISTS revisions_by_namespace ON revisions(namespace, resource)
  WHERE resource IS NOT NULL;
CREATE INDEX IF NOT EXISTS revisions_by_lease ON revisions(lease) WHERE lease IS NOT NULL;
CREATE INDEX IF NOT EXISTS entries_by_index ON entries(idx);
)";
// Where there are objects.
constexpr char kObjectIndex[] = R"(
CREATE INDEX IF NOT EXISTS revisions_by_kind ON revisions(kind, namespace, name)
  WHERE kind IS NOT NULL;
)";

// Of `revisions`, for a row that is no object; with those of ObjectColumns, for one that is.
constexpr size_t kRevisionColumns = 16;
constexpr char kRevision[] =
    "revisions(member, main, sub, tombstone, live, key, create_revision, mod_revision, version, "
    "lease, value_size, value, api_group, resource, namespace, name)";
constexpr char kObjectRevision[] = "revisions";

// Fills the tables with one member. The first failure ends it: everything after does nothing.
class MemberExport {
 public:
  MemberExport(const VerbContext& context, const objects::Tools& tools, sqlite::Database& database,
               std::string member)
      : context_(context), objects_(context, tools), tables_(database, std::move(member)) {}

  Result<ExportCount> Run();
  bool has_objects() const { return has_objects_; }

 private:
  void AddDatabase();
  void AddRevisions();
  void AddBucket(Bytes name);
  void AddRow(std::string_view bucket, const backend::Row& row);
  bool AddMessage(std::string_view bucket, const backend::Row& row);
  void AddUser(raft::MessageView user);
  void AddRole(raft::MessageView role);
  void AddNamed(std::string_view bucket, const backend::Row& row);
  void AddRaw(std::string_view bucket, const backend::Row& row);
  void AddRevision(const mvcc::KeyRow& row, bool live);
  void BindValue(sqlite::Statement& statement, Bytes value);

  const VerbContext& context_;
  ObjectColumns objects_;
  bool has_objects_ = false;
  TableWriter tables_;
  ExportCount count_;
  raft::Message message_;
  std::string value_text_;
};

Result<ExportCount> MemberExport::Run() {
  AddDatabase();
  for (const Bytes name : context_.evidence.database->bucket_names()) {
    if (tables_.failed()) break;
    ++count_.buckets;
    if (AsText(name) == mvcc::kKeyBucket) {
      AddRevisions();
    } else {
      AddBucket(name);
    }
  }
  if (context_.options.with_wal) AddEntries(context_, tables_);
  if (app::Interrupted()) return FailInterrupted();
  if (auto done = tables_.Finish(); !done) return Fail(done.error());
  return count_;
}

void MemberExport::AddDatabase() {
  const mvcc::Store store = StoreOf(context_);
  const mvcc::Status status = mvcc::ReadStatus(store);
  const auto maybe_text = [](const std::optional<Bytes>& text) {
    return text ? AsText(*text) : std::string_view();
  };
  tables_.Insert("databases", 11, [&](sqlite::Statement& row) {
    row.Text(context_.evidence.path).Text(backend::EngineName(store.database.engine()));
    row.Int(static_cast<int64_t>(store.database.size_bytes()));
    row.Int(status.revision).Int(status.CompactRevision());
    row.Maybe(status.consistent_index).Maybe(status.term);
    row.MaybeText(maybe_text(status.cluster_version)).MaybeText(maybe_text(status.storage_version));
    row.Maybe(status.auth_enabled);
  });
}

// ---- The bucket `key`

void MemberExport::AddRevisions() {
  const mvcc::Store store = StoreOf(context_);
  const mvcc::LiveRows live =
      mvcc::FindLiveRows(store, std::numeric_limits<int64_t>::max());  // tells what is damaged
  mvcc::UnheardFindings told;
  const auto bucket = store.database.Open(AsBytes(mvcc::kKeyBucket));
  mvcc::ForEachPart(
      *bucket, told,
      [&](mvcc::PartScan& part) {
        uint64_t index = 0;
        for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
          if (tables_.failed() || app::Interrupted()) return;
          for (const backend::Row& row : rows) {
            const auto decoded = mvcc::DecodeKeyRow(row, store.file, told);
            if (decoded) {
              AddRevision(*decoded, live.Holds(part.ordinal(), index));
            } else {
              AddRaw(mvcc::kKeyBucket, row);
            }
            ++index;
          }
          count_.rows += rows.size();
        }
      },
      mvcc::Cores::kOne);
}

void MemberExport::AddRevision(const mvcc::KeyRow& row, bool live) {
  const objects::Decoded* const object = objects_.Decode(row);
  has_objects_ = has_objects_ || object != nullptr;
  auto place =
      kubernetes::ParseKey(AsText(row.kv.key), object != nullptr ? kubernetes::Prefix::kAny
                                                                 : kubernetes::Prefix::kUsual)
          .value_or(kubernetes::ObjectKey{});
  if (object != nullptr) {  // which says better what it is
    place.name_space = object->summary.name_space;
    place.name = object->summary.name;
  }
  const auto bind = [&](sqlite::Statement& statement) {
    statement.Int(row.at.revision.main).Int(row.at.revision.sub);
    statement.Int(row.at.tombstone ? 1 : 0).Int(live ? 1 : 0).TextOrBlob(row.kv.key);
    if (row.at.tombstone) {
      for (int column = 0; column < 6; ++column) statement.Null();
    } else {
      statement.Int(row.kv.create_revision).Int(row.kv.mod_revision).Int(row.kv.version);
      statement.MaybeText(tables_.Hex(row.kv.lease));
      statement.Int(static_cast<int64_t>(row.kv.value.size()));
      BindValue(statement, row.kv.value);
    }
    for (const std::string_view part :
         {place.api_group, place.resource, place.name_space, place.name}) {
      part.empty() ? statement.Null() : statement.TextOrBlob(AsBytes(part));
    }
    if (object != nullptr) objects_.Bind(statement, *object);
  };
  if (object == nullptr) return tables_.Insert(kRevision, kRevisionColumns, bind);
  tables_.Insert(kObjectRevision, kRevisionColumns + ObjectColumns::kCount, bind);
}

// As --value and --redact have it; of a Secret, not at all.
void MemberExport::BindValue(sqlite::Statement& statement, Bytes value) {
  const output::ValueFormat& format = context_.options.values;
  if (!objects_.MayShowValue()) {
    statement.Null();
    return;
  }
  if (!format.redact) {
    if (format.style == output::ValueStyle::kQuoted) {
      statement.TextOrBlob(value);
      return;
    }
    if (format.style == output::ValueStyle::kSize || format.style == output::ValueStyle::kNone) {
      statement.Null();  // the size has a column of its own
      return;
    }
  }
  value_text_.clear();
  describe::AppendValue(value_text_, value, format, AppendOctalEscaped);
  statement.Text(value_text_);
}

// ---- The other buckets

void MemberExport::AddBucket(Bytes name) {
  const auto read = ForEachBatch(context_, name, [&](auto rows) -> Result<void> {
    for (const backend::Row& row : rows) AddRow(AsText(name), row);
    count_.rows += rows.size();
    return {};
  });
  tables_.Note(read);
}

void MemberExport::AddRow(std::string_view bucket, const backend::Row& row) {
  if (row.is_bucket) return AddRaw(bucket, row);
  if (mvcc::RowMessageOf(bucket).schema != nullptr) {
    if (!AddMessage(bucket, row)) AddRaw(bucket, row);
  } else if (bucket == mvcc::kMetaBucket || bucket == mvcc::kClusterBucket ||
             bucket == mvcc::kAuthBucket) {
    AddNamed(bucket, row);
  } else if (bucket == mvcc::kMembersBucket) {
    tables_.Insert("members(member, id, json)", 3,
                   [&](sqlite::Statement& s) { s.TextOrBlob(row.key).TextOrBlob(row.value); });
  } else if (bucket == mvcc::kMembersRemovedBucket) {
    tables_.Insert("members_removed", 2, [&](sqlite::Statement& s) { s.TextOrBlob(row.key); });
  } else {
    AddRaw(bucket, row);
  }
}

// False if the row is not the message that the bucket holds.
bool MemberExport::AddMessage(std::string_view bucket, const backend::Row& row) {
  const mvcc::RowMessage kind = mvcc::RowMessageOf(bucket);
  const auto verdict = message_.Parse(*kind.schema, kind.is_key ? row.key : row.value);
  if (verdict != raft::ParseVerdict::kAccepted) return false;
  const raft::MessageView message = message_.root();
  if (bucket == mvcc::kAuthUsersBucket) {
    AddUser(message);
  } else if (bucket == mvcc::kAuthRolesBucket) {
    AddRole(message);
  } else if (bucket == mvcc::kLeaseBucket) {
    tables_.Insert("leases", 4, [&](sqlite::Statement& s) {
      s.Text(tables_.Hex(static_cast<int64_t>(message.Number(1))));
      s.Int(static_cast<int64_t>(message.Number(2))).Int(static_cast<int64_t>(message.Number(3)));
    });
  } else if (bucket == mvcc::kAlarmBucket) {
    tables_.Insert("alarms", 3, [&](sqlite::Statement& s) {
      s.Text(tables_.Hex(static_cast<int64_t>(message.Number(1))));
      s.Text(tables_.EnumName(message, 2));
    });
  } else {
    return false;
  }
  return true;
}

// authpb.User: 1 name, 2 password, 3 roles, 4 options { 1 no_password }.
void MemberExport::AddUser(raft::MessageView user) {
  const output::ValueFormat& format = context_.options.values;
  const Bytes name = user.BytesOf(1), hash = user.BytesOf(2);
  tables_.Insert("users", 4, [&](sqlite::Statement& s) {
    s.TextOrBlob(name);
    value_text_.clear();
    if (format.show_secrets && format.redact) describe::AppendFingerprint(value_text_, hash);
    if (format.show_secrets && !format.redact) value_text_ = AsText(hash);
    s.MaybeText(value_text_).Int(static_cast<int64_t>(user.Child(4).Number(1)));
  });
  for (const raft::FieldView field : user) {
    if (field.schema().number != 3) continue;
    for (const raft::ValueView role : field) {
      tables_.Insert("user_roles", 3,
                     [&](sqlite::Statement& s) { s.TextOrBlob(name).TextOrBlob(role.bytes()); });
    }
  }
}

// authpb.Role: 1 name, 2 permissions { 1 type, 2 key, 3 range_end }.
void MemberExport::AddRole(raft::MessageView role) {
  const Bytes name = role.BytesOf(1);
  tables_.Insert("roles", 2, [&](sqlite::Statement& s) { s.TextOrBlob(name); });
  for (const raft::FieldView field : role) {
    if (field.schema().number != 2) continue;
    for (const raft::ValueView value : field) {
      const raft::MessageView permission = value.message();
      tables_.Insert("role_permissions", 5, [&](sqlite::Statement& s) {
        s.TextOrBlob(name).Text(tables_.EnumName(permission, 1));
        s.TextOrBlob(permission.BytesOf(2)).TextOrBlob(permission.BytesOf(3));
      });
    }
  }
}

// Rows that are known by their names: numbers where they are numbers, else text.
void MemberExport::AddNamed(std::string_view bucket, const backend::Row& row) {
  const std::string_view name = AsText(row.key);
  const auto number = mvcc::DecodeNumber(row.value);
  const auto revision = mvcc::ParseRowKey(row.value);
  tables_.Insert("meta", 4, [&](sqlite::Statement& s) {
    s.Text(bucket).TextOrBlob(row.key);
    if (number && (name == mvcc::kConsistentIndexName || name == mvcc::kTermName ||
                   name == mvcc::kAuthRevisionName)) {
      s.Int(static_cast<int64_t>(*number));
    } else if (revision &&
               (name == mvcc::kScheduledCompactName || name == mvcc::kFinishedCompactName)) {
      s.Int(revision->revision.main);
    } else if (name == mvcc::kAuthEnabledName && row.value.size() == 1) {
      s.Int(row.value[0]);
    } else {
      s.TextOrBlob(row.value);
    }
  });
}

// What has no table of its own, or is not what its bucket holds. Of users not the value, in which a
// password hash may be.
void MemberExport::AddRaw(std::string_view bucket, const backend::Row& row) {
  const output::ValueFormat& format = context_.options.values;
  const bool secret = bucket == mvcc::kAuthUsersBucket && !format.show_secrets;
  tables_.Insert("rows", 4, [&](sqlite::Statement& s) {
    s.TextOrBlob(AsBytes(bucket)).Blob(row.key);
    if (secret || format.redact) {
      s.Null();
    } else {
      s.Blob(row.value);
    }
  });
}

// ---- The file

// The name of a member that was not given one: its folder's, or its file's.
std::string DefaultName(const member::OpenedDatabase& evidence) {
  namespace fs = std::filesystem;
  const fs::path path = evidence.data_dir.empty() ? evidence.path : evidence.data_dir;
  const fs::path absolute = fs::absolute(path).lexically_normal();
  const fs::path name =
      absolute.has_filename() ? absolute.filename() : absolute.parent_path().filename();
  return name.string();
}

// Whether `member` may be added to the file.
Result<void> CheckAddition(sqlite::Database& database, const std::string& member,
                           const std::string& path) {
  const auto number = [&](const char* sql) -> Result<std::optional<int64_t>> {
    auto statement = database.Prepare(sql);
    if (!statement) return Fail(statement.error());
    return statement->RunForNumber();
  };
  const auto id = number("PRAGMA application_id");
  if (!id) return Fail(id.error());
  const auto version = number("PRAGMA user_version");
  if (!version) return Fail(version.error());
  if (*id != kApplicationId || *version != kTablesVersion) {
    return Fail({.code = ErrorCode::kWrongKind,
                 .what = "is not a file that this version of dump-db exported",
                 .subject = path});
  }
  auto statement = database.Prepare("SELECT 1 FROM databases WHERE member = ?");
  if (!statement) return Fail(statement.error());
  const auto there = statement->Text(member).RunForNumber();
  if (!there) return Fail(there.error());
  if (*there) {
    return Fail({.code = ErrorCode::kUsage,
                 .what = "the file has a member of this name already",
                 .subject = member});
  }
  return {};
}

}  // namespace

Result<ExportCount> ExportSqlite(const VerbContext& context, const std::string& path, bool is_new) {
  using Mode = sqlite::Database::Mode;
  const Options& options = context.options;
  const std::string member =
      options.member_name.empty() ? DefaultName(context.evidence) : options.member_name;
  const auto tools = objects::Tools::Load(DecoderOptionsOf(options));
  if (!tools) return Fail(tools.error());
  auto database = sqlite::Database::Open(path, is_new ? Mode::kNew : Mode::kExisting);
  if (!database) return Fail(database.error());
  if (!is_new) {
    if (auto fits = CheckAddition(*database, member, path); !fits) return Fail(fits.error());
  }
  if (auto begun = database->Execute(is_new ? kTables : "BEGIN IMMEDIATE"); !begun) {
    return Fail(begun.error());
  }
  if (is_new) {
    if (auto begun = database->Execute("BEGIN"); !begun) return Fail(begun.error());
  }
  MemberExport exported(context, *tools, *database, member);
  auto count = exported.Run();
  if (!count) return count;
  if (auto indexed = database->Execute(kIndexes); !indexed) return Fail(indexed.error());
  if (exported.has_objects()) {
    if (auto indexed = database->Execute(kObjectIndex); !indexed) return Fail(indexed.error());
  }
  if (auto done = database->Execute("COMMIT"); !done) return Fail(done.error());
  return count;
}

}  // namespace etcdf::dump_db
