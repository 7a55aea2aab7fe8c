// Which entries a run shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dump-logs/options.h"
#include "raft/payload.h"
#include "wal/log.h"
#include "wire/raft_records.h"

namespace etcdf::dump_logs {

class EntryFilter {
 public:
  explicit EntryFilter(const Criteria& criteria);

  // Names in --entry-type that mean nothing; they select nothing, as upstream has it.
  const std::vector<std::string>& unknown_types() const { return unknown_types_; }

  // `payload` is the decoded data of a normal entry; of others it is not looked at.
  bool Passes(const wire::Entry& entry, const raft::Payload& payload) const;

 private:
  bool PassesType(const wire::Entry& entry, const raft::Payload& payload) const;
  bool PassesRequest(const raft::Payload& payload) const;

  const Criteria& criteria_;
  bool conf_changes_ = false;
  bool internal_requests_ = false;
  bool v2_requests_ = false;
  bool unknown_payloads_ = false;
  std::vector<uint32_t> request_fields_;  // of InternalRaftRequest, by number
  std::vector<std::string> unknown_types_;
  bool asks_for_requests_ = false;  // a criterion that only a request can meet
};

// The range that ends at `until` and holds the last `count` live entries up to there that pass:
// read from the end backwards, as far as it takes. Nothing if the log has fewer.
std::optional<wal::IndexRange> LastThatPass(const wal::Log& log, const EntryFilter& filter,
                                            uint64_t count, uint64_t until);

}  // namespace etcdf::dump_logs
