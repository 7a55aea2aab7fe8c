// A folder of backups: which of them are good, which is the newest good one, and what lies after
// it that no good backup has.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/exit_code.h"
#include "base/finding.h"
#include "output/sink.h"
#include "snapshot-status/options.h"
#include "snapshot-status/survey.h"

namespace etcdf::snapshot_status {

enum class TakenFrom : uint8_t { kName, kContent, kMtime };

struct Backup {
  std::string path = {};
  int64_t taken = 0;  // seconds since 1970
  TakenFrom taken_from = TakenFrom::kMtime;
  bool is_database = false;  // the figures below are known
  uint32_t hash = 0;
  int64_t revision = 0;
  uint64_t keys = 0;
  uint64_t size_bytes = 0;
  ShaState sha = ShaState::kNotChecked;
  std::set<uint64_t> member_ids = {};
  // Nothing damaged or suspect was met. Without a SHA-256 nothing proves that it is what was saved.
  bool is_sound = false;
  std::string why = {};  // it is not, or what is to be said of it
};

// The time in a file's name: a date, with or without a time of day, in UTC, or seconds or
// milliseconds since 1970.
std::optional<int64_t> TimeInName(std::string_view file_name);

// Whether people call backups so: a file of that name that is none is told of.
bool LooksLikeBackupName(std::string_view file_name);

// What no good backup has: from a good one on, or from the beginning, up to a later one that is not
// good, or up to the next good one after such.
struct Gap {
  std::optional<size_t> from = {};
  size_t to = 0;
};

struct BackupFolder {
  std::vector<Backup> backups = {};  // by time, the oldest first
  size_t other_files = 0;            // that are no backups
  std::optional<size_t> newest_good = {};
  std::vector<Gap> gaps = {};
};

// Fills in what follows from the backups themselves, which are in order.
void Judge(BackupFolder& folder);

// Reads every file below the folder. 0: the newest is good; 1: it is not; 2: there is none.
app::ExitCode ShowBackups(const std::string& path, const Options& options, output::Sink& out,
                          output::Sink& err);

}  // namespace etcdf::snapshot_status
