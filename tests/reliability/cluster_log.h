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
  std::vector<uint64_t> nodes = {};  // the founders
  // Those of them whose requests are among the entries: the ids of requests say so.
  std::vector<uint64_t> proposers = {};
  std::vector<LogEntry> entries = {};  // entry i has index i + 1

  uint64_t last() const { return entries.size(); }
  // How many of the entries add founders.
  uint64_t founders() const;
  // With the next index, and the term of the entry before it.
  void Append(std::string request);
};

// With as many founders, or more if the real cluster had more: those that it lacks are added to its
// first entries, and all later ones move up.
ClusterLog MakeClusterLog(const Member& base, size_t nodes, Dice& dice);

// A cluster of other nodes with the same history, as if the same had been done to both.
ClusterLog RenameNodes(const ClusterLog& log, Dice& dice);

// How a backup of a cluster, as of entry `until`, was restored to another one. If that ran on, its
// nodes published themselves, up to 3.5 by requests of v2's, and it applied what the first one did
// later to keys and leases.
struct Restoration {
  uint64_t until = 0;
  size_t nodes = 1;
  bool runs_on = false;
  bool by_v2 = false;
};
struct Restored {
  ClusterLog log;
  std::vector<LogEntry> backup;  // what the backup holds
};
Restored RestoreBackup(const ClusterLog& before, const Restoration& how, Dice& dice);

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

// The segments, "member/wal/...", into `tree`; of a restored one also the ".snap" file.
void WriteLog(const ClusterLog& log, const LogShape& shape, Tree& tree);

}  // namespace etcdf::reliability
