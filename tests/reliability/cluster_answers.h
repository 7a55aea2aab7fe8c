// What hashcheck says of the members of a case, in every form of output, held against the truth and
// each form against the others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/reliability/cluster_case.h"
#include "tests/reliability/cluster_truth.h"

namespace etcdf::reliability {

struct Judged {
  uint64_t runs = 0;
  std::vector<std::string> wrong = {};  // in sentences
};

// The members' files are in the working directory.
Judged JudgeAnswers(const ClusterCase& drawn, const Truth& truth);

}  // namespace etcdf::reliability
