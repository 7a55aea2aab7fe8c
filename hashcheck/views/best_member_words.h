// Which member to restore from, in sentences.
#pragma once

#include <string>
#include <vector>

#include "hashcheck/views/words.h"
#include "restore/best_member.h"
#include "restore/origin.h"
#include "restore/plan.h"

namespace etcdf::hashcheck {

struct BestMemberStory {
  std::string headline;  // the choice
  // Names, each with a line or more.
  std::vector<Point> members = {};
  std::vector<std::string> plan = {};  // what to do, and what is lost then
};
// `origins` of all candidates.
BestMemberStory TellBestMember(const restore::BestMember& best,
                               const std::vector<restore::Origin>& origins);

// Why the best ones are, or why there is none.
std::vector<std::string> ReasonTexts(const restore::BestMember& best);

// What to do; `best` is what the plan was made for.
std::string StepText(const restore::Step& step, const restore::BestMember& best);

std::string ObjectionText(const restore::Objection& objection);

// How a member began; empty for one that began with its cluster, or of which that is not known.
std::string OriginText(const restore::Origin& origin);

}  // namespace etcdf::hashcheck
