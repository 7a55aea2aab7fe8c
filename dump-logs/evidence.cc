#include "dump-logs/evidence.h"

#include <algorithm>
#include <filesystem>

namespace etcdf::dump_logs {
namespace {

using OptionalError = std::optional<Error>;

OptionalError ReadNamedSnap(const std::string& name, Evidence& evidence, FindingSink& findings) {
  const auto path = std::filesystem::path(evidence.files.files().snap_dir) / name;
  const auto snap_name = io::ParseSnapName(path.filename().string());
  if (evidence.files.files().snap_dir.empty() || !snap_name) {
    return Error{.code = ErrorCode::kNotFound,
                 .what = "--start-snap wants the name of a .snap file in member/snap",
                 .subject = name};
  }
  auto snap = snapfile::ReadSnapFile({.path = path.string(), .name = *snap_name}, findings);
  if (!snap) return snap.error();
  if (!*snap) {
    return Error{.code = ErrorCode::kMalformed,
                 .what = "the snapshot to start from cannot be used",
                 .subject = path.string()};
  }
  evidence.snaps.push_back(**std::move(snap));
  return std::nullopt;
}

// Reads the newest usable snapshot, as etcd-dump-logs chooses it, or all of them. One that cannot
// be opened is a finding: the log can be read without it.
void ReadSnaps(bool all, Evidence& evidence, FindingSink& findings) {
  for (const io::SnapFile& file : evidence.files.files().snaps) {
    auto snap = snapfile::ReadSnapFile(file, findings);
    if (!snap) {
      findings.Report({.kind = io::kUnreadable, .file = file.path, .what = snap.error().Reason()});
    } else if (*snap) {
      evidence.snaps.push_back(**std::move(snap));
      if (!all) return;
    }
  }
}

}  // namespace

uint64_t Evidence::commit() const {
  const uint64_t logged = log.summary().commit;
  return snaps.empty() ? logged : std::max(logged, snaps.front().snapshot.index);
}

Result<Evidence> FindEvidence(const Options& options, FindingSink& findings) {
  const auto parts =
      member::Parts::kLog | member::Parts::kSnaps |
      (options.with_revisions || options.view == View::kVerify ? member::Parts::kDatabase
                                                               : member::Parts::kLog);
  auto files = member::Open(
      {.path = options.path, .wal_dir = options.wal_dir, .temporary_dir = options.temporary_dir},
      parts, findings);
  if (!files) return Fail(files.error());
  if (files->no_log()) return Fail(*files->no_log());
  Evidence evidence{.files = *std::move(files)};
  wal::IndexRange& range = evidence.range;
  range.until = options.until.value_or(UINT64_MAX);

  OptionalError failed;
  if (options.from) {
    evidence.start = range.after = *options.from == 0 ? 0 : *options.from - 1;
  } else if (options.start_index) {
    evidence.start = range.after = *options.start_index;
  } else if (options.around) {
    const auto [index, distance] = *options.around;
    evidence.start = range.after = index > distance ? index - distance - 1 : 0;
    range.until = index > UINT64_MAX - distance ? UINT64_MAX : index + distance;
  } else if (!options.start_snap.empty()) {
    failed = ReadNamedSnap(options.start_snap, evidence, findings);
    evidence.from_snapshot = true;
  } else if (options.view == View::kEntries && !options.tail) {
    ReadSnaps(/*all=*/false, evidence, findings);
    evidence.from_snapshot = true;
  } else if (options.view == View::kVerify) {
    ReadSnaps(/*all=*/true, evidence, findings);
  }
  if (failed) return Fail(*std::move(failed));
  if (evidence.from_snapshot && !evidence.snaps.empty()) {
    evidence.start = range.after = evidence.snaps.front().snapshot.index;
  }
  // The heads of all segments are records, too.
  // What took the place of an entry, or what an entry took the place of, may lie in any segment.
  if (options.superseded) evidence.start.reset();
  // What an entry does follows from all before it.
  if (options.with_revisions) evidence.start.reset();
  if (options.view == View::kRaw) evidence.start.reset();
  return evidence;
}

}  // namespace etcdf::dump_logs
