#include "restore/cluster_line.h"

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"
#include "replay/replay.h"
#include "restore/log_events.h"
#include "restore/v2_store.h"
#include "snapfile/snap_file.h"

namespace etcdf::restore {
namespace {

using apply::Version;

constexpr uint32_t kOldestMinor = 4;
constexpr uint32_t kNewestMinor = 7;

Version LineOf(uint32_t minor) { return {.major = 3, .minor = minor, .patch = UINT32_MAX}; }

std::optional<Version> VersionInLog(const wal::Log& log) {
  EventReader reader;
  std::optional<Version> version;
  std::vector<LogEvent> events;
  const wal::IndexRange committed{.until = log.summary().state.commit};
  replay::ForEachEntry(log, committed, [&](const wire::Entry& entry) {
    events.clear();
    reader.Take(entry, events);
    for (const LogEvent& event : events) {
      if (event.kind == LogEvent::Kind::kClusterVersion) version = event.version;
    }
    return true;
  });
  return version;
}

std::optional<Version> VersionInSnap(const io::DataDir& dir) {
  for (const io::SnapFile& file : dir.snaps) {
    FindingList unreported;
    const auto snap = snapfile::ReadSnapFile(file, unreported);
    if (!snap || !*snap) continue;
    const auto store = ReadV2Store((*snap)->snapshot.data);
    if (store && store->version) return store->version;
  }
  return std::nullopt;
}

// A storage version is written since 3.6, a term since 3.5.
Version OldestWriter(const mvcc::Status& status) {
  const auto schema = apply::ParseVersion(status.SchemaVersion());
  return LineOf(schema ? std::clamp(schema->minor, kOldestMinor, kNewestMinor) : kOldestMinor);
}

}  // namespace

ClusterLine FindClusterLine(const Evidence& evidence, const mvcc::Status& status) {
  ClusterLine line{.at_least = OldestWriter(status)};
  if (status.cluster_version) line.version = apply::ParseVersion(AsText(*status.cluster_version));
  if (!line.version && evidence.log != nullptr) line.version = VersionInLog(*evidence.log);
  if (!line.version) line.version = VersionInSnap(evidence.dir);
  return line;
}

std::vector<Version> LinesToForetell(const ClusterLine& line) {
  uint32_t first = line.at_least.minor;
  uint32_t last = kNewestMinor;
  if (line.version) {
    first = std::max(line.version->minor, kOldestMinor);
    last = std::max(first, std::min(first + 1, kNewestMinor));
  }
  std::vector<Version> versions;
  for (uint32_t minor = first; minor <= last; ++minor) versions.push_back(LineOf(minor));
  return versions;
}

}  // namespace etcdf::restore
