// The members as the user names them, opened.
#pragma once

#include <memory>

#include "cluster/member.h"
#include "hashcheck/options.h"

namespace etcdf::hashcheck {

using cluster::Member;

// Opens one member whole and reads its status. Never fails: see `unreadable`.
std::unique_ptr<Member> OpenMember(const MemberArgument& argument, const live::Options& gateway);

// What reading met that no decoder could see, and what a damaged database has beyond what is
// reached. Ask when all is read.
void ReportFaults(Member& member);

}  // namespace etcdf::hashcheck
