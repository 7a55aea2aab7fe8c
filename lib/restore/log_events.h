// Those entries of a log that do more than change keys: who is a member, which version the cluster
// has, alarms; and requests in the form of API v2, which not every version of etcd reads.
#pragma once

#include <vector>

#include "raft/payload.h"
#include "restore/log_reading.h"
#include "wire/raft_records.h"

namespace etcdf::restore {

class EventReader {
 public:
  // Appends what the entry is, if it is one of these, after what stands at its index and above is
  // taken away: it supersedes that.
  void Take(const wire::Entry& entry, std::vector<LogEvent>& events);

 private:
  void TakeConfChange(const wire::Entry& entry, LogEvent event, std::vector<LogEvent>& events);
  void TakeRequest(const wire::Entry& entry, LogEvent event, std::vector<LogEvent>& events);

  raft::Payload payload_;
};

}  // namespace etcdf::restore
