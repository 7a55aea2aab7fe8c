// The parts of the JSON document, a file for each. All write members of an object that has begun,
// and nothing where there is nothing of their kind.
#pragma once

#include <cstddef>
#include <vector>

#include "hashcheck/views/views.h"
#include "output/json_writer.h"

namespace etcdf::hashcheck {

// "NAME":["m1","m2"], of indexes into comparison.compared.
void WriteNames(output::JsonWriter& json, const char* name, const std::vector<size_t>& members,
                const Group& comparison);

// What a member has at a revision.
void WriteSide(output::JsonWriter& json, const compare::RowSide& side,
               const output::ValueFormat& values);

void WriteMembers(output::JsonWriter& json, const ViewContext& context);
void WriteBuckets(output::JsonWriter& json, const ViewContext& context);
// "first_divergence" and what belongs to it.
void WriteDivergence(output::JsonWriter& json, const ViewContext& context);
void WriteLogs(output::JsonWriter& json, const ViewContext& context);
// "sums" and "differing_rows".
void WriteSums(output::JsonWriter& json, const ViewContext& context);
void WriteAudits(output::JsonWriter& json, const ViewContext& context);
void WriteBestMember(output::JsonWriter& json, const ViewContext& context);

}  // namespace etcdf::hashcheck
