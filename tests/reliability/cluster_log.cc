#include "tests/reliability/cluster_log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "checksum/crc32c.h"
#include "raft/payload.h"
#include "testing/proto_writer.h"
#include "wal/record.h"

namespace etcdf::reliability {
namespace {

using testing::ProtoWriter;
using wal::RecordType;

std::string HexOf(uint64_t number) {
  std::array<char, 20> text = {};
  std::snprintf(text.data(), text.size(), "%llx", static_cast<unsigned long long>(number));
  return text.data();
}

std::string PeerUrl(size_t number) { return "http://n" + std::to_string(number) + ":2380"; }

// raftpb.ConfChange of a founder, with the member as JSON.
std::string FounderChange(uint64_t node, size_t number) {
  const std::string context = R"({"id":)" + std::to_string(node) + R"(,"peerURLs":[")" +
                              PeerUrl(number) + R"("],"name":"n)" + std::to_string(number) +
                              R"("})";
  return ProtoWriter().Number(1, 0).Number(2, 0).Number(3, node).Bytes(4, context).bytes();
}

bool IsFounding(const wire::Entry& entry) {
  if (entry.type != wire::EntryType::kConfChange || entry.term != 1) return false;
  const auto change = wire::DecodeConfChange(entry.data);
  return change && change->id == 0 && change->type == wire::ConfChangeType::kAddNode;
}

void ReplaceAll(std::string& text, std::string_view part, std::string_view by) {
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + by.size())) {
    text.replace(at, part.size(), by);
  }
}

// An id that takes as many bytes wherever it is written, and proposes requests as the other one.
uint64_t IdLike(uint64_t id, Dice& dice) {
  constexpr uint64_t kKept = uint64_t{0xff} << 56 | 0xffff;
  return (id & kKept) | (dice.Below(UINT64_MAX) & ~kKept);
}

// What a node tells of itself when it has started: up to 3.5 as a request of v2's.
std::string Publication(uint64_t node, size_t number, bool by_v2) {
  const std::string name = "n" + std::to_string(number);
  const std::string url = "http://" + name + ":2379";
  const uint64_t id = node << 48 | uint64_t{1} << 20 | number;
  if (by_v2) {
    ProtoWriter request;
    request.Number(1, id)
        .Bytes(2, "PUT")
        .Bytes(3, "/0/members/" + HexOf(node) + "/attributes")
        .Bytes(4, R"({"name":")" + name + R"(","clientURLs":[")" + url + R"("]})")
        .Number(5, 0)
        .Bytes(6, "")
        .Number(7, 0);
    for (uint32_t field = 9; field <= 16; ++field) request.Number(field, 0);
    return request.bytes();
  }
  const std::string attributes = ProtoWriter().Bytes(1, name).Bytes(2, url).bytes();
  return ProtoWriter()
      .Bytes(100, ProtoWriter().Number(1, id).bytes())
      .Bytes(1301, ProtoWriter().Number(1, node).Bytes(2, attributes).bytes())
      .bytes();
}

// Whether the entry puts or deletes keys, or grants or revokes a lease.
bool IsOfKeysOrLeases(const LogEntry& entry) {
  constexpr auto kKinds = std::to_array<uint32_t>({4, 5, 6, 8, 9});
  if (entry.type != wire::EntryType::kNormal || entry.data.empty()) return false;
  raft::Payload payload;
  payload.Decode(AsBytes(entry.data));
  return std::ranges::find(kKinds, payload.request_number()) != kKinds.end();
}

std::string VotersOf(const ClusterLog& log) {
  ProtoWriter state;
  for (const uint64_t node : log.nodes) state.Number(1, node);
  return state.Number(5, 0).bytes();
}

// A node of the v2 store as JSON; `children` is an object, or null.
std::string V2Node(const std::string& path, const std::string& value, const std::string& children) {
  return R"({"Path":")" + path +
         R"(","CreatedIndex":1,"ModifiedIndex":1,"ExpireTime":"0001-01-01T00:00:00Z","Value":")" +
         value + R"(","Children":)" + children + "}";
}

// As of a restore: who is a member, and nothing else.
std::string V2Store(const ClusterLog& log) {
  std::string members;
  for (size_t i = 0; i < log.nodes.size(); ++i) {
    const std::string id = HexOf(log.nodes[i]);
    const std::string path = "/0/members/" + id;
    const std::string attributes =
        V2Node(path + "/raftAttributes", R"({\"peerURLs\":[\")" + PeerUrl(i) + R"(\"]})", "null");
    members += (i == 0 ? "\"" : ",\"") + id + R"(":)" +
               V2Node(path, "", R"({"raftAttributes":)" + attributes + "}");
  }
  const std::string of_members = V2Node("/0/members", "", "{" + members + "}");
  const std::string root =
      V2Node("/", "",
             R"({"0":)" + V2Node("/0", "", R"({"members":)" + of_members + "}") + R"(,"1":)" +
                 V2Node("/1", "", "{}") + "}");
  return R"({"Root":)" + root + R"(,"CurrentIndex":)" + std::to_string(log.nodes.size()) +
         R"(,"CurrentVersion":2})";
}

// snappb.Snapshot with the raft snapshot at the founders' entries.
std::string RestoredSnap(const ClusterLog& log) {
  const std::string metadata =
      ProtoWriter().Bytes(1, VotersOf(log)).Number(2, log.nodes.size()).Number(3, 1).bytes();
  const std::string data = ProtoWriter().Bytes(1, V2Store(log)).Bytes(2, metadata).bytes();
  return ProtoWriter().Number(1, Crc32cExtend(0, AsBytes(data))).Bytes(2, data).bytes();
}

// One log's segments, record by record.
class LogWriter {
 public:
  LogWriter(const ClusterLog& log, const LogShape& shape, Tree& tree)
      : log_(log), shape_(shape), tree_(tree) {}

  void Write() {
    Begin(0);
    Add(RecordType::kSnapshot, ProtoWriter().Number(1, 0).Number(2, 0).bytes());
    const uint64_t founders = log_.founders();
    if (shape_.is_restored) {
      std::array<char, 64> name = {};
      std::snprintf(name.data(), name.size(), "member/snap/%016x-%016llx.snap", 1u,
                    static_cast<unsigned long long>(founders));
      tree_[name.data()].content = RestoredSnap(log_);
    }
    for (const LogEntry& entry : log_.entries) {
      if (entry.index > shape_.last) break;
      if (std::ranges::find(shape_.cuts, entry.index) != shape_.cuts.end()) Cut(entry.index);
      if (entry.term != term_) AddState(entry.term, entry.index - 1);
      Add(RecordType::kEntry, EncodeEntry(entry));
      if (entry.index == founders) EndFounding(founders);
      // As of clients that ask one after the other.
      if (entry.index > founders) AddState(term_, std::min(entry.index - 1, shape_.commit));
    }
    if (!shape_.is_restored || shape_.last > founders) AddState(term_, shape_.commit);
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

uint64_t ClusterLog::founders() const {
  return static_cast<uint64_t>(
      std::ranges::count_if(entries, [](const LogEntry& entry) { return entry.term == 1; }));
}

void ClusterLog::Append(std::string request) {
  const uint64_t term = entries.back().term;
  entries.push_back({.term = term, .index = last() + 1, .data = std::move(request)});
}

ClusterLog MakeClusterLog(const Member& base, size_t nodes, Dice& dice) {
  const wire::Metadata identity = base.log().summary().metadata;
  ClusterLog log{.cluster_id = identity.cluster_id,
                 .nodes = {identity.node_id},
                 .proposers = {identity.node_id}};
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
      if (node != identity.node_id) {
        log.nodes.push_back(node);
        log.proposers.push_back(node);
      }
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

ClusterLog RenameNodes(const ClusterLog& log, Dice& dice) {
  ClusterLog renamed = log;
  renamed.cluster_id = IdLike(log.cluster_id, dice);
  const auto varint = [](uint64_t id) { return ProtoWriter().Number(1, id).bytes().substr(1); };
  for (size_t i = 0; i < log.nodes.size(); ++i) {
    const uint64_t before = log.nodes[i];
    const uint64_t after = IdLike(before, dice);
    renamed.nodes[i] = after;
    std::ranges::replace(renamed.proposers, before, after);
    for (LogEntry& entry : renamed.entries) {
      const auto change = entry.type == wire::EntryType::kConfChange
                              ? wire::DecodeConfChange(AsBytes(entry.data))
                              : std::nullopt;
      if (entry.term == 1 && change && change->node_id == before) {
        entry.data = FounderChange(after, i);
        continue;
      }
      ReplaceAll(entry.data, varint(before), varint(after));
      ReplaceAll(entry.data, HexOf(before), HexOf(after));
    }
  }
  return renamed;
}

Restored RestoreBackup(const ClusterLog& before, const Restoration& how, Dice& dice) {
  const auto behind = before.entries.begin() + static_cast<ptrdiff_t>(how.until);
  Restored restored{.log = {.cluster_id = IdLike(before.cluster_id, dice)},
                    .backup = {before.entries.begin(), behind}};
  ClusterLog& log = restored.log;
  log.nodes = log.proposers = {IdLike(before.nodes.front(), dice)};
  while (log.nodes.size() < how.nodes) log.nodes.push_back(dice.Below(UINT64_MAX) | 1);
  std::ranges::sort(log.nodes);
  for (size_t i = 0; i < how.nodes; ++i) {
    log.entries.push_back({.type = wire::EntryType::kConfChange,
                           .term = 1,
                           .index = i + 1,
                           .data = FounderChange(log.nodes[i], i)});
  }
  if (!how.runs_on) return restored;
  log.entries.push_back({.term = 2, .index = how.nodes + 1});
  for (size_t i = 0; i < how.nodes; ++i) log.Append(Publication(log.nodes[i], i, how.by_v2));
  for (auto entry = behind; entry != before.entries.end(); ++entry) {
    if (IsOfKeysOrLeases(*entry)) log.Append(entry->data);
  }
  return restored;
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
