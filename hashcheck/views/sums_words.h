// What sums and hashes say, in the words that the views for people have in common.
#pragma once

#include <string>
#include <vector>

#include "hashcheck/views/views.h"

namespace etcdf::hashcheck {

// "217..230, 240 and 3 more ranges"; all of them with --all.
std::string RangesText(const std::vector<digest::Span>& ranges, bool all);

// What was compared of two members and what came of it, part by part.
struct PartText {
  const char* part;  // "revisions", "raft logs", ...
  std::string text;  // "1..841: DIFFERENT in 217..841"
};
std::vector<PartText> PartsOf(const SumsComparison& pair, bool all);

// "at revision 841: the same on m1 m2; nothing else of running members is compared"; empty if no
// member is running.
std::string HashesText(const ViewContext& context);

// What tells members apart that are not compared by rows, without its full stop: "they differ in
// revisions 217..841". Only if something does.
std::string DivergenceOfSums(const ViewContext& context);

}  // namespace etcdf::hashcheck
