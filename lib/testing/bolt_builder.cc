#include "testing/bolt_builder.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/escape.h"
#include "checksum/sha256.h"
#include "testing/proto_writer.h"
#include "testing/statements.h"

namespace etcdf::testing {
namespace {

constexpr size_t kPageHeaderBytes = 16;
constexpr size_t kElementBytes = 16;
constexpr size_t kMetaBytes = 64;
constexpr uint64_t kNoFreelist = ~uint64_t{0};
constexpr uint64_t kPageSizeMax = uint64_t{1} << 24;
constexpr uint64_t kCountMax = 1'000'000;  // of rows and pages in one statement
constexpr uint64_t kFileBytesMax = uint64_t{256} << 20;

enum PageFlags : uint16_t { kBranch = 0x01, kLeaf = 0x02, kMeta = 0x04, kFreelist = 0x10 };

std::string LittleEndian(uint64_t value, size_t width) {
  std::string bytes;
  for (size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

std::string BigEndian64(uint64_t value) {
  std::string bytes = LittleEndian(value, 8);
  std::ranges::reverse(bytes);
  return bytes;
}

uint64_t Fnv1a64(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

struct Row {
  std::string key;
  std::string value;
  bool is_bucket = false;
};

struct DraftBucket {
  std::vector<Row> rows = {};
  std::map<std::string, DraftBucket> buckets = {};
  uint64_t sequence = 0;
  std::optional<bool> is_inline = {};
  size_t leaf_rows = SIZE_MAX;
  size_t branch_rows = SIZE_MAX;
  bool order_given = false;

  void Set(Row row) {
    const auto same = std::ranges::find(rows, row.key, &Row::key);
    if (order_given || same == rows.end()) {
      rows.push_back(std::move(row));
    } else {
      *same = std::move(row);
    }
  }
};

// A page's elements and data, without the page header.
std::string LeafBody(std::span<const Row> rows) {
  std::string elements, data;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const size_t position = (rows.size() - i) * kElementBytes + data.size();
    elements += LittleEndian(row.is_bucket ? 1 : 0, 4) + LittleEndian(position, 4) +
                LittleEndian(row.key.size(), 4) + LittleEndian(row.value.size(), 4);
    data += row.key + row.value;
  }
  return elements + data;
}

struct Child {
  std::string key;  // the smallest
  uint64_t page = 0;
};

std::string BranchBody(std::span<const Child> children) {
  std::string elements, data;
  for (size_t i = 0; i < children.size(); ++i) {
    const size_t position = (children.size() - i) * kElementBytes + data.size();
    elements += LittleEndian(position, 4) + LittleEndian(children[i].key.size(), 4) +
                LittleEndian(children[i].page, 8);
    data += children[i].key;
  }
  return elements + data;
}

size_t ElementSize(const Row& row) { return kElementBytes + row.key.size() + row.value.size(); }
size_t ElementSize(const Child& child) { return kElementBytes + child.key.size(); }

// The pieces that each fit a page: at least `count_min` elements, at most `count_max`.
template <typename Element>
std::vector<std::span<const Element>> Paginate(std::span<const Element> elements, size_t page_size,
                                               size_t count_min, size_t count_max) {
  std::vector<std::span<const Element>> pieces;
  size_t begin = 0, used = kPageHeaderBytes;
  for (size_t i = 0; i < elements.size(); ++i) {
    const size_t size = ElementSize(elements[i]), count = i - begin;
    if (count >= count_min && (count >= count_max || used + size > page_size)) {
      pieces.push_back(elements.subspan(begin, count));
      begin = i;
      used = kPageHeaderBytes;
    }
    used += size;
  }
  pieces.push_back(elements.subspan(begin));
  return pieces;
}

std::string PageHeader(uint64_t id, uint16_t flags, uint64_t count, uint64_t overflow) {
  return LittleEndian(id, 8) + LittleEndian(flags, 2) + LittleEndian(count, 2) +
         LittleEndian(overflow, 4);
}

// A number in the file, by name: bytes from the start of its structure, and width.
struct Field {
  std::string_view name;
  size_t offset;
  size_t width;
};
constexpr Field kPageFields[] = {
    {"id", 0, 8}, {"flags", 8, 2}, {"count", 10, 2}, {"overflow", 12, 4}};
constexpr Field kLeafFields[] = {{"flags", 0, 4}, {"pos", 4, 4}, {"ksize", 8, 4}, {"vsize", 12, 4}};
constexpr Field kBranchFields[] = {{"pos", 0, 4}, {"ksize", 4, 4}, {"child", 8, 8}};
constexpr Field kMetaFields[] = {{"magic", 0, 4},     {"version", 4, 4}, {"page_size", 8, 4},
                                 {"flags", 12, 4},    {"root", 16, 8},   {"sequence", 24, 8},
                                 {"freelist", 32, 8}, {"hwm", 40, 8},    {"txid", 48, 8},
                                 {"checksum", 56, 8}};

class DatabaseBuilder {
 public:
  Result<void> Apply(const Statement& statement);
  BuiltDatabase Finish();

 private:
  using Handler = void (DatabaseBuilder::*)(StatementReader&);
  struct VerbSpec {
    std::string_view verb;
    Handler handler;
    std::string_view bucket = {};  // where its rows belong, for the verbs that write rows
  };
  static const VerbSpec kContentVerbs[];
  static const VerbSpec kDamageVerbs[];

  // Content.
  void File(StatementReader& reader);
  void Bucket(StatementReader& reader);
  void RawRow(StatementReader& reader);
  void Delete(StatementReader& reader);
  void EtcdBuckets(StatementReader& reader);
  void Commit(StatementReader& reader);
  void Free(StatementReader& reader);
  void Put(StatementReader& reader);
  void Puts(StatementReader& reader);
  void Tombstone(StatementReader& reader);
  void MetaRows(StatementReader& reader);
  void Lease(StatementReader& reader);
  void Member(StatementReader& reader);
  void RemovedMember(StatementReader& reader);
  void Cluster(StatementReader& reader);
  void Alarm(StatementReader& reader);
  void Auth(StatementReader& reader);
  void User(StatementReader& reader);
  void Role(StatementReader& reader);

  // Damage.
  void SetField(StatementReader& reader);
  void SetMetaField(StatementReader& reader);
  void Flip(StatementReader& reader);
  void Overwrite(StatementReader& reader);
  void Zero(StatementReader& reader);
  void CopyPage(StatementReader& reader);
  void Truncate(StatementReader& reader);
  void Append(StatementReader& reader);
  void Seal(StatementReader& reader);

  void Dispatch(const VerbSpec& spec, StatementReader& reader);
  void ApplyInBlock(const Statement& statement, StatementReader& outer);
  void SetRow(std::string key, std::string value) {
    bucket_->Set({std::move(key), std::move(value)});
  }
  void PutKey(uint64_t main, uint64_t sub, const std::string& key, StatementReader& reader);
  uint64_t Place(StatementReader& reader, uint64_t length);
  bool WriteField(StatementReader& reader, std::span<const Field> fields, size_t at);

  // Layout.
  uint64_t AddPage(uint16_t flags, uint64_t count, const std::string& body, std::string label);
  uint64_t WriteTree(std::span<const Row> rows, const DraftBucket& shape, const std::string& name);
  std::string WriteBucket(const std::string& name, const DraftBucket& bucket);
  uint64_t WriteFreelist();
  void WriteTransaction();
  uint64_t PageCount() const { return image_.size() / page_size_; }

  uint64_t page_size_ = 4096;
  uint64_t txid_ = 2;
  bool freelist_kept_ = false;
  DraftBucket root_;
  DraftBucket* bucket_ = nullptr;  // whose rows the statement writes
  // By key: the create revision and version of its last put.
  std::map<std::string, std::pair<uint64_t, uint64_t>> generations_;

  bool begun_ = false;     // a statement of content was read
  bool laid_out_ = false;  // damage has begun
  size_t transactions_ = 0;
  std::string image_;
  std::vector<PlacedPage> pages_;
  std::vector<uint64_t> free_;     // ascending
  std::vector<uint64_t> current_;  // ids of the transaction's pages, overflow included
};

const DatabaseBuilder::VerbSpec DatabaseBuilder::kContentVerbs[] = {
    {"file", &DatabaseBuilder::File},
    {"bucket", &DatabaseBuilder::Bucket},
    {"row", &DatabaseBuilder::RawRow},
    {"delete", &DatabaseBuilder::Delete},
    {"etcd", &DatabaseBuilder::EtcdBuckets},
    {"commit", &DatabaseBuilder::Commit},
    {"free", &DatabaseBuilder::Free},
    {"put", &DatabaseBuilder::Put, "key"},
    {"puts", &DatabaseBuilder::Puts, "key"},
    {"tombstone", &DatabaseBuilder::Tombstone, "key"},
    {"meta", &DatabaseBuilder::MetaRows, "meta"},
    {"lease", &DatabaseBuilder::Lease, "lease"},
    {"member", &DatabaseBuilder::Member, "members"},
    {"removed", &DatabaseBuilder::RemovedMember, "members_removed"},
    {"cluster", &DatabaseBuilder::Cluster, "cluster"},
    {"alarm", &DatabaseBuilder::Alarm, "alarm"},
    {"auth", &DatabaseBuilder::Auth, "auth"},
    {"user", &DatabaseBuilder::User, "authUsers"},
    {"role", &DatabaseBuilder::Role, "authRoles"},
};

const DatabaseBuilder::VerbSpec DatabaseBuilder::kDamageVerbs[] = {
    {"set", &DatabaseBuilder::SetField},        {"flip", &DatabaseBuilder::Flip},
    {"overwrite", &DatabaseBuilder::Overwrite}, {"zero", &DatabaseBuilder::Zero},
    {"copy", &DatabaseBuilder::CopyPage},       {"truncate", &DatabaseBuilder::Truncate},
    {"append", &DatabaseBuilder::Append},       {"sha256", &DatabaseBuilder::Seal},
};

Result<void> DatabaseBuilder::Apply(const Statement& statement) {
  StatementReader reader(statement);
  const std::string_view verb = reader.Verb();
  const auto content = std::ranges::find(kContentVerbs, verb, &VerbSpec::verb);
  const auto damage = std::ranges::find(kDamageVerbs, verb, &VerbSpec::verb);
  if (content != std::end(kContentVerbs)) {
    if (laid_out_) {
      reader.Misuse("comes too late: first what the database holds, then damage", verb);
    } else {
      Dispatch(*content, reader);
    }
  } else if (damage != std::end(kDamageVerbs)) {
    if (!laid_out_) WriteTransaction();
    laid_out_ = true;
    (this->*damage->handler)(reader);
  } else {
    reader.Misuse("unknown statement", verb);
  }
  return reader.Finish();
}

void DatabaseBuilder::Dispatch(const VerbSpec& spec, StatementReader& reader) {
  const bool top = bucket_ == nullptr;
  if (top && !spec.bucket.empty()) bucket_ = &root_.buckets[std::string(spec.bucket)];
  (this->*spec.handler)(reader);
  if (top) bucket_ = nullptr;
  begun_ = true;
}

// ---- What the database holds

void DatabaseBuilder::File(StatementReader& reader) {
  if (begun_) return reader.Misuse("comes first of all", "file");
  page_size_ = reader.Number("page_size", page_size_);
  if (page_size_ < 512 || page_size_ > kPageSizeMax) {
    return reader.Misuse("is not in 512..16 Mi", "page_size");
  }
  txid_ = reader.Number("txid", txid_);
  const std::string freelist = reader.Text("freelist", "none");
  if (freelist != "none" && freelist != "array") reader.Misuse("is none or array", "freelist");
  freelist_kept_ = freelist == "array";
}

// Recursion is bounded by kStatementDepthMax: each level is a block of the text.
void DatabaseBuilder::Bucket(StatementReader& reader) {
  DraftBucket* const outer = bucket_;
  bucket_ = &(outer == nullptr ? root_ : *outer).buckets[reader.Text("name")];
  bucket_->sequence = reader.Number("sequence", bucket_->sequence);
  bucket_->leaf_rows = reader.Number("leaf_rows", bucket_->leaf_rows);
  bucket_->branch_rows = reader.Number("branch_rows", bucket_->branch_rows);
  if (bucket_->leaf_rows < 1 || bucket_->branch_rows < 2) {
    reader.Misuse("a leaf takes at least one, a branch two", "leaf_rows, branch_rows");
  }
  if (reader.Has("inline")) bucket_->is_inline = reader.Text("inline") == "yes";
  if (reader.Has("order")) bucket_->order_given = reader.Text("order") == "given";
  for (const Statement& line : reader.block()) ApplyInBlock(line, reader);
  bucket_ = outer;
}

void DatabaseBuilder::ApplyInBlock(const Statement& statement, StatementReader& outer) {
  static constexpr std::string_view kTopOnly[] = {"file", "etcd", "commit", "free"};
  StatementReader reader(statement);
  const std::string_view verb = reader.Verb();
  const auto spec = std::ranges::find(kContentVerbs, verb, &VerbSpec::verb);
  if (spec == std::end(kContentVerbs) || std::ranges::find(kTopOnly, verb) != std::end(kTopOnly)) {
    reader.Misuse("does not stand in a bucket", verb);
  } else {
    Dispatch(*spec, reader);
  }
  if (const auto finished = reader.Finish(); !finished) {
    outer.Misuse(finished.error().what, "in its block, " + finished.error().subject);
  }
}

void DatabaseBuilder::RawRow(StatementReader& reader) {
  if (bucket_ == nullptr) return reader.Misuse("stands in a bucket's block", "row");
  SetRow(reader.Text("key"), reader.Text("value", ""));
}

void DatabaseBuilder::Delete(StatementReader& reader) {
  if (bucket_ == nullptr) return reader.Misuse("stands in a bucket's block", "delete");
  const std::string key = reader.Text("key");
  if (std::erase_if(bucket_->rows, [&](const Row& row) { return row.key == key; }) == 0) {
    reader.Misuse("there is no such row", "key");
  }
}

void DatabaseBuilder::EtcdBuckets(StatementReader&) {
  for (const char* name : {"alarm", "auth", "authRoles", "authUsers", "cluster", "key", "lease",
                           "members", "members_removed", "meta"}) {
    root_.buckets[name];
  }
}

void DatabaseBuilder::Commit(StatementReader&) { WriteTransaction(); }

void DatabaseBuilder::Free(StatementReader& reader) {
  const uint64_t count = reader.Number("pages");
  if (count > kCountMax) return reader.Misuse("is at most 1000000", "pages");
  if (image_.empty()) image_.resize(2 * page_size_);
  for (uint64_t i = 0; i < count; ++i) {
    pages_.push_back({.id = PageCount(), .label = "free"});
    free_.push_back(PageCount());
    image_.resize(image_.size() + page_size_);
  }
}

std::string RowKey(uint64_t main, uint64_t sub) {
  return BigEndian64(main) + "_" + BigEndian64(sub);
}

// proto3 leaves out what is zero or empty.
void AppendNumber(ProtoWriter& message, uint32_t field, uint64_t value) {
  if (value != 0) message.Number(field, value);
}
void AppendBytes(ProtoWriter& message, uint32_t field, std::string_view value) {
  if (!value.empty()) message.Bytes(field, value);
}

// The row of a put whose remaining arguments are those of the reader.
void DatabaseBuilder::PutKey(uint64_t main, uint64_t sub, const std::string& key,
                             StatementReader& reader) {
  const auto generation = generations_.find(key);
  auto [create, version] =
      generation == generations_.end() ? std::pair{main, uint64_t{0}} : generation->second;
  create = reader.Number("create", create);
  version = reader.Number("version", version + 1);
  generations_[key] = {create, version};
  ProtoWriter stored;
  AppendBytes(stored, 1, key);
  AppendNumber(stored, 2, create);
  AppendNumber(stored, 3, main);
  AppendNumber(stored, 4, version);
  AppendBytes(stored, 5, reader.Text("value", ""));
  AppendNumber(stored, 6, reader.Number("lease", 0));
  SetRow(RowKey(main, sub), stored.bytes());
}

void DatabaseBuilder::Put(StatementReader& reader) {
  PutKey(reader.Number("rev"), reader.Number("sub", 0), reader.Text("key"), reader);
}

void DatabaseBuilder::Puts(StatementReader& reader) {
  const uint64_t from = reader.Number("from");
  const uint64_t count = reader.Number("count");
  const uint64_t keys = reader.Number("keys", count);
  const std::string prefix = reader.Text("prefix", "k");
  if (count > kCountMax || keys == 0) return reader.Misuse("is not in 1..1000000", "count, keys");
  const size_t digits = std::to_string(keys - 1).size();
  for (uint64_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i % keys);
    std::string key = prefix;
    key.append(digits - number.size(), '0').append(number);
    PutKey(from + i, 0, key, reader);
  }
}

void DatabaseBuilder::Tombstone(StatementReader& reader) {
  const std::string key = reader.Text("key");
  generations_.erase(key);
  ProtoWriter stored;
  AppendBytes(stored, 1, key);
  SetRow(RowKey(reader.Number("rev"), reader.Number("sub", 0)) + "t", stored.bytes());
}

void DatabaseBuilder::MetaRows(StatementReader& reader) {
  for (const char* name : {"consistent_index", "term"}) {
    if (reader.Has(name)) SetRow(name, BigEndian64(reader.Number(name)));
  }
  if (reader.Has("scheduled")) SetRow("scheduledCompactRev", RowKey(reader.Number("scheduled"), 0));
  if (reader.Has("finished")) SetRow("finishedCompactRev", RowKey(reader.Number("finished"), 0));
  if (reader.Has("conf_state")) SetRow("confState", reader.Text("conf_state"));
  if (reader.Has("version")) SetRow("storageVersion", reader.Text("version"));
}

void DatabaseBuilder::Lease(StatementReader& reader) {
  const uint64_t id = reader.Number("id");
  ProtoWriter lease;
  AppendNumber(lease, 1, id);
  AppendNumber(lease, 2, reader.Number("ttl"));
  AppendNumber(lease, 3, reader.Number("remaining", 0));
  SetRow(BigEndian64(id), lease.bytes());
}

std::vector<std::string> SplitAtCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::string JsonTexts(std::string_view list) {
  std::string json = "[";
  for (const std::string& part : SplitAtCommas(list)) {
    if (json.size() > 1) json += ",";
    AppendQuoted(json, AsBytes(part));
  }
  return json + "]";
}

void DatabaseBuilder::Member(StatementReader& reader) {
  const uint64_t id = reader.Number("id");
  std::string json =
      "{\"id\":" + std::to_string(id) + ",\"peerURLs\":" + JsonTexts(reader.Text("peers", ""));
  if (reader.Text("learner", "no") == "yes") json += ",\"isLearner\":true";
  if (reader.Has("name")) {
    json += ",\"name\":";
    AppendQuoted(json, AsBytes(reader.Text("name")));
  }
  if (reader.Has("clients")) json += ",\"clientURLs\":" + JsonTexts(reader.Text("clients"));
  SetRow(HexId(id), json + "}");
}

void DatabaseBuilder::RemovedMember(StatementReader& reader) {
  SetRow(HexId(reader.Number("id")), "removed");
}

void DatabaseBuilder::Cluster(StatementReader& reader) {
  if (reader.Has("version")) SetRow("clusterVersion", reader.Text("version"));
  if (reader.Has("downgrade")) SetRow("downgrade", reader.Text("downgrade"));
}

void DatabaseBuilder::Alarm(StatementReader& reader) {
  ProtoWriter alarm;
  AppendNumber(alarm, 1, reader.Number("member"));
  AppendNumber(alarm, 2, reader.Number("alarm"));
  SetRow(alarm.bytes(), "");
}

void DatabaseBuilder::Auth(StatementReader& reader) {
  if (reader.Has("enabled")) SetRow("authEnabled", LittleEndian(reader.Number("enabled"), 1));
  if (reader.Has("revision")) SetRow("authRevision", BigEndian64(reader.Number("revision")));
}

void DatabaseBuilder::User(StatementReader& reader) {
  const std::string name = reader.Text("name");
  ProtoWriter user;
  AppendBytes(user, 1, name);
  AppendBytes(user, 2, reader.Text("password", ""));
  for (const std::string& role : SplitAtCommas(reader.Text("roles", ""))) user.Bytes(3, role);
  SetRow(name, user.bytes());
}

void DatabaseBuilder::Role(StatementReader& reader) {
  const std::string name = reader.Text("name");
  ProtoWriter role;
  AppendBytes(role, 1, name);
  if (reader.Has("key")) {
    ProtoWriter permission;
    AppendNumber(permission, 1, reader.Number("type", 0));
    AppendBytes(permission, 2, reader.Text("key"));
    AppendBytes(permission, 3, reader.Text("range_end", ""));
    role.Bytes(2, permission.bytes());
  }
  SetRow(name, role.bytes());
}

// ---- Layout

uint64_t DatabaseBuilder::AddPage(uint16_t flags, uint64_t count, const std::string& body,
                                  std::string label) {
  const uint64_t id = PageCount();
  const uint64_t pages = (kPageHeaderBytes + body.size() + page_size_ - 1) / page_size_;
  image_ += PageHeader(id, flags, count, pages - 1) + body;
  image_.resize((id + pages) * page_size_);
  pages_.push_back({.id = id, .pages = pages, .label = std::move(label)});
  for (uint64_t i = 0; i < pages; ++i) current_.push_back(id + i);
  return id;
}

// Leaves first, then level upon level of branches. Returns the root.
uint64_t DatabaseBuilder::WriteTree(std::span<const Row> rows, const DraftBucket& shape,
                                    const std::string& name) {
  const auto label = [&](const char* kind, size_t count, const char* unit) {
    return kind + name + ", " + std::to_string(count) + unit;
  };
  std::vector<Child> level;
  for (const auto leaf : Paginate(rows, page_size_, 1, shape.leaf_rows)) {
    const uint64_t page =
        AddPage(kLeaf, leaf.size(), LeafBody(leaf), label("leaf of ", leaf.size(), " rows"));
    level.push_back({.key = leaf.empty() ? "" : leaf.front().key, .page = page});
  }
  while (level.size() > 1) {
    std::vector<Child> parents;
    for (const auto branch :
         Paginate(std::span<const Child>(level), page_size_, 2, shape.branch_rows)) {
      const uint64_t page = AddPage(kBranch, branch.size(), BranchBody(branch),
                                    label("branch of ", branch.size(), " children"));
      parents.push_back({.key = branch.front().key, .page = page});
    }
    level = std::move(parents);
  }
  return level.front().page;
}

// The value of the row that names the bucket. Recursion is bounded as that of Bucket().
std::string DatabaseBuilder::WriteBucket(const std::string& name, const DraftBucket& bucket) {
  std::vector<Row> rows = bucket.rows;
  for (const auto& [child_name, child] : bucket.buckets) {
    std::string path = name;
    path.append("/").append(child_name);
    rows.push_back({child_name, WriteBucket(path, child), true});
  }
  if (!bucket.order_given) std::ranges::stable_sort(rows, {}, &Row::key);
  const std::string body = LeafBody(rows);
  const bool fits = kPageHeaderBytes + body.size() <= page_size_ / 4;
  if (bucket.is_inline.value_or(fits && bucket.buckets.empty())) {
    return LittleEndian(0, 8) + LittleEndian(bucket.sequence, 8) +
           PageHeader(0, kLeaf, rows.size(), 0) + body;
  }
  return LittleEndian(WriteTree(rows, bucket, name), 8) + LittleEndian(bucket.sequence, 8);
}

// The page that lists the free ones, which a transaction writes last.
uint64_t DatabaseBuilder::WriteFreelist() {
  constexpr uint64_t kCountInData = 0xffff;
  std::string body;
  if (free_.size() >= kCountInData) body += LittleEndian(free_.size(), 8);
  for (const uint64_t id : free_) body += LittleEndian(id, 8);
  return AddPage(kFreelist, std::min<uint64_t>(free_.size(), kCountInData), body, "freelist");
}

void DatabaseBuilder::WriteTransaction() {
  if (image_.empty()) image_.resize(2 * page_size_);
  std::ranges::sort(free_);
  const std::vector<uint64_t> older = std::exchange(current_, {});
  free_.insert(free_.end(), older.begin(), older.end());
  std::ranges::sort(free_);
  std::vector<Row> rows;
  for (const auto& [name, bucket] : root_.buckets) {
    rows.push_back({name, WriteBucket(name, bucket), true});
  }
  const uint64_t root = WriteTree(rows, root_, "the root");
  const uint64_t freelist = freelist_kept_ ? WriteFreelist() : kNoFreelist;
  const uint64_t txid = txid_ + transactions_;
  std::string meta = LittleEndian(0xED0CDAED, 4) + LittleEndian(2, 4) +
                     LittleEndian(page_size_, 4) + LittleEndian(0, 4) + LittleEndian(root, 8) +
                     LittleEndian(0, 8) + LittleEndian(freelist, 8) + LittleEndian(PageCount(), 8);
  const auto write = [&](uint64_t id) {
    std::string sealed = meta + LittleEndian(id, 8);
    sealed += LittleEndian(Fnv1a64(sealed), 8);
    const uint64_t slot = id % 2;
    const std::string page = PageHeader(slot, kMeta, 0, 0) + sealed;
    image_.replace(slot * page_size_, page.size(), page);
  };
  write(txid);
  // A single transaction stands in both, as in a copy that bbolt makes (Tx.WriteTo).
  if (transactions_++ == 0) write(txid - 1);
}

BuiltDatabase DatabaseBuilder::Finish() {
  if (!laid_out_) WriteTransaction();
  return {.bytes = std::move(image_), .pages = std::move(pages_)};
}

// ---- Damage

// Where the `length` bytes are that the arguments speak of; 0 after a misuse.
uint64_t DatabaseBuilder::Place(StatementReader& reader, uint64_t length) {
  const uint64_t at = reader.Has("at")
                          ? reader.Number("at")
                          : reader.Number("page") * page_size_ + reader.Number("byte", 0);
  if (reader.ok() && (at > image_.size() || length > image_.size() - at)) {
    reader.Misuse("is not in the file", "the place");
  }
  return at;
}

bool DatabaseBuilder::WriteField(StatementReader& reader, std::span<const Field> fields,
                                 size_t at) {
  const std::string name = reader.Text("field");
  const auto field = std::ranges::find(fields, name, &Field::name);
  if (field == fields.end()) reader.Misuse("there is no such field", name);
  const std::string value =
      field == fields.end() ? "" : LittleEndian(reader.Number("value"), field->width);
  if (!reader.ok()) return false;
  image_.replace(at + field->offset, field->width, value);
  return true;
}

void DatabaseBuilder::SetField(StatementReader& reader) {
  if (reader.Has("meta")) return SetMetaField(reader);
  uint64_t at = reader.Number("page") * page_size_;
  std::span<const Field> fields = kPageFields;
  if (reader.ok() && at + kPageHeaderBytes <= image_.size() && reader.Has("element")) {
    fields = (image_[at + 8] & kBranch) != 0 ? std::span<const Field>(kBranchFields) : kLeafFields;
    at += kPageHeaderBytes + reader.Number("element") * kElementBytes;
  }
  if (at + kElementBytes > image_.size()) return reader.Misuse("is not in the file", "page");
  WriteField(reader, fields, at);
}

void DatabaseBuilder::SetMetaField(StatementReader& reader) {
  const uint64_t at = reader.Number("meta") * page_size_ + kPageHeaderBytes;
  if (at + kMetaBytes > 2 * page_size_) return reader.Misuse("is 0 or 1", "meta");
  const bool keep = reader.Text("checksum", "") == "keep" || reader.Text("field") == "checksum";
  if (!WriteField(reader, kMetaFields, at) || keep) return;
  const size_t summed = kMetaBytes - 8;
  image_.replace(at + summed, 8,
                 LittleEndian(Fnv1a64(std::string_view(image_).substr(at, summed)), 8));
}

void DatabaseBuilder::Flip(StatementReader& reader) {
  const uint64_t at = Place(reader, 1);
  const uint64_t bit = reader.Number("bit", 0);
  if (bit > 7) reader.Misuse("is not in 0..7", "bit");
  if (reader.ok()) image_[at] = static_cast<char>(image_[at] ^ (1 << bit));
}

void DatabaseBuilder::Overwrite(StatementReader& reader) {
  const std::string bytes = reader.Text("bytes");
  const uint64_t at = Place(reader, bytes.size());
  if (reader.ok()) image_.replace(at, bytes.size(), bytes);
}

void DatabaseBuilder::Zero(StatementReader& reader) {
  const uint64_t length = reader.Number("length");
  const uint64_t at = Place(reader, length);
  if (reader.ok()) image_.replace(at, length, length, '\0');
}

void DatabaseBuilder::CopyPage(StatementReader& reader) {
  const uint64_t from = reader.Number("page"), to = reader.Number("to");
  if (std::max(from, to) >= PageCount()) return reader.Misuse("there is no such page", "copy");
  image_.replace(to * page_size_, page_size_, image_.substr(from * page_size_, page_size_));
}

void DatabaseBuilder::Truncate(StatementReader& reader) {
  const uint64_t to = reader.Number("to");
  if (to > image_.size()) return reader.Misuse("is beyond the end", "to");
  image_.resize(to);
}

void DatabaseBuilder::Append(StatementReader& reader) {
  const uint64_t zeros = reader.Number("zeros", 0);
  if (zeros > kFileBytesMax) return reader.Misuse("is at most 256 MiB", "zeros");
  image_ += reader.Text("bytes", "");
  image_.append(zeros, '\0');
}

void DatabaseBuilder::Seal(StatementReader&) { image_ += AsText(Sha256Of(AsBytes(image_))); }

}  // namespace

Result<BuiltDatabase> BuildDatabase(std::string_view text) {
  const auto statements = ParseStatements(text);
  if (!statements) return Fail(statements.error());
  DatabaseBuilder builder;
  for (const Statement& statement : *statements) {
    if (const auto applied = builder.Apply(statement); !applied) return Fail(applied.error());
  }
  return builder.Finish();
}

Result<void> WriteDatabase(const BuiltDatabase& database, const std::filesystem::path& path) {
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(database.bytes.data(), static_cast<std::streamsize>(database.bytes.size()));
  if (!file.flush()) return FailErrno("cannot write", path.string());
  return {};
}

std::string DescribePages(const BuiltDatabase& database) {
  std::string text;
  for (const PlacedPage& page : database.pages) {
    text += "page " + std::to_string(page.id);
    if (page.pages > 1) text += ".." + std::to_string(page.id + page.pages - 1);
    text += ": " + page.label + "\n";
  }
  return text;
}

}  // namespace etcdf::testing
