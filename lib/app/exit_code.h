// What the exit status of every tool means.
#pragma once

#include <cstdint>

#include "base/finding.h"

namespace etcdf::app {

enum class ExitCode : uint8_t {
  kSound = 0,          // the evidence is sound, or the members are the same
  kDamage = 1,         // damage or divergence was found
  kFailed = 2,         // the job could not be done
  kInterrupted = 130,  // SIGINT: as shells report it
};

// Notes leave the evidence sound; everything above does not.
inline ExitCode ExitCodeFor(const FindingList& findings) {
  const bool sound = findings.worst().value_or(Severity::kNote) == Severity::kNote;
  return sound ? ExitCode::kSound : ExitCode::kDamage;
}

}  // namespace etcdf::app
