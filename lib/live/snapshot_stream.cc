#include "live/snapshot_stream.h"

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "json/json.h"
#include "live/answers.h"

namespace etcdf::live {
namespace {

constexpr size_t kSumBytes = std::tuple_size_v<Sha256Digest>;

tl::unexpected<Error> Malformed(const char* what) {
  return Fail({.code = ErrorCode::kMalformed, .what = what});
}

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

Result<void> ObjectSplitter::Feed(std::string_view text, const Take& take) {
  size_t object_begin = 0;  // of what belongs to the present object in `text`
  const auto keep = [&](size_t end) {
    if (end - object_begin > kMaxObjectBytes - object_.size()) return false;
    object_.append(text.substr(object_begin, end - object_begin));
    return true;
  };
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string_) {
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
    } else if (depth_ == 0 && c != '{') {
      if (!IsSpace(c)) return Malformed("the answer is no stream of JSON objects");
    } else if (c == '{') {
      if (depth_++ == 0) object_begin = at;
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '}' && --depth_ == 0) {
      if (!keep(at + 1)) return Malformed("an object of the answer is too long");
      if (auto taken = take(std::exchange(object_, {})); !taken) return taken;
    }
  }
  if (depth_ > 0 && !keep(text.size())) return Malformed("an object of the answer is too long");
  return {};
}

Result<void> SnapshotStream::Feed(std::string_view text) {
  return splitter_.Feed(text, [this](std::string_view object) { return TakeObject(object); });
}

Result<void> SnapshotStream::TakeObject(std::string_view object) {
  const auto value = json::Parse(object);
  if (!value) return Fail(value.error());
  if ((*value)["error"].kind() != json::Value::Kind::kNull) {
    return Fail({.code = ErrorCode::kIo,
                 .what = "the member breaks the snapshot off",
                 .subject = RefusalText(object)});
  }
  const json::Value& result = (*value)["result"];
  const json::Value& left = result["remaining_bytes"];
  const auto left_bytes = left.kind() == json::Value::Kind::kNull ? 0 : left.Unsigned();
  const auto blob = result["blob"].Text();
  if (!left_bytes || !blob || !DecodeBase64(*blob, piece_)) {
    return Malformed("an object of the answer is no piece of a snapshot");
  }
  // A member that cannot read its database to the end sends empty pieces for ever.
  if (piece_.empty()) return Malformed("a piece of the snapshot is empty: the member has no more");
  if (!announced_bytes_) {
    if (*left_bytes > kMaxBytes) return Malformed("the snapshot announced is too large to be true");
    announced_bytes_ = *left_bytes + piece_.size();
  }
  // At this point received_bytes_ is at most the sum below, so nothing can overflow.
  received_bytes_ += piece_.size();
  if (received_bytes_ > *announced_bytes_ + kSumBytes) {
    return Malformed("the snapshot is longer than announced");
  }
  Sum(piece_);
  return write_(piece_);
}

// All but the last 32 bytes go into the sum.
void SnapshotStream::Sum(Bytes piece) {
  if (piece.size() >= kSumBytes) {
    sum_.Update(tail_);
    sum_.Update(piece.first(piece.size() - kSumBytes));
    const Bytes rest = piece.last(kSumBytes);
    tail_.assign(rest.begin(), rest.end());
    return;
  }
  tail_.insert(tail_.end(), piece.begin(), piece.end());
  const size_t surplus = tail_.size() - std::min(tail_.size(), kSumBytes);
  sum_.Update(Bytes(tail_).first(surplus));
  tail_.erase(tail_.begin(), tail_.begin() + static_cast<ptrdiff_t>(surplus));
}

Result<uint64_t> SnapshotStream::Finish() {
  if (!splitter_.at_boundary() || !announced_bytes_ ||
      received_bytes_ != *announced_bytes_ + kSumBytes) {
    return Malformed("the snapshot ends before it is whole");
  }
  if (!Equal(sum_.Finish(), tail_)) return Malformed("the snapshot does not match its SHA-256");
  return *announced_bytes_;
}

}  // namespace etcdf::live
