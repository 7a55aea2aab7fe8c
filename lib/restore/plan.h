// What to do with the members, one step after the other, so that the cluster serves again and loses
// as little as can be.
//
// Members whose files can be used are started as they are, the best one first: whoever has the most
// of the log is elected. If they are no majority of the voters, one of them begins the cluster anew
// alone. All others lose their files and get the state from a leader.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "restore/best_member.h"

namespace etcdf::restore {

enum class Deed : uint8_t {
  kCopyAll,      // every directory as it is, before anything is started; `member` means nothing
  kMend,         // do the remedy of `remark`
  kAskAgain,     // what the members' files are then
  kStart,        // the member with its files
  kStartOthers,  // `count` of the voters whose directories are not at hand
  kStartAlone,   // the member, with --force-new-cluster
  kRestore,      // make the directories of all members anew from its database
  kJoinAnew,     // remove the member, add it again, with an empty directory
};

struct Step {
  Deed deed = Deed::kCopyAll;
  size_t member = 0;  // of BestMember::candidates
  std::optional<Remark> remark = {};
  size_t count = 0;
  size_t voters = 0;            // kStart: `count` of these are up then; 0: not known
  bool is_last_resort = false;  // if the step before cannot be done
};

struct Plan {
  // Never empty: what is there is copied first.
  std::vector<Step> steps = {};
  // Whose state the cluster has then; nothing where nothing can be started or restored from.
  std::optional<size_t> from = {};
};

Plan MakePlan(const BestMember& best);

// "copy_all", "mend" and so on.
const char* DeedName(Deed deed);

}  // namespace etcdf::restore
