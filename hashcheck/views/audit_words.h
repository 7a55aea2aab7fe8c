// What an audit found, in sentences: the views for people say the same.
#pragma once

#include <string>
#include <vector>

#include "hashcheck/views/words.h"

namespace etcdf::hashcheck {

// What is said alike of these members.
struct AuditStory {
  std::vector<const Member*> members;
  std::vector<Point> points;

  // "m2 m3", printable.
  std::string Names() const;
};

// Why there is no verdict, or what stays unexplained; empty if there is nothing of the kind.
std::string ReasonText(const audit::AuditReport& report);

// In the order of the members.
std::vector<AuditStory> TellAudits(const ViewContext& context);

}  // namespace etcdf::hashcheck
