#include "hashcheck/evidence.h"

#include <algorithm>

#include "base/escape.h"
#include "hashcheck/findings.h"
#include "io/mapped_file.h"
#include "member/membership.h"
#include "mvcc/schema.h"
#include "salvage/live_copy.h"
#include "wal/log_head.h"

namespace etcdf::hashcheck {
namespace {

// The raft log beside the database, or that there is instead of one. A member without one can still
// be compared.
void ReadLog(Member& member) {
  auto log = member.files->ReadLog(member.findings);
  if (log) member.log = *std::move(log);
}

// `snapshot restore` of etcd 3.4 leaves the members of the old cluster in the database. The new
// ones come when they are started (etcd v3.4.23, clientv3/snapshot/v3_snapshot.go, saveDB).
bool IsAsRestored(const Member& member) {
  const wal::LogHead head = member.log ? wal::ReadLogHead(*member.log) : wal::LogHead();
  return head.is_restore() && member.status.consistent_index == head.additions;
}

// A log and a database that do not belong together are found nowhere else: each is sound by itself.
void CheckNode(Member& member) {
  const auto identity = member.identity();
  if (!identity) return;
  const member::Membership members =
      member::ReadMemberBuckets(*member.database.database, member.database.path, member.findings);
  if (members.empty() || members.contains(identity->node_id)) return;
  if (IsAsRestored(member)) return;
  member.findings.Report({.kind = kMemberForeignWal,
                          .file = member.source,
                          .what = "the log is that of node " + HexId(identity->node_id) +
                                  ", whom the database beside it does not have among its members",
                          .consequence = "what the log says may not be this database's story"});
}

void OpenRunning(Member& member, const live::Options& gateway) {
  auto running = live::RunningMember::Open(member.source, gateway);
  if (!running) {
    member.unreadable = running.error();
    return;
  }
  member.running = std::make_unique<live::RunningMember>(*std::move(running));
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

void OpenFiles(Member& member, const MemberArgument& argument) {
  auto files = member::Open(
      {.path = argument.path, .wal_dir = argument.wal_dir, .temporary_dir = argument.temporary_dir},
      member::Parts::kAll, member.findings);
  if (!files) {
    member.unreadable = files.error();
    return;
  }
  member.files = *std::move(files);
  auto opened = member.files->OpenDatabase({}, member.findings);
  if (opened) {
    member.database = *std::move(opened);
  } else {
    member.unreadable = opened.error();
  }
  ReadLog(member);
  if (member.unreadable) return;
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
  member.status = mvcc::ReadStatus(member.Store());
  CheckNode(member);
}

}  // namespace

void ReportFaults(Member& member) {
  member.database.ReportFaults(member.findings);
  const bool is_damaged =
      std::ranges::any_of(member.findings.findings(), [](const Finding& finding) {
        return finding.kind.id.starts_with("bolt.") && finding.kind.severity == Severity::kDamage;
      });
  if (is_damaged && member.database.bolt)
    salvage::CheckLiveCopy(*member.database.bolt, member.findings);
  if (member.log) member.log->ReportFaults(member.findings);
}

std::unique_ptr<Member> OpenMember(const MemberArgument& argument, const live::Options& gateway) {
  auto member = std::make_unique<Member>(Member{.name = argument.name, .source = argument.path});
  if (live::IsEndpoint(argument.path)) {
    OpenRunning(*member, gateway);
  } else if (auto digest = OpenDigest(argument.path)) {
    if (*digest) {
      TakeDigest(**std::move(digest), *member);
    } else {
      member->unreadable = digest->error();
      member->unreadable->subject = argument.path;
    }
  } else {
    OpenFiles(*member, argument);
  }
  return member;
}

}  // namespace etcdf::hashcheck
