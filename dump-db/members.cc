#include "member/membership.h"

#include "base/escape.h"
#include "dump-db/store.h"
#include "io/data_dir.h"
#include "member/restored.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "output/csv.h"
#include "output/json_writer.h"
#include "output/table.h"
#include "snapfile/snap_file.h"

namespace etcdf::dump_db {
namespace {

using member::Membership;
using member::Seen;
using member::Standing;

std::string_view StandingText(Standing standing) {
  switch (standing) {
    case Standing::kAbsent: return "-";
    case Standing::kMember: return "member";
    case Standing::kLearner: return "learner";
    case Standing::kRemoved: return "removed";
  }
  return "-";
}

// Reads all sources that the data dir has, and brings them to the database's time.
class SourceReader {
 public:
  explicit SourceReader(const VerbContext& context) : context_(context) {}

  Result<member::MembershipSources> Read() {
    const backend::Database& database = *context_.evidence.database;
    sources_.buckets =
        member::ReadMemberBuckets(database, context_.evidence.path, context_.findings);
    sources_.buckets_are_whole = mvcc::CountRows(database, mvcc::kMembersBucket) &&
                                 mvcc::CountRows(database, mvcc::kMembersRemovedBucket);
    if (const auto json =
            mvcc::FindRow(database, mvcc::kMetaBucket, mvcc::kConfStateName, context_.findings)) {
      if (const auto state = member::ParseConfStateJson(*json)) {
        sources_.conf_state = member::MembershipOf(*state);
      }
    }
    const auto number =
        mvcc::FindRow(database, mvcc::kMetaBucket, mvcc::kConsistentIndexName, context_.findings);
    if (number) consistent_index_ = mvcc::DecodeNumber(*number).value_or(0);
    const auto read = ReadDataDir();
    if (!read) return Fail(read.error());
    return std::move(sources_);
  }

 private:
  Result<void> ReadDataDir() {
    std::optional<wal::Log> log;
    if (context_.files.has_log()) {
      auto opened = context_.files.ReadLog(context_.findings);
      if (!opened) return Fail(opened.error());
      log = *std::move(opened);
    }
    ReadSnap(context_.files.files(), log ? &*log : nullptr);
    CheckConfState(log ? &*log : nullptr);
    // A log that begins with entry 1 has the bootstrap's changes, and so the whole membership.
    if (log && consistent_index_ > 0 && log->summary().entries.index_first == 1) {
      sources_.log.emplace();
      member::ApplyLog(*log, {.after = 0, .until = consistent_index_}, *sources_.log);
    }
    return {};
  }

  void CheckConfState(const wal::Log* log) {
    if (!sources_.conf_state) return;
    const mvcc::Status status = mvcc::ReadStatus({.database = *context_.evidence.database,
                                                  .file = context_.evidence.path,
                                                  .findings = context_.findings});
    sources_.conf_state_predates =
        member::MayPredateRestore(*sources_.conf_state, sources_.buckets,
                                  {.applied = consistent_index_, .revision = status.revision}, log);
  }

  // The newest .snap file that can be read and is not of a time after the database.
  void ReadSnap(const io::DataDir& dir, const wal::Log* log) {
    for (const io::SnapFile& file : dir.snaps) {
      const auto snap = snapfile::ReadSnapFile(file, context_.findings);
      if (!snap || !*snap || (*snap)->snapshot.index > consistent_index_) continue;
      const wire::RaftSnapshot& snapshot = (*snap)->snapshot;
      const wal::IndexRange rest = {.after = snapshot.index, .until = consistent_index_};
      sources_.snap_conf_state = member::MembershipOf(snapshot.conf_state);
      sources_.snap_store = member::ParseV2Membership(snapshot.data);
      if (log == nullptr) return;
      member::ApplyLog(*log, rest, *sources_.snap_conf_state);
      if (sources_.snap_store) member::ApplyLog(*log, rest, *sources_.snap_store);
      return;
    }
  }

  const VerbContext& context_;
  uint64_t consistent_index_ = 0;
  member::MembershipSources sources_;
};

struct Column {
  const char* title;
  const char* json_name;
  const Membership* membership;  // null: no such source here
  bool is_whole = true;          // false: who is absent may be hidden by damage
};

std::vector<Column> ColumnsOf(const member::MembershipSources& sources) {
  const auto of = [](const std::optional<Membership>& source) {
    return source ? &*source : nullptr;
  };
  return {{"BUCKETS", "buckets", &sources.buckets, sources.buckets_are_whole},
          {"CONF STATE", "conf_state", of(sources.conf_state)},
          {"SNAP STORE", "snap_store", of(sources.snap_store)},
          {"SNAP CONF STATE", "snap_conf_state", of(sources.snap_conf_state)},
          {"LOG", "log", of(sources.log)}};
}

Seen SeenIn(const Column& column, uint64_t id) {
  if (column.membership == nullptr) return {};
  const auto found = column.membership->find(id);
  return found == column.membership->end() ? Seen{} : found->second;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + Printable(part);
  return text;
}

// The attributes of the first source that has them.
member::Attributes AttributesOf(const std::vector<Column>& columns, uint64_t id) {
  member::Attributes chosen;
  for (const Column& column : columns) {
    const member::Attributes seen = SeenIn(column, id).attributes;
    if (chosen.name.empty()) chosen.name = seen.name;
    if (chosen.peer_urls.empty()) chosen.peer_urls = seen.peer_urls;
    if (chosen.client_urls.empty()) chosen.client_urls = seen.client_urls;
  }
  return chosen;
}

std::vector<std::string> Cells(const std::vector<Column>& columns, uint64_t id) {
  const member::Attributes attributes = AttributesOf(columns, id);
  std::vector<std::string> cells = {HexId(id), Printable(attributes.name)};
  for (const Column& column : columns) {
    cells.emplace_back(column.membership == nullptr ? "none"
                                                    : StandingText(SeenIn(column, id).standing));
  }
  cells.push_back(Joined(attributes.peer_urls));
  cells.push_back(Joined(attributes.client_urls));
  return cells;
}

void WriteUrls(output::JsonWriter& json, std::string_view name,
               const std::vector<std::string>& urls) {
  if (urls.empty()) return;
  json.Name(name);
  json.BeginArray();
  for (const std::string& url : urls) json.Text(url);
  json.EndArray();
}

void WriteMember(output::JsonWriter& json, const std::vector<Column>& columns, uint64_t id) {
  json.BeginObject();
  json.HexId("member", id);
  for (const Column& column : columns) {
    if (column.membership == nullptr) continue;
    const Seen seen = SeenIn(column, id);
    json.Name(column.json_name);
    json.BeginObject();
    if (seen.standing == Standing::kAbsent && !column.is_whole) {
      json.Name("standing");
      json.Null();
    } else {
      json.Text("standing",
                seen.standing == Standing::kAbsent ? "absent" : StandingText(seen.standing));
    }
    if (!seen.attributes.name.empty()) json.Text("name", seen.attributes.name);
    WriteUrls(json, "peer_urls", seen.attributes.peer_urls);
    WriteUrls(json, "client_urls", seen.attributes.client_urls);
    json.EndObject();
  }
  json.EndObject();
  json.EndLine();
}

}  // namespace

Result<void> Members(const VerbContext& context) {
  const auto sources = SourceReader(context).Read();
  if (!sources) return Fail(sources.error());
  const std::vector<Column> columns = ColumnsOf(*sources);
  LineWriter lines(context.out);
  std::vector<output::Table::Column> titles = {{"MEMBER"}, {"NAME"}};
  for (const Column& column : columns) titles.push_back({column.title});
  titles.insert(titles.end(), {{"PEER URLS"}, {"CLIENT URLS"}});
  output::Table table(std::move(titles));
  if (context.options.format == Format::kCsv) {
    lines.text +=
        "member,name,buckets,conf_state,snap_store,snap_conf_state,log,peer_urls,"
        "client_urls\r\n";
  }
  for (const uint64_t id : member::MemberIds(*sources)) {
    if (context.options.format == Format::kJson) {
      output::JsonWriter json(lines.text);
      WriteMember(json, columns, id);
    } else if (context.options.format == Format::kCsv) {
      output::AppendCsvRow(lines.text, Cells(columns, id));
    } else {
      table.AddRow(Cells(columns, id));
    }
  }
  if (context.options.format == Format::kText) table.Append(lines.text);
  member::CompareMemberships(*sources, context.evidence.path, context.findings);
  return {};
}

}  // namespace etcdf::dump_db
