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

// "m2 m3", of indexes into comparison.compared.
std::string NamesOf(const std::vector<size_t>& members, const Comparison& comparison);

// What the raft log holds: where the terms change, as `1:1-3 2:4-176`.
std::string RunsText(const std::vector<compare::TermRun>& runs);

}  // namespace etcdf::hashcheck
