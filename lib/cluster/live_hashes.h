// HashKV of running members, all at one revision.
#pragma once

#include <cstdint>
#include <span>

#include "cluster/member.h"

namespace etcdf::cluster {

// Members of a running cluster compact while they are asked: so often is asked anew.
inline constexpr int kMaxQuestions = 5;

// Asks all at once, each for its HashKV at `revision`, which goes to its hash_kv. Those that do not
// answer have an error() then.
//
// False if a compaction came between: one has compacted the revision, or they answer as of
// different compact revisions. After Refresh() they may agree on a later one.
bool AskForHashes(std::span<Member* const> running, int64_t revision);

// Asks all at once for their status, after a moment.
void Refresh(std::span<Member* const> running);

}  // namespace etcdf::cluster
