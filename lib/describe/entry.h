// What an entry of the raft log asks for, as tools show it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "output/json_writer.h"
#include "output/value_format.h"
#include "raft/payload.h"
#include "wire/raft_records.h"

namespace etcdf::describe {

// An entry and, if it is of type normal, its data decoded.
struct EntryView {
  const wire::Entry& entry;
  const raft::Payload& payload;
};

// "put", "txn", "v2", "noop", "conf_change", "unknown", ...
std::string_view KindOf(const EntryView& view);

// Whether there is something for WriteRequest to write.
bool HasRequest(const EntryView& view);

// What was asked for, as one object: the v3 request with its header, {"v2":{...}} or
// {"conf_change":{...}}. Only of entries that have a request.
void WriteRequest(output::JsonWriter& json, const EntryView& view,
                  const output::ValueFormat& values);

// The id that the proposing member gave the request; 0 without one.
uint64_t RequestIdOf(const EntryView& view);

// The member whose id fits the request's origin: its hexadecimal id, or the low 16 bits as
// "....abcd" where no member that the log names fits, or several do. Empty without an origin.
std::string ProposerText(uint64_t request_id, const std::vector<uint64_t>& member_ids);

}  // namespace etcdf::describe
