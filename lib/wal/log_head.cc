#include "wal/log_head.h"

#include <vector>

#include "wal/record.h"
#include "wire/raft_records.h"

namespace etcdf::wal {
namespace {

class HeadReader {
 public:
  // False once all is known.
  bool Take(const Record& record) {
    switch (record.type) {
      case RecordType::kState: return TakeState(record.data);
      case RecordType::kSnapshot: return TakeSnapshot(record.data);
      case RecordType::kEntry: return TakeEntry(record.data);
      default: return true;
    }
  }

  LogHead head() const { return head_; }

 private:
  bool End(LogHead::Kind kind) {
    head_.kind = kind;
    return false;
  }

  bool TakeState(Bytes data) {
    const auto state = wire::DecodeHardState(data);
    if (!state) return false;
    if (head_.additions > 0) {
      return End(state->term == 1 && state->vote != 0 ? LogHead::Kind::kRestore
                                                      : LogHead::Kind::kBootstrap);
    }
    was_told_ = was_told_ || state->term > 0;
    return true;
  }

  bool TakeSnapshot(Bytes data) {
    const auto snapshot = wire::DecodeWalSnapshot(data);
    if (!snapshot) return false;
    if (snapshot->index == 0) return true;
    if (head_.additions > 0) {
      return End(snapshot->term == 1 ? LogHead::Kind::kRestore : LogHead::Kind::kBootstrap);
    }
    head_.snapshot = snapshot->index;
    return End(LogHead::Kind::kFed);
  }

  bool TakeEntry(Bytes data) {
    const auto entry = wire::DecodeEntry(data);
    if (!entry) return false;
    if (was_told_) return entry->index == 1 && End(LogHead::Kind::kJoined);
    const bool adds = entry->index == head_.additions + 1 && entry->term == 1 && Adds(*entry);
    if (adds) {
      ++head_.additions;
      return true;
    }
    return head_.additions > 0 && End(LogHead::Kind::kBootstrap);
  }

  static bool Adds(const wire::Entry& entry) {
    if (entry.type != wire::EntryType::kConfChange) return false;
    const auto change = wire::DecodeConfChange(entry.data);
    return change && change->id == 0 && change->type == wire::ConfChangeType::kAddNode;
  }

  LogHead head_;
  bool was_told_ = false;  // of a term, before any entry
};

}  // namespace

LogHead ReadLogHead(const Log& log) {
  if (log.segments().empty() || log.segments().front().name.sequence != 0) return {};
  HeadReader reader;
  std::vector<ScannedRecord> records;
  for (const Chunk& chunk : log.chunks()) {
    log.ReadRecords(chunk, records);
    for (const ScannedRecord& scanned : records) {
      if (scanned.crc_state == CrcState::kMismatch || scanned.after_damage) return {};
      if (!reader.Take(scanned.record)) return reader.head();
    }
  }
  return reader.head();
}

}  // namespace etcdf::wal
