#include "hashcheck/evidence.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/escape.h"
#include "hashcheck/findings.h"
#include "io/data_dir.h"
#include "io/mapped_file.h"
#include "member/membership.h"
#include "mvcc/schema.h"
#include "raft/payload.h"
#include "replay/replay.h"
#include "salvage/live_copy.h"

namespace etcdf::hashcheck {
namespace {

// The raft log of the data dir that the database is in, or that there is instead of a database. A
// member without one can still be compared.
void OpenLog(Member& member, const std::string& path) {
  const auto dir = io::FindDataDir(path);
  if (!dir || dir->segments.empty()) return;
  auto log = wal::Log::Open(*dir, std::nullopt, member.findings);
  if (!log) return;
  log->Scan(member.findings);
  member.log = *std::move(log);
}

// A log and a database that do not belong together are found nowhere else: each is sound by itself.
void CheckNode(Member& member) {
  const auto identity = member.identity();
  if (!identity) return;
  const member::Membership members =
      member::ReadMemberBuckets(*member.database.database, member.database.path, member.findings);
  if (members.empty() || members.contains(identity->node_id)) return;
  member.findings.Report({.kind = kMemberForeignWal,
                          .file = member.database.data_dir,
                          .what = "the log is that of node " + HexId(identity->node_id) +
                                  ", whom the database beside it does not have among its members",
                          .consequence = "what the log says may not be this database's story"});
}

void OpenRunning(Member& member, const gateway::Options& gateway) {
  auto running = RunningMember::Open(member.source, gateway);
  if (!running) {
    member.unreadable = running.error();
    return;
  }
  member.running = std::make_unique<RunningMember>(*std::move(running));
  for (const std::string& error : member.running->status().errors) {
    member.findings.Report({.kind = kMemberReportsError,
                            .file = member.source,
                            .what = "the member says of itself: " + Printable(error)});
  }
}

void TakeDigest(digest::Digest digest, Member& member) {
  if (digest.facts.is_damaged) {
    member.findings.Report({.kind = kDigestOfDamage,
                            .file = member.source,
                            .what = "the files that this digest was made of are damaged or suspect",
                            .consequence = "what could not be read there is not compared"});
  }
  member.digest = std::move(digest);
}

// The digest in a file; nothing if the file is something else.
std::optional<Result<digest::Digest>> OpenDigest(const std::string& path) {
  const auto file = io::MappedFile::Open(path);
  if (!file || !digest::LooksLikeDigest(file->bytes())) return std::nullopt;
  return digest::Decode(file->bytes());
}

void OpenFiles(Member& member) {
  auto opened = member::OpenDatabase(member.source, {}, member.findings);
  if (!opened) {
    member.unreadable = opened.error();
    OpenLog(member, member.source);
    return;
  }
  member.database = *std::move(opened);
  if (!member.database.data_dir.empty()) OpenLog(member, member.database.data_dir);
  if (member.database.database == nullptr) {
    member.unreadable = member.database.unreadable;
    return;
  }
  member::ReportMissingBucket(member.database, mvcc::kKeyBucket, member.findings);
  member::ReportMissingBucket(member.database, mvcc::kMetaBucket, member.findings);
  member::ReportUnknownBuckets(member.database, member.findings);
  if (!member.database.database->Open(AsBytes(mvcc::kKeyBucket))) {
    member.unreadable = {.code = ErrorCode::kMalformed,
                         .what = "holds no bucket key: there is no state to compare",
                         .subject = member.database.path};
    return;
  }
  CheckNode(member);
  member.status = mvcc::ReadStatus(member.Store());
}

// Whether applying the entry leaves every bucket but `key`, and its traces in `meta`, as it is. Of
// v2 requests, /1 is what users stored, which is in no bucket (etcd v3.6.9,
// server/etcdserver/server.go, StoreKeysPrefix).
bool ChangesKeysOnly(const wire::Entry& entry, raft::Payload& payload) {
  constexpr auto kOfKeys =
      std::to_array<std::string_view>({"range", "put", "delete_range", "txn", "compaction"});
  constexpr uint32_t kV2Path = 3;
  if (entry.type != wire::EntryType::kNormal) return false;
  const raft::PayloadKind kind = payload.Decode(entry.data);
  if (kind == raft::PayloadKind::kEmpty) return true;
  if (payload.request_name() == "v2") {
    return AsText(payload.request().BytesOf(kV2Path)).starts_with("/1/");
  }
  return kind == raft::PayloadKind::kInternal &&
         std::ranges::find(kOfKeys, payload.request_name()) != kOfKeys.end();
}

// The same of a stretch of the log, all of which is there.
bool ChangeKeysOnly(const wal::Log& log, const wal::IndexRange& range) {
  raft::Payload payload;
  uint64_t at = range.after;
  replay::ForEachEntry(log, range, [&](const wire::Entry& entry) {
    const bool goes_on = entry.index == at + 1 && ChangesKeysOnly(entry, payload);
    at += goes_on ? 1 : 0;
    return goes_on;
  });
  return at == range.until;
}

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

}  // namespace

void Member::ReportFaults() {
  database.ReportFaults(findings);
  const bool is_damaged = std::ranges::any_of(findings.findings(), [](const Finding& finding) {
    return finding.kind.id.starts_with("bolt.") && finding.kind.severity == Severity::kDamage;
  });
  if (is_damaged && database.bolt) salvage::CheckLiveCopy(*database.bolt, findings);
  if (log) log->ReportFaults(findings);
}

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
  if (rolled || facts.term || last <= applied) return false;
  return !log || !ChangeKeysOnly(*log, {.after = applied, .until = last});
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
    if (both.kv) member.hash_kv = *both.kv;
  } else {
    content = mvcc::HashContent(member.Store());
  }
  member.hash = content.hash;
  member.keys = equal == nullptr ? content.live_keys : equal->keys;
}

std::unique_ptr<Member> OpenMember(const MemberArgument& argument,
                                   const gateway::Options& gateway) {
  auto member = std::make_unique<Member>(Member{.name = argument.name, .source = argument.path});
  if (IsEndpoint(argument.path)) {
    OpenRunning(*member, gateway);
  } else if (auto digest = OpenDigest(argument.path)) {
    if (*digest) {
      TakeDigest(**std::move(digest), *member);
    } else {
      member->unreadable = digest->error();
      member->unreadable->subject = argument.path;
    }
  } else {
    OpenFiles(*member);
  }
  return member;
}

}  // namespace etcdf::hashcheck
