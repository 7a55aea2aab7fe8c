// Which member to restore from, in sentences.
#pragma once

#include "hashcheck/best_member.h"
#include "hashcheck/views/words.h"

namespace etcdf::hashcheck {

struct BestMemberStory {
  std::string headline;  // the choice
  // Names, each with a line or more.
  std::vector<Point> members = {};
};
BestMemberStory TellBestMember(const BestMember& best);

}  // namespace etcdf::hashcheck
