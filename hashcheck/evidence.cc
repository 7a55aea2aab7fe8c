#include "hashcheck/evidence.h"

#include <algorithm>

#include "base/escape.h"
#include "hashcheck/findings.h"
#include "io/data_dir.h"
#include "member/membership.h"

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

}  // namespace

std::optional<wire::Metadata> Member::identity() const {
  if (!log || log->summary().metadata.node_id == 0) return std::nullopt;
  return log->summary().metadata;
}

uint64_t Member::committed() const {
  return std::max(log ? log->summary().commit : 0, status.consistent_index.value_or(0));
}

std::unique_ptr<Member> OpenMember(const MemberArgument& argument) {
  auto member = std::make_unique<Member>(Member{.name = argument.name, .source = argument.path});
  auto opened = member::OpenDatabase(argument.path, {}, member->findings);
  if (!opened) {
    member->unreadable = opened.error();
    OpenLog(*member, argument.path);
    return member;
  }
  member->database = *std::move(opened);
  if (!member->database.data_dir.empty()) OpenLog(*member, member->database.data_dir);
  if (member->database.database == nullptr) {
    member->unreadable = member->database.unreadable;
    return member;
  }
  CheckNode(*member);
  member->status = mvcc::ReadStatus(member->Store());
  return member;
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

}  // namespace etcdf::hashcheck
