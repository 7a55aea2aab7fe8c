// What hashcheck prints, a file for each form.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hashcheck/comparison.h"
#include "hashcheck/evidence.h"
#include "hashcheck/options.h"

namespace etcdf::hashcheck {

struct ViewContext {
  const Options& options;
  const std::vector<std::unique_ptr<Member>>& members;
  const Comparison& comparison;
};

// All append to `out`.
void AppendMemberTable(std::string& out, const ViewContext& context);
void AppendStory(std::string& out, const ViewContext& context);
void AppendJson(std::string& out, const ViewContext& context);
// "Name" : value lines, as etcdutl's `-w fields`.
void AppendFields(std::string& out, const ViewContext& context);

}  // namespace etcdf::hashcheck
