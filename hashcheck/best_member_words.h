// Which member to restore from, in sentences.
#pragma once

#include "hashcheck/best_member.h"
#include "hashcheck/words.h"

namespace etcdf::hashcheck {

// The choice, and a line or more on each member.
Point TellBestMember(const BestMember& best, const Options& options);

}  // namespace etcdf::hashcheck
