// generate-db: writes the database that a busy etcd 3.6 under a Kubernetes API server leaves
// behind, for benchmarks: bbolt's file format, the pages in the order in which they fill.
//
// What a reader meets in it: a bucket `key` of any length whose leaves are filled to nine tenths,
// as etcd asks of bbolt for keys that only grow; branches above them; the other buckets small and
// inline, leases aside. In it keys that are written again and again, some hot, most not; deletes
// and keys that come back; transactions of several changes; leases on events; with --compact-at the
// rows that etcd's compaction leaves. The same options write the same bytes on every machine.
//
// Memory grows with --keys (24 bytes each), not with --revisions. The writer is made from the
// format alone and shares nothing with lib/bolt.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "bench/generator.h"
#include "testing/proto_writer.h"

namespace etcdf::bench {
namespace {

using Message = testing::ProtoWriter;

struct Options {
  std::filesystem::path out;
  uint64_t revisions = 1'000'000;
  uint64_t keys = 0;  // 0: one for 20 revisions
  uint64_t value_bytes = 100;
  std::filesystem::path values;  // where they are read from, in turn; else they are made
  uint64_t compact_at = 0;       // 0: never compacted
  uint64_t seed = 1;
};

std::string LittleEndian(uint64_t value, size_t width) {
  std::string bytes;
  for (size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

std::string BigEndian64(uint64_t value) {
  std::string bytes = LittleEndian(value, 8);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

// ---- The history: what happened to the keys.

struct Change {
  uint64_t main = 0;
  uint64_t sub = 0;
  uint64_t key = 0;  // its number
  uint64_t create = 0;
  uint64_t version = 0;  // 0: a delete
  uint64_t lease = 0;
};

// The name of a key is a function of its number.
constexpr std::string_view kKinds[] = {
    "events",     "events",  "events",      "pods",   "pods",
    "configmaps", "secrets", "replicasets", "leases", "example.com/widgets"};
constexpr uint64_t kEventKinds = 3;

bool IsEvent(uint64_t key) { return key % std::size(kKinds) < kEventKinds; }

std::string KeyName(uint64_t key) {
  char name[96];
  const std::string_view kind = kKinds[key % std::size(kKinds)];
  const uint64_t hash = Random(key).Next();
  const int length =
      std::snprintf(name, sizeof name, "/registry/%.*s/namespace-%02u/name-%07u-%05x",
                    static_cast<int>(kind.size()), kind.data(), static_cast<unsigned>(hash % 50),
                    static_cast<unsigned>(key), static_cast<unsigned>(hash >> 44));
  return {name, static_cast<size_t>(length)};
}

class History {
 public:
  explicit History(const Options& options)
      : options_(options), random_(options.seed), keys_(options.keys) {}

  // False after the last change.
  bool Next(Change& change) {
    if (changes_left_ == 0) {
      if (main_ == options_.revisions) return false;
      ++main_;
      changes_left_ = random_.OneIn(50) ? 2 + random_.Below(3) : 1;
      changes_left_ = std::min(changes_left_, std::max<uint64_t>(keys_made_, 1));
      sub_ = 0;
      touched_.clear();
    }
    --changes_left_;
    change = {.main = main_, .sub = sub_++, .key = ChooseUntouched()};
    Key& key = keys_[change.key];
    if (key.version != 0 && random_.OneIn(20)) {
      key = {};
      return true;
    }
    if (key.version++ == 0) key.create = main_;
    change.create = key.create;
    change.version = key.version;
    if (IsEvent(change.key)) change.lease = EventLease();
    return true;
  }

  const std::vector<uint64_t>& leases() const { return leases_; }

 private:
  struct Key {
    uint64_t create = 0;
    uint64_t version = 0;  // 0: not there
  };
  static constexpr uint64_t kPutsPerLease = 1000;

  // New keys come evenly through the whole history. Of the others some are hot, as they are in
  // life.
  uint64_t ChooseKey() {
    if (keys_made_ < options_.keys && keys_made_ * options_.revisions <= options_.keys * main_) {
      return keys_made_++;
    }
    return std::min(random_.Below(keys_made_), random_.Below(keys_made_));
  }

  // etcd refuses a transaction that changes a key twice.
  uint64_t ChooseUntouched() {
    uint64_t key = ChooseKey();
    while (std::ranges::find(touched_, key) != touched_.end()) key = ChooseKey();
    touched_.push_back(key);
    return key;
  }

  uint64_t EventLease() {
    if (puts_with_lease_++ % kPutsPerLease == 0) leases_.push_back(random_.Next() >> 1);
    return leases_.back();
  }

  const Options& options_;
  Random random_;
  std::vector<Key> keys_;
  uint64_t keys_made_ = 0;
  uint64_t main_ = 1;  // etcd's first write has revision 2
  uint64_t sub_ = 0;
  uint64_t changes_left_ = 0;
  std::vector<uint64_t> touched_;  // by this transaction
  uint64_t puts_with_lease_ = 0;
  std::vector<uint64_t> leases_;
};

// What a compaction keeps of the older changes: the last of each key, if it is not a delete.
class Compaction {
 public:
  explicit Compaction(const Options& options) : at_(options.compact_at) {
    if (at_ == 0) return;
    kept_.resize(options.keys);
    History history(options);
    for (Change change; history.Next(change) && change.main <= at_;) {
      kept_[change.key] = change.version == 0 ? 0 : Ordinal(change);
    }
  }
  bool Keeps(const Change& change) const {
    return change.main > at_ || kept_[change.key] == Ordinal(change);
  }

 private:
  static uint64_t Ordinal(const Change& change) { return change.main << 8 | change.sub; }
  uint64_t at_;
  std::vector<uint64_t> kept_;
};

// ---- The file (bbolt v1.4.3, internal/common/{page,meta,bucket,inode}.go and node.go).

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kHeaderBytes = 16;  // of a page, and of an element
constexpr uint64_t kFillBytes = 3686;  // nine tenths of a page
constexpr uint64_t kInlineBytes = kPageBytes / 4;
constexpr uint64_t kRowsMin = 2;  // on a page, however large they are
constexpr uint64_t kBranch = 1, kLeaf = 2, kMeta = 4;

std::string PageHeader(uint64_t id, uint64_t flags, uint64_t count, uint64_t overflow) {
  return LittleEndian(id, 8) + LittleEndian(flags, 2) + LittleEndian(count, 2) +
         LittleEndian(overflow, 4);
}

class PageFile {
 public:
  explicit PageFile(const std::filesystem::path& path) : file_(path) {
    file_.Append(std::string(2 * kPageBytes, '\0'));
  }

  uint64_t Add(uint64_t flags, uint64_t count, std::string_view body) {
    const uint64_t id = page_count();
    const uint64_t pages = (kHeaderBytes + body.size() + kPageBytes - 1) / kPageBytes;
    file_.Append(PageHeader(id, flags, count, pages - 1));
    file_.Append(body);
    file_.Append(std::string((id + pages) * kPageBytes - file_.size(), '\0'));
    return id;
  }

  // Both metas with the same content, as in a copy made by bbolt.
  void Close(uint64_t root_page, uint64_t txid) {
    for (uint64_t id = 0; id < 2; ++id) {
      std::string meta = LittleEndian(0xED0CDAED, 4) + LittleEndian(2, 4) +
                         LittleEndian(kPageBytes, 4) + LittleEndian(0, 4) +
                         LittleEndian(root_page, 8) + LittleEndian(0, 8) +
                         LittleEndian(~uint64_t{0}, 8) + LittleEndian(page_count(), 8) +
                         LittleEndian(txid - id, 8);
      uint64_t hash = 0xcbf29ce484222325;
      for (const char c : meta) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
      file_.Replace(id * kPageBytes, PageHeader(id, kMeta, 0, 0) + meta + LittleEndian(hash, 8));
    }
  }

 private:
  uint64_t page_count() const { return file_.size() / kPageBytes; }
  File file_;
};

// A page in the making: elements that come in ascending order of their keys.
class Node {
 public:
  bool empty() const { return elements_.empty(); }
  uint64_t count() const { return elements_.size(); }
  uint64_t bytes() const { return kHeaderBytes * (1 + elements_.size()) + data_.size(); }
  const std::string& key_first() const { return key_first_; }
  bool IsFullFor(uint64_t data_bytes) const {
    return count() >= kRowsMin && bytes() + kHeaderBytes + data_bytes > kFillBytes;
  }

  void Add(std::string_view key, std::string_view value, uint64_t number) {
    if (empty()) key_first_ = key;
    elements_.push_back({data_.size(), key.size(), value.size(), number});
    data_ += key;
    data_ += value;
  }

  // The body of a branch (`number` is the child's page) or leaf (`number` is its flags).
  std::string Body(uint64_t flags) const {
    std::string body;
    body.reserve(bytes());
    for (size_t i = 0; i < elements_.size(); ++i) {
      const Element& element = elements_[i];
      const uint64_t position = (elements_.size() - i) * kHeaderBytes + element.offset;
      const std::string sizes = LittleEndian(position, 4) + LittleEndian(element.key_bytes, 4);
      body += flags == kBranch
                  ? sizes + LittleEndian(element.number, 8)
                  : LittleEndian(element.number, 4) + sizes + LittleEndian(element.value_bytes, 4);
    }
    return body + data_;
  }

  void Clear() {
    elements_.clear();
    data_.clear();
  }

 private:
  struct Element {
    uint64_t offset, key_bytes, value_bytes, number;
  };
  std::vector<Element> elements_;
  std::string data_;
  std::string key_first_;
};

// A bucket written row by row: one unfinished page for each level of its tree.
class BucketWriter {
 public:
  explicit BucketWriter(PageFile& file) : file_(file), levels_(1) {}

  void Add(std::string_view key, std::string_view value, bool is_bucket = false) {
    if (levels_[0].IsFullFor(key.size() + value.size())) Flush(0);
    levels_[0].Add(key, value, is_bucket ? 1 : 0);
  }

  // Writes what is unfinished and returns the root page.
  uint64_t FinishTree() {
    size_t level = 0;
    for (; level + 1 < levels_.size(); ++level) Flush(level);
    const Node& top = levels_[level];
    const uint64_t flags = level == 0 ? kLeaf : kBranch;
    return file_.Add(flags, top.count(), top.Body(flags));
  }

  // The same; returns the value of the row that names the bucket, with the bucket inside if it is
  // small.
  std::string Finish() {
    const Node& leaf = levels_[0];
    if (levels_.size() == 1 && leaf.bytes() <= kInlineBytes) {
      return std::string(16, '\0') + PageHeader(0, kLeaf, leaf.count(), 0) + leaf.Body(kLeaf);
    }
    return LittleEndian(FinishTree(), 8) + std::string(8, '\0');
  }

 private:
  // Writes the level's page and enters it in the level above.
  void Flush(size_t level) {
    const uint64_t flags = level == 0 ? kLeaf : kBranch;
    const uint64_t page = file_.Add(flags, levels_[level].count(), levels_[level].Body(flags));
    if (level + 1 == levels_.size()) levels_.emplace_back();
    Node& node = levels_[level];
    if (levels_[level + 1].IsFullFor(node.key_first().size())) Flush(level + 1);
    levels_[level + 1].Add(levels_[level].key_first(), {}, page);
    levels_[level].Clear();
  }

  PageFile& file_;
  std::vector<Node> levels_;  // the leaf first
};

// ---- The values.

// Those of a text file, from its lines `base64 ...`.
std::vector<std::string> ReadValues(const std::filesystem::path& path) {
  std::vector<std::string> values;
  if (path.empty()) return values;
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kForm = "base64 ";
    std::vector<uint8_t> value;
    if (!line.starts_with(kForm)) continue;
    if (DecodeBase64(std::string_view(line).substr(kForm.size()), value)) {
      values.emplace_back(value.begin(), value.end());
    }
  }
  if (values.empty()) Die(path.string() + " has no line with a value");
  return values;
}

// ---- The database (etcd v3.6.9, server/storage/schema).

class Generator {
 public:
  explicit Generator(const Options& options)
      : options_(options), values_(ReadValues(options.values)), file_(options.out), root_(file_) {}

  void Run() {
    Bucket("alarm", {});
    Bucket("auth", {{"authRevision", BigEndian64(1)}});
    Bucket("authRoles", {});
    Bucket("authUsers", {});
    Bucket("cluster", {{"clusterVersion", "3.6.0"}});
    const std::vector<uint64_t> leases = Keys();
    Leases(leases);
    Bucket("members", {{"8e9e05c52164694d",
                        R"({"id":10276657743932975437,"peerURLs":["http://127.0.0.1:2380"],)"
                        R"("name":"default","clientURLs":["http://127.0.0.1:2379"]})"}});
    Bucket("members_removed", {});
    Meta();
    file_.Close(root_.FinishTree(), options_.revisions);
  }

 private:
  using Rows = std::vector<std::pair<std::string, std::string>>;

  void Bucket(std::string_view name, const Rows& rows) {
    BucketWriter bucket(file_);
    for (const auto& [key, value] : rows) bucket.Add(key, value);
    root_.Add(name, bucket.Finish(), true);
  }

  static std::string RowKey(uint64_t main, uint64_t sub) {
    return BigEndian64(main) + '_' + BigEndian64(sub);
  }

  // Returns the leases that the keys speak of.
  std::vector<uint64_t> Keys() {
    const Compaction compaction(options_);
    BucketWriter bucket(file_);
    History history(options_);
    for (Change change; history.Next(change);) {
      if (!compaction.Keeps(change)) continue;
      Message stored;
      stored.Bytes(1, KeyName(change.key));
      if (change.version != 0) {
        stored.Number(2, change.create).Number(3, change.main).Number(4, change.version);
        // A function of the revision, so that a compaction changes no value.
        Random value(options_.seed << 48 ^ change.main << 8 ^ change.sub);
        stored.Bytes(5, values_.empty() ? KubernetesValue(value, options_.value_bytes)
                                        : values_[change.main % values_.size()]);
        if (change.lease != 0) stored.Number(6, change.lease);
      }
      bucket.Add(RowKey(change.main, change.sub) + (change.version == 0 ? "t" : ""),
                 stored.bytes());
    }
    root_.Add("key", bucket.Finish(), true);
    return history.leases();
  }

  void Leases(std::vector<uint64_t> leases) {
    std::sort(leases.begin(), leases.end());
    Rows rows;
    for (const uint64_t id : leases) {
      rows.emplace_back(BigEndian64(id), Message().Number(1, id).Number(2, 3600).bytes());
    }
    Bucket("lease", rows);
  }

  void Meta() {
    Rows rows = {{"confState", R"({"voters":[10276657743932975437],"auto_leave":false})"},
                 {"consistent_index", BigEndian64(options_.revisions + 10)}};
    const std::string compacted = RowKey(options_.compact_at, 0);
    if (options_.compact_at != 0) rows.emplace_back("finishedCompactRev", compacted);
    if (options_.compact_at != 0) rows.emplace_back("scheduledCompactRev", compacted);
    rows.emplace_back("storageVersion", "3.6.0");
    rows.emplace_back("term", BigEndian64(2));
    Bucket("meta", rows);
  }

  const Options& options_;
  std::vector<std::string> values_;
  PageFile file_;
  BucketWriter root_;
};

constexpr std::string_view kUsage =
    "usage: generate-db --out FILE [--revisions N] [--keys N] [--value-bytes N | --values FILE]\n"
    "                   [--compact-at N] [--seed N]\n"
    "Writes the database of a busy etcd: the revisions 2 to N, 1,000,000 unless told otherwise, "
    "of\n"
    "--keys distinct keys (one for 20 revisions). FILE must not exist. The values are random, or\n"
    "those of the lines `base64 ...` of a text file, in turn.\n";

}  // namespace
}  // namespace etcdf::bench

int main(int argc, char** argv) {
  using etcdf::bench::Die;
  etcdf::bench::Options options;
  const etcdf::bench::NumberOption numbers[] = {{"revisions", &options.revisions},
                                                {"keys", &options.keys},
                                                {"value-bytes", &options.value_bytes},
                                                {"compact-at", &options.compact_at},
                                                {"seed", &options.seed}};
  options.out =
      etcdf::bench::ParseCommandLine(argc, argv, etcdf::bench::kUsage, numbers, &options.values);
  if (options.keys == 0) options.keys = options.revisions / 20 + 1;
  if (options.revisions < 2 || options.revisions >> 32 != 0) Die("--revisions is 2 to 2^32-1");
  if (options.keys > options.revisions) Die("--keys is at most --revisions");
  if (options.compact_at > options.revisions) Die("--compact-at is at most --revisions");
  etcdf::bench::Generator(options).Run();
  return 0;
}
