#include "hashcheck/audit.h"

#include <algorithm>
#include <deque>

#include "app/process.h"
#include "apply/rules.h"
#include "base/threads.h"
#include "io/data_dir.h"
#include "member/broken_segments.h"
#include "member/crosscheck.h"

namespace etcdf::hashcheck {
namespace {

constexpr size_t kAuditsAtOnce = 2;

bool CanBeAudited(const Member& member) { return member.has_database() && member.log.has_value(); }

// Of a member that cannot.
audit::AuditReason ReasonNotTo(const Member& member) {
  return member.log ? audit::AuditReason::kNoDatabase : audit::AuditReason::kNoLog;
}

class Auditor {
 public:
  Auditor(const std::vector<std::unique_ptr<Member>>& members, const Options& options)
      : members_(members), options_(options), progress_("auditing", ShownBytes()) {
    for (const auto& member : members) audits_.push_back({.member = member.get()});
  }

  std::vector<MemberAudit> Run() {
    RunOnThreads(kAuditsAtOnce, audits_.size(), [this](size_t i) { AuditOne(i); });
    return std::move(audits_);
  }

 private:
  uint64_t ShownBytes() const {
    uint64_t bytes = 0;
    for (const auto& member : members_) {
      if (!options_.quiet && CanBeAudited(*member)) bytes += member->log->bytes();
    }
    return bytes;
  }

  // How the member may have applied its log.
  std::vector<apply::Rules> RulesFor(const Member& member) const {
    return apply::RulesToTry(member.status, options_.etcd_version);
  }

  void AuditOne(size_t ordinal) {
    Member& member = *members_[ordinal];
    audit::AuditReport& report = audits_[ordinal].report;
    if (!CanBeAudited(member)) {
      report.reason = ReasonNotTo(member);
      return;
    }
    audits_[ordinal].consistent_index = member.status.consistent_index.value_or(0);
    const mvcc::Store store = member.StoreOnDisk();
    member::CrossCheckDatabase(*member.log, store);
    if (const auto dir = io::FindDataDir(member.database.data_dir)) {
      member::CheckBrokenSegments(*member.log, *dir, member.findings);
    }
    audit::AuditInput input{.log = *member.log,
                            .database = store,
                            .rules = RulesFor(member),
                            .thorough = options_.audit};
    std::deque<mvcc::Store> databases;
    for (const auto& other : members_) {
      if (other.get() == &member || !MayBePeer(member, *other)) continue;
      audit::Peer& peer = input.peers.emplace_back();
      audits_[ordinal].peers.push_back(other.get());
      if (other->log) peer.log = &*other->log;
      if (other->has_database()) peer.database = &databases.emplace_back(other->StoreOnDisk());
    }
    uint64_t bytes_told = 0;
    input.progress = [&](uint64_t done, uint64_t total) {
      const double part = total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total);
      const auto bytes = static_cast<uint64_t>(part * static_cast<double>(member.log->bytes()));
      if (bytes > bytes_told) *progress_.bytes_done() += bytes - bytes_told;
      bytes_told = std::max(bytes, bytes_told);
      return !app::Interrupted();
    };
    report = audit::Audit(input);
  }

  // A log has to be of the same cluster. A database alone does not say whose it is; it counts as
  // far as its rows are what the member's log makes.
  static bool MayBePeer(const Member& member, const Member& other) {
    if (!other.log) return other.has_database();
    return member.identity() && other.identity() &&
           member.identity()->cluster_id == other.identity()->cluster_id;
  }

  const std::vector<std::unique_ptr<Member>>& members_;
  const Options& options_;
  std::vector<MemberAudit> audits_;
  app::Progress progress_;
};

}  // namespace

std::vector<MemberAudit> AuditMembers(const std::vector<std::unique_ptr<Member>>& members,
                                      const Options& options) {
  return Auditor(members, options).Run();
}

bool IsAuditCheap(const std::vector<std::unique_ptr<Member>>& members) {
  constexpr uint64_t kCheapBytes = 64 << 20;  // a second or two
  uint64_t bytes = 0;
  for (const auto& member : members) {
    if (CanBeAudited(*member)) {
      bytes += member->log->bytes() + member->database.database->size_bytes();
    }
  }
  return bytes <= kCheapBytes;
}

app::ExitCode ExitCodeOf(const std::vector<MemberAudit>& audits, bool was_asked) {
  using audit::AuditVerdict;
  const auto has = [&](AuditVerdict verdict) {
    return std::ranges::any_of(
        audits, [verdict](const MemberAudit& audit) { return audit.report.verdict == verdict; });
  };
  if (has(AuditVerdict::kAnomalous) || has(AuditVerdict::kUnexplained)) {
    return app::ExitCode::kDamage;
  }
  const bool unanswered = was_asked && audits.size() == 1 && has(AuditVerdict::kNotCovered) &&
                          audits.front().report.reason != audit::AuditReason::kNothingSince;
  return unanswered ? app::ExitCode::kFailed : app::ExitCode::kSound;
}

}  // namespace etcdf::hashcheck
