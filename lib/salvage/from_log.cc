#include "salvage/from_log.h"

#include <algorithm>
#include <utility>

#include "apply/rules.h"
#include "mvcc/status.h"
#include "replay/load.h"
#include "salvage/anchors.h"
#include "salvage/log_course.h"

namespace etcdf::salvage {
namespace {

using apply::MemberStore;

class Attempts {
 public:
  explicit Attempts(const LogInput& input)
      : input_(input), entries_(input.entries), status_(mvcc::ReadStatus(input.pages)) {}

  Result<FromLog> Run() const {
    if (input_.is_whole && status_.consistent_index) return FromDatabase();
    if (entries_.front().index == 1 && !input_.begins_with_backup) {
      if (auto result = FromNothing()) return *std::move(result);
    }
    if (auto result = Anchored()) return *std::move(result);
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "what the log writes cannot be matched with what the pages hold"});
  }

 private:
  FromLog NewResult(LogStart start, const apply::Rules& rules,
                    std::span<const wire::Entry> entries) const {
    return {.start = start,
            .index_first = entries.front().index,
            .index_last = entries.back().index,
            .store = std::make_unique<MemberStore>(rules)};
  }

  Result<FromLog> FromDatabase() const {
    const auto behind =
        std::ranges::upper_bound(entries_, *status_.consistent_index, {}, &wire::Entry::index);
    const std::span<const wire::Entry> entries(behind, entries_.end());
    if (entries.empty() || entries.front().index != *status_.consistent_index + 1) {
      return Fail({.code = ErrorCode::kNotFound,
                   .what = "it has nothing that is known to be committed and not yet in the "
                           "database, which has lost nothing"});
    }
    FromLog result = NewResult(LogStart::kDatabase, apply::LikelyRules(status_), entries);
    result.start_revision = status_.CurrentRevision();
    if (auto loaded = replay::Load(input_.pages, std::nullopt, *result.store); !loaded) {
      return Fail(loaded.error());
    }
    LogCourse(input_, entries, result).Run();
    return result;
  }

  // Nothing where the pages hold something else.
  std::optional<FromLog> FromNothing() const {
    std::optional<FromLog> best;
    for (const apply::Rules& rules : apply::RulesToTry(status_)) {
      FromLog result = NewResult(LogStart::kEmpty, rules, entries_);
      LogCourse(input_, entries_, result).Run();
      if (!best || result.contradicted < best->contradicted) best = std::move(result);
      if (best->contradicted == 0) break;
    }
    if (!Fits(*best)) return std::nullopt;
    return best;
  }

  // A row that was altered contradicts by itself; a member that has skipped a write contradicts in
  // all that follows, and so does another member's log.
  static bool Fits(const FromLog& result) {
    constexpr uint64_t kAgreedForEach = 20;
    return result.contradicted == 0 || result.agreed / kAgreedForEach >= result.contradicted;
  }

  std::optional<FromLog> Anchored() const {
    constexpr size_t kAnchorsMin = 5;  // fewer may be chance
    const std::vector<Anchor> anchors = FindAnchors(entries_, input_.rows);
    if (anchors.size() < kAnchorsMin) return std::nullopt;
    if (auto result = RunFrom(BeforeHead(anchors.front()), anchors)) return result;
    return RunFrom({.position = anchors.front().position, .main = anchors.front().main}, anchors);
  }

  // The first entry from which the log may lead to the anchor, and what it would write if all of
  // them write, behind the last compaction.
  Anchor BeforeHead(const Anchor& first) const {
    const int64_t floor = std::max<int64_t>(status_.CompactRevision(), 1);
    Anchor head = first;
    raft::Payload payload;
    while (head.position > 0) {
      const bool may_write = MayWrite(entries_[head.position - 1], payload);
      if (may_write && head.main - 1 <= floor) break;
      --head.position;
      head.main -= may_write ? 1 : 0;
    }
    return head;
  }

  // Nothing where the entries before the first anchor do not lead to it.
  std::optional<FromLog> RunFrom(const Anchor& start, std::span<const Anchor> anchors) const {
    const auto entries = entries_.subspan(start.position);
    FromLog result = NewResult(LogStart::kAnchored, apply::LikelyRules(status_), entries);
    result.start_revision = start.main - 1;
    const auto loaded =
        replay::LoadBefore(input_.pages, result.start_revision, entries, *result.store);
    if (!loaded) return std::nullopt;
    LogCourse course(input_, entries_, result, start.position);
    if (!course.Run(anchors)) return std::nullopt;
    return result;
  }

  const LogInput& input_;
  std::span<const wire::Entry> entries_;
  mvcc::Status status_;
};

}  // namespace

replay::Entries EntriesToApply(const wal::Log& log, uint64_t applied) {
  const wal::LogSummary& summary = log.summary();
  return {log, std::min(summary.index_trusted, std::max(summary.commit, applied))};
}

Result<FromLog> ApplyLog(const LogInput& input) { return Attempts(input).Run(); }

}  // namespace etcdf::salvage
