#include "restore/lost.h"

#include <set>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "raft/key_range.h"
#include "raft/payload.h"
#include "replay/replay.h"
#include "wire/raft_records.h"

namespace etcdf::restore {
namespace {

class KeyReader {
 public:
  // False once there are too many.
  bool Take(const wire::Entry& entry) {
    if (entry.type != wire::EntryType::kNormal) return true;
    payload_.Decode(entry.data);
    return raft::VisitKeys(payload_.message(), [&](const raft::KeyUse& use) {
      if (use.message_name == "PutRequest" || use.message_name == "DeleteRangeRequest") {
        Add(std::string(AsText(use.range.key)));
      }
      return keys_.size() <= LostEntries::kMaxCounted;
    });
  }

  void Tell(LostEntries& lost) {
    lost.keys = std::move(first_);
    lost.more_keys = keys_.size() > lost.keys.size();
    if (keys_.size() <= LostEntries::kMaxCounted) lost.key_count = keys_.size();
  }

 private:
  void Add(std::string key) {
    const auto [place, is_new] = keys_.insert(std::move(key));
    if (is_new && first_.size() < LostEntries::kMaxKeys) first_.push_back(*place);
  }

  raft::Payload payload_;
  std::set<std::string> keys_;
  std::vector<std::string> first_;
};

}  // namespace

LostEntries ReadLost(const wal::Log* log, const wal::IndexRange& range) {
  LostEntries lost{.index_first = range.after + 1, .index_last = range.until};
  if (log == nullptr) return lost;
  KeyReader reader;
  replay::ForEachEntry(*log, range, [&](const wire::Entry& entry) { return reader.Take(entry); });
  reader.Tell(lost);
  return lost;
}

}  // namespace etcdf::restore
