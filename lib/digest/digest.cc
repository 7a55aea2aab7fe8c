#include "digest/digest.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/escape.h"
#include "checksum/sha256.h"

namespace etcdf::digest {
namespace {

constexpr std::string_view kMagic =
    "\x89"
    "ETCDFD\n";
constexpr uint64_t kVersion = 1;
constexpr size_t kMaxNameBytes = 255;
constexpr size_t kChecksumBytes = std::tuple_size_v<Sha256Digest>;

// In the order of the file. New ones go to the end, with a new version.
constexpr std::array kNumbers = {
    &Facts::node_id,
    &Facts::cluster_id,
    &Facts::size_bytes,
    &Facts::revision,
    &Facts::compact_revision,
    &Facts::consistent_index,
    &Facts::term,
    &Facts::keys,
    &Facts::hash,
    &Facts::hash_kv,
    &Facts::hash_kv_revision,
    &Facts::log_first_index,
    &Facts::log_last_index,
    &Facts::log_term,
    &Facts::commit,
};

// The bit of the facts' first number that says Facts::is_damaged.
constexpr uint64_t kDamagedBit = uint64_t{1} << 63;

class Writer {
 public:
  void Raw(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void Number(uint64_t number) {
    std::array<uint8_t, 8> bytes;
    StoreLe64(bytes.data(), number);
    Raw(bytes);
  }
  void Sum(const WideFingerprint& sum) {
    Number(sum.low);
    Number(sum.high);
  }
  void Name(std::string_view name) {
    name = name.substr(0, kMaxNameBytes);
    out_.push_back(static_cast<uint8_t>(name.size()));
    Raw(AsBytes(name));
  }
  void Sums(const RangeSums& sums) {
    Number(sums.span().after);
    Number(sums.span().until);
    for (const Block& block : sums.blocks()) Sum(block.sum);
  }
  std::vector<uint8_t> Finish() {
    const Sha256Digest checksum = Sha256Of(out_);
    Raw(checksum);
    return std::move(out_);
  }

 private:
  std::vector<uint8_t> out_;
};

// Reads on while there is something to read; then zeros, and ok() is false.
class Reader {
 public:
  explicit Reader(Bytes rest) : rest_(rest) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  // Whether `count` things of `size_bytes` each can follow.
  bool CanHold(uint64_t count, size_t size_bytes) {
    ok_ = ok_ && count <= rest_.size() / size_bytes;
    return ok_;
  }

  Bytes Raw(size_t size_bytes) {
    if (!CanHold(size_bytes, 1)) return {};
    const Bytes bytes = rest_.first(size_bytes);
    rest_ = rest_.subspan(size_bytes);
    return bytes;
  }
  uint64_t Number() {
    const Bytes bytes = Raw(8);
    return ok_ ? LoadLe64(bytes.data()) : 0;
  }
  WideFingerprint Sum() {
    const uint64_t low = Number();
    return {.low = low, .high = Number()};
  }
  std::string Name() {
    const Bytes size = Raw(1);
    return std::string(AsText(Raw(ok_ ? size[0] : 0)));
  }
  RangeSums Sums() {
    const uint64_t after = Number();
    const Span span{.after = after, .until = Number()};
    if (!ok_) return {};
    // No more than 300,000 blocks, whatever the numbers are.
    RangeSums sums(span);
    if (!CanHold(sums.blocks().size(), sizeof(WideFingerprint))) return {};
    for (size_t i = 0; i < sums.blocks().size(); ++i) sums.SetSum(i, Sum());
    return sums;
  }

 private:
  Bytes rest_;
  bool ok_ = true;
};

void WriteFacts(const Facts& facts, Writer& writer) {
  writer.Name(facts.name);
  uint64_t present = facts.is_damaged ? kDamagedBit : 0;
  for (size_t i = 0; i < kNumbers.size(); ++i) {
    if (facts.*kNumbers[i]) present |= uint64_t{1} << i;
  }
  writer.Number(present);
  for (const auto number : kNumbers) writer.Number((facts.*number).value_or(0));
}

Facts ReadFacts(Reader& reader) {
  Facts facts{.name = reader.Name()};
  const uint64_t present = reader.Number();
  for (size_t i = 0; i < kNumbers.size(); ++i) {
    const uint64_t number = reader.Number();
    if ((present >> i & 1) != 0) facts.*kNumbers[i] = number;
  }
  facts.is_damaged = (present & kDamagedBit) != 0;
  return facts;
}

void WriteBuckets(const std::vector<BucketSum>& buckets, Writer& writer) {
  writer.Number(buckets.size());
  for (const BucketSum& bucket : buckets) {
    writer.Name(bucket.name);
    writer.Number(bucket.rows);
    writer.Sum(bucket.sum);
  }
}

std::vector<BucketSum> ReadBuckets(Reader& reader) {
  constexpr size_t kMinBucketBytes = 1 + 8 + sizeof(WideFingerprint);
  std::vector<BucketSum> buckets;
  const uint64_t count = reader.Number();
  if (!reader.CanHold(count, kMinBucketBytes)) return buckets;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    BucketSum& bucket = buckets.emplace_back();
    bucket.name = reader.Name();
    bucket.rows = reader.Number();
    bucket.sum = reader.Sum();
  }
  return buckets;
}

tl::unexpected<Error> Damaged() {
  return Fail({.code = ErrorCode::kMalformed,
               .what = "a digest that is damaged or cut short: make it again"});
}

}  // namespace

bool LooksLikeDigest(Bytes file) {
  return file.size() >= kMagic.size() && AsText(file.first(kMagic.size())) == kMagic;
}

std::vector<uint8_t> Encode(const Digest& digest) {
  Writer writer;
  writer.Raw(AsBytes(kMagic));
  writer.Number(kVersion);
  WriteFacts(digest.facts, writer);
  writer.Sums(digest.database.history);
  writer.Sum(digest.database.compacted_state);
  WriteBuckets(digest.database.buckets, writer);
  writer.Sums(digest.log);
  return writer.Finish();
}

Result<Digest> Decode(Bytes file) {
  if (!LooksLikeDigest(file)) {
    return Fail({.code = ErrorCode::kWrongKind, .what = "is not a digest of hashcheck"});
  }
  if (file.size() < kMagic.size() + 8 + kChecksumBytes || file.size() > kMaxDigestBytes) {
    return Damaged();
  }
  Reader reader(file.subspan(kMagic.size()).first(file.size() - kMagic.size() - kChecksumBytes));
  const uint64_t version = reader.Number();
  const Bytes content = file.first(file.size() - kChecksumBytes);
  if (!Equal(Sha256Of(content), file.last(kChecksumBytes))) return Damaged();
  if (version != kVersion) {
    return Fail(
        {.code = ErrorCode::kUnsupported,
         .what = "a digest of a later version: compare it with the hashcheck that wrote it"});
  }
  Digest digest;
  digest.facts = ReadFacts(reader);
  digest.database.history = reader.Sums();
  digest.database.compacted_state = reader.Sum();
  digest.database.buckets = ReadBuckets(reader);
  digest.log = reader.Sums();
  if (!reader.ok() || !reader.at_end()) return Damaged();
  return digest;
}

}  // namespace etcdf::digest
