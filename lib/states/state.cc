#include "states/state.h"

#include <algorithm>
#include <string>
#include <utility>

#include "mvcc/status.h"

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
    case PointKind::kTime:
      return Fail({.code = ErrorCode::kUnsupported,
                   .what = "this version does not date revisions; name one with @rev=",
                   .subject = "@time=" + point.time});
    default: return state;
  }
}

}  // namespace etcdf::states
