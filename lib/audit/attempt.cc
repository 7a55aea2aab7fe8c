#include "audit/attempt.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "raft/payload.h"
#include "replay/migrated.h"

namespace etcdf::audit {
namespace {

// Less is better.
auto MeritOf(const AuditReport& report) {
  return std::tuple(report.verdict, report.anomalies.size(), report.rows_different);
}

}  // namespace

bool IsComplete(const AuditReport& report) {
  return report.verdict == AuditVerdict::kExplained || report.verdict == AuditVerdict::kAnomalous;
}

bool IsBetter(const AuditReport& report, const AuditReport& other) {
  return MeritOf(report) < MeritOf(other);
}

Reach Attempt::Begin() {
  course_ = FromBeginning();
  return reach_;
}

std::unique_ptr<Course> Attempt::FromBeginning() {
  if (entries_[0].index != 1) return nullptr;
  if (entries_.head().is_restore()) return FromRestored();
  auto course = From(input_.database, {});
  reach_ = course->Begin();
  if (reach_.ends || reach_.verified > 0) return course;
  migrated_ = replay::LastMigrated(entries_, rows_);
  if (migrated_ == 0) return course;
  course = From(input_.database, {.revision = migrated_});
  reach_ = course->Begin();
  return course;
}

AuditReport Attempt::Run() {
  const bool may_be_torn = course_ != nullptr && !rows_.are_torn();
  const bool follows = may_be_torn && (reach_.ends || FollowsAsTorn());
  if (follows && !reach_.ends) {
    work_left_ = std::min(work_left_, WorkMaxOfTorn(entries_.size()));
  }
  AuditReport report = RunOnRows();
  const bool is_told = report.verdict == AuditVerdict::kExplained ||
                       (report.verdict == AuditVerdict::kAnomalous && !follows);
  if (!may_be_torn || is_told) return report;
  AuditReport torn = RunAsTorn();
  // Explained by no anomaly at all: then bytes differ of which rows tell nothing.
  const bool tells_something = torn.verdict == AuditVerdict::kAnomalous;
  return tells_something && IsBetter(torn, report) ? torn : report;
}

AuditReport Attempt::RunAsLogged() {
  work_left_ = 0;
  return course_ == nullptr ? AuditReport() : Finish(*course_);
}

bool Attempt::HasCompaction(size_t position) const {
  raft::Payload payload;
  const auto is_compaction = [&payload](const wire::Entry& entry) {
    if (entry.type != wire::EntryType::kNormal) return false;
    payload.Decode(entry.data);
    return payload.request_name() == "compaction";
  };
  return !entries_.behind().empty() ||
         std::ranges::any_of(entries_.all().subspan(position), is_compaction);
}

std::optional<uint64_t> Attempt::LastStored() {
  return course_ == nullptr ? std::nullopt : course_->LastStored();
}

AuditReport Attempt::RunOnRows() {
  if (course_ == nullptr) return RunAligned();
  AuditReport report;
  // What a restored database began with may be compacted since, so that it cannot be told.
  const bool is_doubtful = !reach_.ends && course_->start() != replay::Alignment();
  if (is_doubtful && HasCompaction(course_->start().position)) report = RunAligned();
  if (IsComplete(report)) return report;
  report = FinishBegun();
  // With nothing verified the log may be one that was begun anew.
  if (IsComplete(report) || course_->cancelled() || report.verified > 0) return report;
  AuditReport aligned = RunAligned();
  return IsComplete(aligned) ? aligned : report;
}

AuditStart Attempt::StartOf(const Course& course) const {
  const wal::LogHead& head = entries_.head();
  const uint64_t index = entries_[course.start().position].index;
  if (head.is_restore() && index == head.additions + 1) return AuditStart::kRestored;
  const replay::Alignment migrated{.revision = migrated_};
  const bool is_migrated = migrated_ > 0 && course.start() == migrated;
  return is_migrated ? AuditStart::kMigrated : AuditStart::kOwnRows;
}

AuditReport Attempt::Finish(Course& course) const {
  const uint64_t before = course.work();
  AuditReport report = course.Finish(before + work_left_);
  work_left_ -= std::min(work_left_, course.work() - before);
  if (course.start() == replay::Alignment()) return report;
  report.start = StartOf(course);
  return report;
}

bool Attempt::FollowsAsTorn() const {
  if (!course_->IsForWantOfRows()) return false;
  const replay::StoredRows torn = rows_.AsTorn();
  return Course(input_, entries_, torn, rules_, input_.database, course_->start()).Begin().ends;
}

// Without a search: all that is not as the log says is missing, or was altered.
AuditReport Attempt::RunAsTorn() const {
  const replay::StoredRows torn = rows_.AsTorn();
  Course course(input_, entries_, torn, rules_, input_.database, course_->start());
  course.Begin();
  return course.Finish(0);
}

std::unique_ptr<Course> Attempt::From(const mvcc::Store& base,
                                      const replay::Alignment& start) const {
  return std::make_unique<Course>(input_, entries_, rows_, rules_, base, start);
}

std::unique_ptr<Course> Attempt::FromRestored() {
  constexpr size_t kOthersMax = 3;
  const size_t first = entries_.head().additions;
  std::unique_ptr<Course> farthest;
  if (first >= entries_.size()) return farthest;
  for (const replay::Alignment& start : replay::FindRestored(entries_, rows_, first)) {
    auto course = From(input_.database, start);
    const Reach reach = course->Begin();
    if (farthest == nullptr || reach > reach_) {
      farthest = std::move(course);
      reach_ = reach;
      others_.clear();
    } else if (reach == reach_ && others_.size() < kOthersMax) {
      others_.push_back(std::move(course));
    }
    if (reach.ends) break;
  }
  const bool is_found = reach_.ends || reach_.verified > 0;
  if (!is_found && HasCompaction(first)) farthest.reset();
  return farthest;
}

AuditReport Attempt::FinishBegun() {
  AuditReport best = Finish(*course_);
  for (auto& other : others_) {
    if (best.verdict == AuditVerdict::kExplained || other->cancelled()) break;
    AuditReport report = Finish(*other);
    const bool is_likelier = !IsBetter(best, report) && IsComplete(report) &&
                             report.anomalies.front().kind < best.anomalies.front().kind;
    if (IsBetter(report, best) || is_likelier) best = std::move(report);
  }
  return best;
}

AuditReport Attempt::RunAligned() const {
  AuditReport best = RunFromOwnRows();
  for (size_t peer = 0; peer < input_.peers.size(); ++peer) {
    const bool may_be_better =
        best.verdict == AuditVerdict::kExplained || best.verdict == AuditVerdict::kNotCovered;
    if (!may_be_better || input_.peers[peer].database == nullptr) continue;
    auto report = RunFromPeer(*input_.peers[peer].database, best);
    if (!report || report->verified + report->blind <= best.verified + best.blind) continue;
    best = *std::move(report);
    best.start = AuditStart::kPeerRows;
    best.start_peer = peer;
  }
  return best;
}

// From where the peer's rows tell what there was, if that is earlier than where `own` begins and
// all that is stored follows from there. Nothing else counts: the peer itself may be harmed.
std::optional<AuditReport> Attempt::RunFromPeer(const mvcc::Store& peer,
                                                const AuditReport& own) const {
  for (const replay::Alignment& alignment : replay::FindAlignmentsAcross(entries_, peer)) {
    const bool is_covered = own.verdict == AuditVerdict::kExplained &&
                            own.index_first <= entries_[alignment.position].index;
    if (is_covered) break;
    const auto course = From(peer, alignment);
    if (!course->Begin().ends) continue;
    AuditReport report = Finish(*course);
    if (report.verdict == AuditVerdict::kExplained) return report;
    if (course->cancelled()) break;
  }
  return std::nullopt;
}

// From the first place that is certain, or else from one that follows to the end.
AuditReport Attempt::RunFromOwnRows() const {
  constexpr uint64_t kCertain = 20;
  constexpr uint64_t kVerifiedMin = 5;  // fewer may be chance
  constexpr size_t kFinishedMax = 3;
  AuditReport best;
  best.reason = AuditReason::kNoPlace;
  size_t finished = 0;
  for (const replay::Alignment& alignment : replay::FindAlignments(entries_, rows_)) {
    const auto course = From(input_.database, alignment);
    const Reach reach = course->Begin();
    if (!reach.ends && reach.verified < kCertain) continue;
    if (reach.verified < kVerifiedMin && alignment.position + kVerifiedMin < entries_.size()) {
      continue;
    }
    AuditReport report = Finish(*course);
    if (IsBetter(report, best)) best = std::move(report);
    if (IsComplete(best) || course->cancelled() || ++finished == kFinishedMax) break;
  }
  return best;
}

}  // namespace etcdf::audit
