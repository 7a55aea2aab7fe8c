// The content of an `Incr-` file:
//
//   [{"etcdEvent":{"type":1,"kv":{"key":"...","create_revision":3,"mod_revision":4,"version":2,
//     "value":"...","lease":5}},"time":"..."},...]    and 32 bytes, the SHA-256 of this text
//
// "type" is left out of a put, and every field that is zero (mvccpb.Event as Go's encoding/json
// writes it); keys and values are base64. The parts of a transaction follow each other in their
// order, which gives their sub revisions.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "checksum/sha256.h"
#include "delta/chain.h"
#include "json/json.h"
#include "wire/writer.h"

namespace etcdf::delta {
namespace {

constexpr size_t kShaBytes = 32;

struct Event {
  bool is_delete = false;
  bool has_key = false;
  std::vector<uint8_t> key = {};
  std::vector<uint8_t> value = {};
  uint64_t create_revision = 0;
  uint64_t mod_revision = 0;
  uint64_t version = 0;
  uint64_t lease = 0;
  bool is_good = true;
};

// mvccpb.KeyValue as etcd stores it; of a tombstone the key alone (v3.6.9,
// server/storage/mvcc/kvstore_txn.go, put and delete).
std::string ValueOf(const Event& event) {
  wire::Writer writer;
  writer.Text(1, AsText(event.key));
  if (event.is_delete) return writer.Take();
  writer.Number(2, event.create_revision);
  writer.Number(3, event.mod_revision);
  writer.Number(4, event.version);
  writer.Text(5, AsText(event.value));
  writer.Number(6, event.lease);
  return writer.Take();
}

std::string KeyOf(const Event& event, uint64_t sub) {
  std::string key;
  wire::AppendBe64(key, event.mod_revision);
  key += '_';
  wire::AppendBe64(key, sub);
  if (event.is_delete) key += 't';
  return key;
}

}  // namespace

// Collects the scalars of an event, whose last one is its time.
class Rows::EventReader {
 public:
  EventReader(Rows& rows, int64_t after) : rows_(rows), after_(after) {}

  void Visit(std::span<const std::string> path, const json::Scalar& scalar) {
    if (path.size() == 1 && path[0] == "time") return EndEvent();
    if (path.size() < 2 || path[0] != "etcdEvent") return;
    if (path[1] == "type") {
      event_.is_delete = scalar.number == 1 || scalar.text == "DELETE";
    } else if (path[1] == "kv" && path.size() == 3) {
      Take(path[2], scalar);
    }
  }

  bool is_good() const { return is_good_; }
  uint64_t revision_first() const { return revision_first_; }
  // Where revisions are missing: the last one before.
  std::optional<uint64_t> gap_after() const { return gap_after_; }
  uint64_t gap_before() const { return gap_before_; }

 private:
  void Take(const std::string& name, const json::Scalar& scalar) {
    const auto number = [&](uint64_t& to) {
      event_.is_good = event_.is_good && scalar.number && *scalar.number <= INT64_MAX;
      to = scalar.number.value_or(0);
    };
    if (name == "key") {
      event_.has_key = DecodeBase64(scalar.text, event_.key);
    } else if (name == "value") {
      event_.is_good = DecodeBase64(scalar.text, event_.value) && event_.is_good;
    } else if (name == "create_revision") {
      number(event_.create_revision);
    } else if (name == "mod_revision") {
      number(event_.mod_revision);
    } else if (name == "version") {
      number(event_.version);
    } else if (name == "lease") {
      number(event_.lease);
    }
  }

  void EndEvent() {
    const Event event = std::exchange(event_, {});
    if (gap_after_ || !is_good_) return;
    constexpr size_t kMost = std::numeric_limits<uint32_t>::max() / 2;
    is_good_ = event.is_good && event.has_key && event.mod_revision >= last_ &&
               event.mod_revision > 0 && event.key.size() + event.value.size() < kMost;
    if (!is_good_) return;
    if (last_ != 0 && event.mod_revision > last_ + 1) {
      gap_after_ = last_;
      gap_before_ = event.mod_revision;
      return;
    }
    sub_ = event.mod_revision == last_ ? sub_ + 1 : 0;
    if (last_ == 0) revision_first_ = event.mod_revision;
    last_ = event.mod_revision;
    if (std::cmp_greater(event.mod_revision, after_)) Add(event);
  }

  void Add(const Event& event) {
    const std::string key = KeyOf(event, sub_);
    const std::string value = ValueOf(event);
    rows_.sizes_.push_back(
        {.key = static_cast<uint32_t>(key.size()), .value = static_cast<uint32_t>(value.size())});
    rows_.bytes_ += key;
    rows_.bytes_ += value;
    rows_.revision_ = static_cast<int64_t>(event.mod_revision);
  }

  Rows& rows_;
  int64_t after_;
  Event event_;
  bool is_good_ = true;
  uint64_t last_ = 0;
  uint64_t sub_ = 0;
  uint64_t revision_first_ = 0;
  std::optional<uint64_t> gap_after_;
  uint64_t gap_before_ = 0;
};

bool Rows::Take(const LinkName& name, Bytes unpacked, const std::string& path,
                FindingSink& findings) {
  const auto known = static_cast<uint64_t>(revision_);
  const std::string readable_until =
      "the chain can be read up to revision " + std::to_string(revision_);
  if (name.revision_first > known + 1) {
    findings.Report({.kind = kGap,
                     .file = path,
                     .what = "expected the changes from revision " + std::to_string(known + 1) +
                             " on, found those from " + std::to_string(name.revision_first) +
                             " on: a link of the chain is missing",
                     .consequence = readable_until,
                     .figures = {{"revision", known + 1}}});
    return false;
  }
  const size_t text_bytes = unpacked.size() - std::min(unpacked.size(), kShaBytes);
  const Bytes text = unpacked.first(text_bytes);
  if (!Equal(unpacked.subspan(text_bytes), Sha256Of(text))) {
    findings.Report(
        {.kind = kShaMismatch,
         .file = path,
         .offset = text_bytes,
         .what = "the SHA-256 at the end of the changes is not that of the text before it",
         .consequence = "the file is damaged or cut short; " + readable_until});
    return false;
  }
  EventReader reader(*this, revision_);
  const bool is_json = json::Walk(
      AsText(text), [&](auto names, const json::Scalar& scalar) { reader.Visit(names, scalar); });
  if (!is_json || !reader.is_good() || reader.gap_after()) {
    findings.Report(
        {.kind = reader.gap_after() ? kGap : kUndecodable,
         .file = path,
         .what = reader.gap_after()
                     ? "after revision " + std::to_string(*reader.gap_after()) + " follows " +
                           std::to_string(reader.gap_before())
                     : "the changes are not the events of a watch, under a SHA-256 that matches",
         .consequence = "the chain can be read up to revision " + std::to_string(revision_)});
    return false;
  }
  if (revision_ != static_cast<int64_t>(std::max(known, name.revision_last)) ||
      (reader.revision_first() != name.revision_first)) {
    findings.Report(
        {.kind = kOtherRange,
         .file = path,
         .what = "by its name the file has revisions " + std::to_string(name.revision_first) +
                 " to " + std::to_string(name.revision_last) + ", and it has " +
                 std::to_string(reader.revision_first()) + " to " + std::to_string(revision_),
         .consequence = "the name or the content is of another file"});
  }
  return true;
}

}  // namespace etcdf::delta
