#include "states/state.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dating/findings.h"
#include "dating/store_times.h"
#include "mvcc/status.h"
#include "objects/decoder.h"

namespace etcdf::states {
namespace {

// etcd's own words, and what there is instead.
Result<int64_t> CheckedRevision(const mvcc::Status& status, int64_t revision) {
  auto read = status.ReadRevision(revision);
  if (read) return read;
  Error error = read.error();
  error.subject = "revision " + std::to_string(revision);
  error.subject += revision < status.CurrentRevision()
                       ? " (the history begins at " + std::to_string(status.CompactRevision()) + ")"
                       : " (the newest is " + std::to_string(status.CurrentRevision()) + ")";
  return Fail(std::move(error));
}

}  // namespace

Error WithEvidence(const Error& error, const std::string& path) {
  Error with_path = error;
  if (!error.subject.starts_with(path)) {
    with_path.subject = error.subject.empty() ? path : path + ": " + error.subject;
  }
  return with_path;
}

namespace {

std::string WhenText(const dating::Interval& when) {
  std::string text;
  if (when.not_before) text += " not before " + dating::TimeText(when.not_before->time);
  if (when.not_before && when.not_after) text += " and";
  if (when.not_after) text += " not after " + dating::TimeText(when.not_after->time);
  return text;
}

// The newest revision that is surely not later; says so, as it is seldom the newest at that time.
Result<int64_t> RevisionBy(const mvcc::Store& store, const std::string& time) {
  const dating::Micros micros = dating::ParseMicros(time);
  if (micros == 0) {
    return Fail({.code = ErrorCode::kUsage,
                 .what = "is not a time such as 2026-11-30T10:00:00Z",
                 .subject = time});
  }
  const auto tools = objects::Tools::Load({});
  if (!tools) return Fail(tools.error());
  const auto at = dating::NewestNotAfter(store, *tools, micros * 1000);
  if (!at) {
    Error error = at.error();
    error.subject = "@time=" + time + " (the history begins at revision " +
                    std::to_string(OldestRevision(store)) + ")";
    return Fail(std::move(error));
  }
  const int64_t newest = mvcc::ReadStatus(store).CurrentRevision();
  std::string left_out;
  if (at->revision < newest) {
    left_out =
        "those after it, up to " + std::to_string(newest) + ", may be later, and are left out";
  }
  store.findings.Report({.kind = kAtTime,
                         .file = store.file,
                         .what = "revision " + std::to_string(at->revision) + ", written" +
                                 WhenText(at->interval) +
                                 ", is the newest that surely is not after " + time,
                         .consequence = std::move(left_out),
                         .figures = {{"revision", static_cast<uint64_t>(at->revision)}}});
  return at->revision;
}

}  // namespace

int64_t OldestRevision(const mvcc::Store& store) {
  return std::max<int64_t>(1, mvcc::ReadStatus(store).CompactRevision());
}

Result<State> Reach(const member::Evidence& files, const member::OpenedDatabase& evidence,
                    const Point& point, FindingSink& findings) {
  State state(evidence);
  if (point.kind == PointKind::kIndex) {
    auto at = OpenAt(files, evidence, point.index, findings);
    if (!at) return Fail(at.error());
    state.at_ = *std::move(at);
    return state;
  }
  const mvcc::Store store{
      .database = *evidence.database, .file = evidence.path, .findings = findings};
  switch (point.kind) {
    case PointKind::kRevision: {
      const auto revision = CheckedRevision(mvcc::ReadStatus(store), point.revision);
      if (!revision) return Fail(revision.error());
      state.revision_ = *revision;
      return state;
    }
    case PointKind::kOldest: state.revision_ = OldestRevision(store); return state;
    case PointKind::kTime: {
      const auto revision = RevisionBy(store, point.time);
      if (!revision) return Fail(revision.error());
      state.revision_ = *revision;
      return state;
    }
    default: return state;
  }
}

}  // namespace etcdf::states
