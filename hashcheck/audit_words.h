// What an audit found, in sentences: the views for people say the same.
#pragma once

#include <string>
#include <vector>

#include "hashcheck/views.h"

namespace etcdf::hashcheck {

// Lines that belong together: what is the matter, and what is to be said of it.
struct AuditPoint {
  std::string headline;
  std::vector<std::string> details = {};

  friend bool operator==(const AuditPoint&, const AuditPoint&) = default;
};

// What is said alike of these members.
struct AuditStory {
  std::vector<const Member*> members;
  std::vector<AuditPoint> points;

  // "m2 m3", printable.
  std::string Names() const;
};

// In the order of the members.
std::vector<AuditStory> TellAudits(const ViewContext& context);

}  // namespace etcdf::hashcheck
