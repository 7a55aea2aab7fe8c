// generate-wal: writes the data dir that a busy one-member etcd 3.4 leaves behind, for benchmarks.
//
// What a reader meets in it: segments cut where etcd cuts them (the first flushed offset at or past
// --segment-bytes), a running CRC-32C through all of them, a preallocated last segment, one
// HardState after each batch of entries, a snapshot record with its .snap file every
// --snapshot-every entries, restarts (a new term, an empty entry, the member's attributes, a new
// base of request ids), and a load as of a Kubernetes API server: puts, a few transactions,
// deletes, leases and compactions. The same seed writes the same bytes on every machine.
//
// The encoders here are written from the format alone and share nothing with lib/wal or lib/proto,
// so that a misreading there cannot hide here. That the result is a log etcd accepts is tested by
// starting one on it (tests/integration). That needs --snapshot-every 0: etcd takes a .snap file
// only together with a database, which this program does not write; without either it replays the
// whole log. Nothing is purged, as under --max-wals=0; of the .snap files the newest five stay, as
// by default.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "bench/generator.h"
#include "checksum/crc32c.h"
#include "testing/proto_writer.h"

namespace etcdf::bench {
namespace {

namespace fs = std::filesystem;
using Message = testing::ProtoWriter;

constexpr uint64_t kMemberId = 0x8e9e05c52164694d;
constexpr uint64_t kClusterId = 0xcdf818194e3a8c32;
constexpr uint64_t kStartUnixMs = 1'767'225'600'000;  // 2026-01-01, when the member first started
constexpr uint64_t kSnapFilesKept = 5;
constexpr std::string_view kClientUrl = "http://127.0.0.1:2379";
constexpr std::string_view kPeerUrl = "http://127.0.0.1:2380";

struct Options {
  fs::path out;
  uint64_t entries = 2'000'000;
  uint64_t value_bytes = 100;
  uint64_t entries_per_batch = 8;  // the mean
  uint64_t snapshot_every = 100'000;
  uint64_t segment_bytes = 64'000'000;
  uint64_t restarts = 3;
  uint64_t seed = 1;
};

std::string Hex16(uint64_t value) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(value));
  return digits.data();
}

struct HardState {
  uint64_t term = 0;
  uint64_t vote = 0;
  uint64_t commit = 0;

  std::string Wire() const {
    return Message().Number(1, term).Number(2, vote).Number(3, commit).bytes();
  }
};

// The record types of walpb.
enum class RecordType : uint8_t { kMetadata = 1, kEntry, kState, kCrc, kSnapshot };

// The write-ahead log, written as etcd's wal.go does (formats: frame, CRC chain, head of a
// segment).
class WalWriter {
 public:
  WalWriter(fs::path dir, uint64_t segment_bytes)
      : dir_(std::move(dir)), segment_bytes_(segment_bytes) {
    OpenSegment(0);
    Append(RecordType::kSnapshot, Message().Number(1, 0).Number(2, 0).bytes());
  }

  // One raft "save": the entries of a batch, then the HardState, then the cut if one is due. etcd
  // looks at the offset that was flushed before this save, so a segment ends one batch after it has
  // crossed its size.
  void Save(std::span<const std::string> entries, uint64_t index_last, const HardState& state) {
    const uint64_t flushed_bytes = segment_->size();
    for (const std::string& entry : entries) Append(RecordType::kEntry, entry);
    Append(RecordType::kState, state.Wire());
    state_ = state;
    if (flushed_bytes < segment_bytes_) return;
    OpenSegment(index_last + 1);
    Append(RecordType::kState, state_.Wire());
  }

  void SaveSnapshot(uint64_t index, uint64_t term) {
    Append(RecordType::kSnapshot, Message().Number(1, index).Number(2, term).bytes());
  }

  // Leaves the last segment with its preallocated zeros.
  void Close() {
    if (!segment_) return;
    const uint64_t written_bytes = segment_->size();
    segment_.reset();
    if (written_bytes < segment_bytes_) fs::resize_file(segment_path_, segment_bytes_);
  }

 private:
  void OpenSegment(uint64_t index_first) {
    segment_path_ = dir_ / (Hex16(sequence_++) + "-" + Hex16(index_first) + ".wal");
    segment_ = std::make_unique<File>(segment_path_);
    AppendFrame(Message().Number(1, static_cast<uint64_t>(RecordType::kCrc)).Number(2, crc_));
    Append(RecordType::kMetadata, Message().Number(1, kMemberId).Number(2, kClusterId).bytes());
  }

  void Append(RecordType type, std::string_view data) {
    crc_ = Crc32cExtend(crc_, AsBytes(data));
    AppendFrame(Message().Number(1, static_cast<uint64_t>(type)).Number(2, crc_).Bytes(3, data));
  }

  // Eight bytes of length, the record, zeros up to the next multiple of eight. The number of zeros
  // stands in the top byte of the length, marked by its sign bit.
  void AppendFrame(const Message& record) {
    const uint64_t record_bytes = record.bytes().size();
    const uint64_t pad_bytes = (8 - record_bytes % 8) % 8;
    uint64_t length_field = record_bytes;
    if (pad_bytes != 0) length_field |= (0x80 | pad_bytes) << 56;
    std::array<char, 8> header{};
    for (size_t i = 0; i < header.size(); ++i) {
      header[i] = static_cast<char>(length_field >> (8 * i));
    }
    segment_->Append({header.data(), header.size()});
    segment_->Append(record.bytes());
    segment_->Append(std::string_view("\0\0\0\0\0\0\0", pad_bytes));
  }

  fs::path dir_;
  uint64_t segment_bytes_;
  uint64_t sequence_ = 0;
  uint32_t crc_ = 0;
  HardState state_;
  fs::path segment_path_;
  std::unique_ptr<File> segment_;
};

// The ids of requests: the member's low 16 bits, then a counter seeded with the time of the start.
class RequestIds {
 public:
  explicit RequestIds(uint64_t start_unix_ms)
      : next_((kMemberId & 0xffff) << 48 | (start_unix_ms & ((uint64_t{1} << 40) - 1)) << 8) {}
  uint64_t Next() { return ++next_; }

 private:
  uint64_t next_;
};

// The load: what clients asked for, as the payloads of entries.
class Load {
 public:
  Load(const Options& options, Random& random) : options_(options), random_(random) {}

  // A member that starts again counts its request ids from a later time.
  void Restart() {
    start_unix_ms_ += 3'600'000 + random_.Below(86'400'000);
    ids_ = RequestIds(start_unix_ms_);
  }

  std::string Next() {
    if (random_.OneIn(16)) ids_.Next();  // a read, which takes an id and leaves no entry
    const uint64_t dice = random_.Below(1000);
    if (dice == 0 && revision_ > 2 * kRevisionsKept) return Compaction();
    if (dice < 10) return LeaseGrant();
    if (dice < 30) return Request(5, Message().Bytes(1, Key()).bytes());
    if (dice < 60) return Txn();
    return Request(4, Put(Key()));
  }

  // v2 requests, as 3.4 and 3.5 log them when a member starts.
  std::string PublishAttributes() {
    const std::string urls = "[\"" + std::string(kClientUrl) + "\"]";
    return V2Put("/0/members/8e9e05c52164694d/attributes",
                 "{\"name\":\"default\",\"clientURLs\":" + urls + "}");
  }
  std::string SetClusterVersion() { return V2Put("/0/version", "3.4.0"); }

 private:
  static constexpr uint64_t kRevisionsKept = 5000;
  static constexpr uint64_t kNames = 100'000;

  // `field` of InternalRaftRequest, with the header that carries the id.
  std::string Request(uint32_t field, std::string_view body) {
    const std::string header = Message().Number(1, ids_.Next()).bytes();
    return Message().Bytes(field, body).Bytes(100, header).bytes();
  }

  std::string Key() {
    static constexpr std::array<std::string_view, 4> kFolders = {
        "/registry/pods/default/name-", "/registry/leases/kube-system/node-",
        "/registry/events/default/name-", "/registry/configmaps/apps/name-"};
    // The smaller of two: some keys are hot, as they are in life.
    const uint64_t name = std::min(random_.Below(kNames), random_.Below(kNames));
    std::array<char, 7> digits{};
    std::snprintf(digits.data(), digits.size(), "%06u", static_cast<unsigned>(name));
    return std::string(kFolders[random_.Below(kFolders.size())]) + digits.data();
  }

  std::string Put(const std::string& key) {
    ++revision_;
    Message put;
    put.Bytes(1, key).Bytes(2, KubernetesValue(random_, options_.value_bytes));
    if (lease_ != 0 && random_.OneIn(50)) put.Number(3, lease_);
    return put.bytes();
  }

  // "Write if nobody has written since", the only way in which an API server writes.
  std::string Txn() {
    const std::string key = Key();
    const std::string compare = Message()
                                    .Number(1, 0)
                                    .Number(2, 2)
                                    .Bytes(3, key)
                                    .Number(6, random_.Below(revision_ + 1))
                                    .bytes();
    const std::string range = Message().Bytes(1, key).bytes();
    const std::string success = Message().Bytes(2, Put(key)).bytes();
    const std::string failure = Message().Bytes(1, range).bytes();
    --revision_;  // it may not have happened
    return Request(6, Message().Bytes(1, compare).Bytes(2, success).Bytes(3, failure).bytes());
  }

  std::string LeaseGrant() {
    lease_ = ids_.Next() & ~(uint64_t{1} << 63);
    return Request(8, Message().Number(1, 3600).Number(2, lease_).bytes());
  }

  std::string Compaction() {
    return Request(7, Message().Number(1, revision_ - kRevisionsKept).bytes());
  }

  std::string V2Put(std::string_view path, std::string_view value) {
    return Message()
        .Number(1, ids_.Next())
        .Bytes(2, "PUT")
        .Bytes(3, path)
        .Bytes(4, value)
        .Number(5, 0)   // Dir
        .Bytes(6, "")   // PrevValue
        .Number(7, 0)   // PrevIndex
        .Number(9, 0)   // Expiration
        .Number(10, 0)  // Wait
        .Number(11, 0)  // Since
        .Number(12, 0)  // Recursive
        .Number(13, 0)  // Sorted
        .Number(14, 0)  // Quorum
        .Number(15, 0)  // Time
        .Number(16, 0)  // Stream
        .bytes();
  }

  const Options& options_;
  Random& random_;
  uint64_t start_unix_ms_ = kStartUnixMs;
  RequestIds ids_{kStartUnixMs};
  uint64_t lease_ = 0;
  uint64_t revision_ = 1;  // the store's revision is at least this
};

// The v2 store of a cluster that holds its own membership and nothing else.
std::string V2StoreJson(uint64_t index) {
  const auto node = [](std::string_view path, std::string_view value, std::string_view children) {
    return "{\"Path\":\"" + std::string(path) +
           "\",\"CreatedIndex\":1,\"ModifiedIndex\":1,\"ExpireTime\":\"0001-01-01T00:00:00Z\","
           "\"Value\":\"" +
           std::string(value) + "\",\"Children\":" + std::string(children) + "}";
  };
  const std::string member = "/0/members/8e9e05c52164694d";
  const std::string attributes =
      "{\\\"name\\\":\\\"default\\\",\\\"clientURLs\\\":[\\\"" + std::string(kClientUrl) + "\\\"]}";
  const std::string raft_attributes = "{\\\"peerURLs\\\":[\\\"" + std::string(kPeerUrl) + "\\\"]}";
  const std::string members =
      "{\"8e9e05c52164694d\":" +
      node(member, "",
           "{\"attributes\":" + node(member + "/attributes", attributes, "null") +
               ",\"raftAttributes\":" + node(member + "/raftAttributes", raft_attributes, "null") +
               "}") +
      "}";
  const std::string cluster = "{\"members\":" + node("/0/members", "", members) +
                              ",\"version\":" + node("/0/version", "3.4.0", "null") + "}";
  const std::string root =
      "{\"0\":" + node("/0", "", cluster) + ",\"1\":" + node("/1", "", "{}") + "}";
  // etcd keeps a ring of the last 1000 events there, empty slots included.
  std::string events = "null";
  for (int slot = 1; slot < 1000; ++slot) events += ",null";
  return "{\"Root\":" + node("/", "", root) +
         ",\"WatcherHub\":{\"EventHistory\":{\"Queue\":{\"Events\":[" + events +
         "],\"Size\":0,\"Front\":0,\"Back\":0,\"Capacity\":1000},\"StartIndex\":0,\"LastIndex\":0}}"
         ","
         "\"CurrentIndex\":" +
         std::to_string(index) + ",\"Stats\":{},\"CurrentVersion\":2}";
}

class Generator {
 public:
  explicit Generator(const Options& options)
      : options_(options),
        random_(options.seed),
        load_(options, random_),
        snap_dir_(options.out / "member" / "snap"),
        wal_(MakeDirs(options.out), options.segment_bytes) {}

  void Run() {
    Bootstrap();
    const uint64_t run_entries = options_.entries / (options_.restarts + 1) + 1;
    uint64_t restart_due = run_entries;
    while (index_ < options_.entries) {
      if (index_ >= restart_due) {
        restart_due += run_entries;
        Restart();
        continue;
      }
      WriteBatch();
      if (options_.snapshot_every != 0 && index_ - index_snapshot_ > options_.snapshot_every) {
        WriteSnapshot();
      }
    }
    wal_.Close();
  }

 private:
  static fs::path MakeDirs(const fs::path& out) {
    std::error_code failure;
    if (!fs::create_directories(out, failure) && !fs::is_empty(out, failure)) {
      Die(out.string() + " is there and not empty");
    }
    for (const char* name : {"member", "member/wal", "member/snap"}) {
      if (!fs::create_directory(out / name, failure)) Die("cannot create " + (out / name).string());
      fs::permissions(out / name, fs::perms::owner_all);
    }
    return out / "member" / "wal";
  }

  std::string Entry(uint64_t type, std::string_view payload) {
    Message entry;
    entry.Number(1, type).Number(2, state_.term).Number(3, ++index_);
    if (!payload.empty()) entry.Bytes(4, payload);
    return entry.bytes();
  }

  // A lone member commits what it appends, in the same save.
  void Save(const std::vector<std::string>& entries) {
    state_.commit = index_;
    wal_.Save(entries, index_, state_);
  }

  void Bootstrap() {
    state_ = {.term = 1, .vote = 0, .commit = 0};
    const std::string member = "{\"id\":" + std::to_string(kMemberId) + ",\"peerURLs\":[\"" +
                               std::string(kPeerUrl) + "\"],\"name\":\"default\"}";
    const std::string add_node =
        Message().Number(1, 0).Number(2, 0).Number(3, kMemberId).Bytes(4, member).bytes();
    Save({Entry(1, add_node)});
    BecomeLeader();
    Save({Entry(0, load_.SetClusterVersion())});
  }

  void Restart() {
    load_.Restart();
    BecomeLeader();
  }

  void BecomeLeader() {
    ++state_.term;
    state_.vote = kMemberId;
    Save({Entry(0, {})});
    Save({Entry(0, load_.PublishAttributes())});
  }

  void WriteBatch() {
    const uint64_t left = options_.entries - index_;
    const uint64_t count = std::min(left, 1 + random_.Below(2 * options_.entries_per_batch - 1));
    std::vector<std::string> entries;
    for (uint64_t i = 0; i < count; ++i) entries.push_back(Entry(0, load_.Next()));
    Save(entries);
  }

  void WriteSnapshot() {
    index_snapshot_ = index_;
    const std::string conf_state = Message().Number(1, kMemberId).Number(5, 0).bytes();
    const std::string metadata =
        Message().Bytes(1, conf_state).Number(2, index_).Number(3, state_.term).bytes();
    const std::string snapshot = Message().Bytes(1, V2StoreJson(index_)).Bytes(2, metadata).bytes();
    const uint32_t crc = Crc32cExtend(0, AsBytes(snapshot));
    const fs::path path = snap_dir_ / (Hex16(state_.term) + "-" + Hex16(index_) + ".snap");
    File(path).Append(Message().Number(1, crc).Bytes(2, snapshot).bytes());
    snap_files_.push_back(path);
    if (snap_files_.size() > kSnapFilesKept) {
      fs::remove(snap_files_.front());
      snap_files_.pop_front();
    }
    wal_.SaveSnapshot(index_, state_.term);
  }

  const Options& options_;
  Random random_;
  Load load_;
  fs::path snap_dir_;
  WalWriter wal_;
  HardState state_;
  uint64_t index_ = 0;
  uint64_t index_snapshot_ = 0;
  std::deque<fs::path> snap_files_;
};

constexpr std::string_view kUsage =
    "usage: generate-wal --out DIR [--entries N] [--value-bytes N] [--entries-per-batch N]\n"
    "                    [--snapshot-every N] [--segment-bytes N] [--restarts N] [--seed N]\n"
    "Writes the data dir of a busy one-member etcd: 2,000,000 entries unless told otherwise.\n"
    "DIR must not exist, or be empty. --snapshot-every 0 makes one that etcd itself starts from.\n";

Options ParseOptions(int argc, char** argv) {
  Options options;
  const std::array<NumberOption, 7> numbers = {{
      {"entries", &options.entries},
      {"value-bytes", &options.value_bytes},
      {"entries-per-batch", &options.entries_per_batch},
      {"snapshot-every", &options.snapshot_every},
      {"segment-bytes", &options.segment_bytes},
      {"restarts", &options.restarts},
      {"seed", &options.seed},
  }};
  options.out = ParseCommandLine(argc, argv, kUsage, numbers);
  if (options.entries_per_batch == 0) Die("--entries-per-batch is at least 1");
  return options;
}

}  // namespace
}  // namespace etcdf::bench

int main(int argc, char** argv) {
  const etcdf::bench::Options options = etcdf::bench::ParseOptions(argc, argv);
  etcdf::bench::Generator(options).Run();
  return 0;
}
