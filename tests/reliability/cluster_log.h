// The log of a cluster of any size, whose history is that of a real member: made from that member's
// entries, and written out as the log of each of the cluster's nodes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/reliability/dice.h"
#include "tests/reliability/member.h"
#include "tests/reliability/tree.h"
#include "wire/raft_records.h"

namespace etcdf::reliability {

struct LogEntry {
  wire::EntryType type = wire::EntryType::kNormal;
  uint64_t term = 0;
  uint64_t index = 0;
  std::string data = {};

  // Good as long as the entry.
  wire::Entry View() const;
};

struct ClusterLog {
  uint64_t cluster_id = 0;
  // The founders. The first of them proposed what the real member proposed.
  std::vector<uint64_t> nodes = {};
  std::vector<LogEntry> entries = {};  // entry i has index i + 1

  uint64_t last() const { return entries.size(); }
  // With the next index, and the term of the entry before it.
  void Append(std::string request);
};

// With as many founders, or more if the real cluster had more: those that it lacks are added to its
// first entries, and all later ones move up.
ClusterLog MakeClusterLog(const Member& base, size_t nodes, Dice& dice);

// A request of etcd's that raises an alarm of the node: 1 NOSPACE, 2 CORRUPT.
std::string AlarmRequest(uint64_t node, uint64_t alarm);

// How a node keeps its log.
struct LogShape {
  uint64_t node = 0;
  uint64_t last = 0;    // entry
  uint64_t commit = 0;  // as its last hard state says
  // Segments begin before these entries, beside the first.
  std::vector<uint64_t> cuts = {};
  size_t zeros = 0;  // preallocated, behind the last record
  // A log that `snapshot restore` began: a snapshot stands behind the founders' entries, and the
  // node with the least id has the vote of term 1.
  bool is_restored = false;
};

// The segments, "member/wal/...", into `tree`.
void WriteLog(const ClusterLog& log, const LogShape& shape, Tree& tree);

}  // namespace etcdf::reliability
