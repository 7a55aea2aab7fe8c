// What the members are to each other, in the words that the views for people have in common.
#pragma once

#include <string>
#include <vector>

#include "hashcheck/views/views.h"

namespace etcdf::hashcheck {

// "m3 cannot be read", without a full stop.
std::string DoubtText(const Doubt& doubt, const Comparison& comparison);

// "m1 m2", of places in `members`.
std::string NamesIn(const std::vector<size_t>& places, const std::vector<Member*>& members);

// "m2 m4 m5 (the majority: 3 of 5 nodes), m1, m3"; empty where none differ, or only two were given.
std::string ClassesText(const Group& group);

// Which revisions some have and others do not: "21..24 (4 revisions) on m1 m2 only, which agree
// there".
std::vector<std::string> BeyondTexts(const Group& group);

// "NOSPACE, raised by 8e9e05c52164694d, on m1 m2 m3".
std::vector<std::string> AlarmTexts(const std::vector<std::unique_ptr<Member>>& members);

// "cdf818194e3a8c32: m1 m2".
std::string ClusterText(const Group& group);

}  // namespace etcdf::hashcheck
