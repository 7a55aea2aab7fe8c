// A bucket printed on all cores, in order.
#pragma once

#include <functional>

#include "dump-db/verbs.h"
#include "output/ordered.h"

namespace etcdf::dump_db {

enum class Direction : uint8_t { kForwards, kBackwards };

// Calls `print` in several threads with each part of the bucket, which is read to its end and then
// appended to `text`; what it reports reaches the context in the order of the rows. The text of the
// parts goes to `out` in order, or against it. False once nobody reads any more.
struct PrintedPart {
  backend::Scan& scan;
  FindingSink& findings;
  output::OrderedParts::Part& text;
};
bool PrintParts(const VerbContext& context, const backend::Bucket& bucket, Direction direction,
                output::Sink& out, const std::function<void(const PrintedPart&)>& print);

}  // namespace etcdf::dump_db
