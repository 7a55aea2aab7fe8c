#include "tests/reliability/cluster_log.h"

#include <algorithm>
#include <cstdio>

#include "base/bytes.h"
#include "checksum/crc32c.h"
#include "testing/proto_writer.h"
#include "wal/record.h"

namespace etcdf::reliability {
namespace {

using testing::ProtoWriter;
using wal::RecordType;

// raftpb.ConfChange of a founder, with the member as JSON.
std::string FounderChange(uint64_t node, size_t number) {
  const std::string name = "n" + std::to_string(number);
  const std::string context = "{\"id\":" + std::to_string(node) + ",\"peerURLs\":[\"http://" +
                              name + ":2380\"],\"name\":\"" + name + "\"}";
  return ProtoWriter().Number(1, 0).Number(2, 0).Number(3, node).Bytes(4, context).bytes();
}

bool IsFounding(const wire::Entry& entry) {
  if (entry.type != wire::EntryType::kConfChange || entry.term != 1) return false;
  const auto change = wire::DecodeConfChange(entry.data);
  return change && change->id == 0 && change->type == wire::ConfChangeType::kAddNode;
}

// One log's segments, record by record.
class LogWriter {
 public:
  LogWriter(const ClusterLog& log, const LogShape& shape, Tree& tree)
      : log_(log), shape_(shape), tree_(tree) {}

  void Write() {
    Begin(0);
    Add(RecordType::kSnapshot, ProtoWriter().Number(1, 0).Number(2, 0).bytes());
    const auto founders = static_cast<uint64_t>(
        std::ranges::count_if(log_.entries, [](const auto& e) { return e.term == 1; }));
    for (const LogEntry& entry : log_.entries) {
      if (entry.index > shape_.last) break;
      if (std::ranges::find(shape_.cuts, entry.index) != shape_.cuts.end()) Cut(entry.index);
      if (entry.term != term_) AddState(entry.term, entry.index - 1);
      Add(RecordType::kEntry, EncodeEntry(entry));
      if (entry.index == founders) EndFounding(founders);
    }
    AddState(term_, shape_.commit);
    segment_.resize(segment_.size() + shape_.zeros, '\0');
    Finish();
  }

 private:
  static std::string EncodeEntry(const LogEntry& entry) {
    ProtoWriter writer;
    writer.Number(1, static_cast<uint64_t>(entry.type))
        .Number(2, entry.term)
        .Number(3, entry.index);
    if (!entry.data.empty()) writer.Bytes(4, entry.data);
    return writer.bytes();
  }

  void Begin(uint64_t index) {
    std::array<char, 40> name = {};
    std::snprintf(name.data(), name.size(), "%016llx-%016llx.wal",
                  static_cast<unsigned long long>(sequence_++),
                  static_cast<unsigned long long>(index));
    path_ = std::string("member/wal/") + name.data();
    segment_.clear();
    Frame(RecordType::kCrc, "");
    Add(RecordType::kMetadata,
        ProtoWriter().Number(1, shape_.node).Number(2, log_.cluster_id).bytes());
  }

  void Cut(uint64_t index) {
    Finish();
    Begin(index);
    if (!state_.empty()) Add(RecordType::kState, state_);
  }

  void Finish() { tree_[path_].content = segment_; }

  void EndFounding(uint64_t founders) {
    if (!shape_.is_restored) {
      AddState(1, founders);
      return;
    }
    AddState(1, founders, *std::ranges::min_element(log_.nodes));
    Add(RecordType::kSnapshot, ProtoWriter().Number(1, founders).Number(2, 1).bytes());
  }

  void AddState(uint64_t term, uint64_t commit, uint64_t vote = 0) {
    if (term > 1) vote = log_.nodes.front();
    term_ = term;
    state_ = ProtoWriter().Number(1, term).Number(2, vote).Number(3, commit).bytes();
    Add(RecordType::kState, state_);
  }

  void Add(RecordType type, const std::string& data) {
    crc_ = Crc32cExtend(crc_, AsBytes(data));
    Frame(type, data);
  }

  void Frame(RecordType type, const std::string& data) {
    ProtoWriter writer;
    writer.Number(1, static_cast<uint64_t>(type)).Number(2, crc_);
    if (type != RecordType::kCrc) writer.Bytes(3, data);
    const std::string& payload = writer.bytes();
    const uint64_t padding = (8 - payload.size() % 8) % 8;
    AppendLe(segment_, payload.size() | (padding > 0 ? (0x80 | padding) << 56 : 0));
    segment_ += payload;
    segment_.append(padding, '\0');
  }

  const ClusterLog& log_;
  const LogShape& shape_;
  Tree& tree_;
  std::string path_;
  std::string segment_;
  std::string state_;
  uint64_t sequence_ = 0;
  uint32_t crc_ = 0;
  uint64_t term_ = 1;
};

}  // namespace

wire::Entry LogEntry::View() const {
  return {
      .type = type, .term = term, .index = index, .data = AsBytes(data), .has_data = !data.empty()};
}

void ClusterLog::Append(std::string request) {
  const uint64_t term = entries.back().term;
  entries.push_back({.term = term, .index = last() + 1, .data = std::move(request)});
}

ClusterLog MakeClusterLog(const Member& base, size_t nodes, Dice& dice) {
  const wire::Metadata identity = base.log().summary().metadata;
  ClusterLog log{.cluster_id = identity.cluster_id, .nodes = {identity.node_id}};
  const auto add = [&log](const wire::Entry& entry) {
    log.entries.push_back({.type = entry.type,
                           .term = entry.term,
                           .index = log.last() + 1,
                           .data = std::string(AsText(entry.data))});
  };
  size_t founders = 0;
  for (const wire::Entry& entry : base.entries()) {
    if (founders == log.last() && IsFounding(entry)) {
      ++founders;
      const uint64_t node = wire::DecodeConfChange(entry.data)->node_id;
      if (node != identity.node_id) log.nodes.push_back(node);
      add(entry);
      continue;
    }
    for (; founders == log.last() && log.nodes.size() < nodes; ++founders) {
      const uint64_t node = dice.Below(UINT64_MAX) | 1;
      const std::string data = FounderChange(node, log.nodes.size());
      log.nodes.push_back(node);
      add({.type = wire::EntryType::kConfChange, .term = 1, .data = AsBytes(data)});
    }
    add(entry);
  }
  return log;
}

std::string AlarmRequest(uint64_t node, uint64_t alarm) {
  constexpr uint64_t kActivate = 1;
  const std::string request =
      ProtoWriter().Number(1, kActivate).Number(2, node).Number(3, alarm).bytes();
  const std::string header = ProtoWriter().Number(1, node << 48 | 1).bytes();
  return ProtoWriter().Bytes(10, request).Bytes(100, header).bytes();
}

void WriteLog(const ClusterLog& log, const LogShape& shape, Tree& tree) {
  LogWriter(log, shape, tree).Write();
}

}  // namespace etcdf::reliability
