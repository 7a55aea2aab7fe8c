#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "archive/stream.h"

namespace etcdf::archive {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

class GzipStream : public Stream {
 public:
  explicit GzipStream(Bytes packed) : packed_(packed), rest_(packed), piece_(kPieceBytes) {
    BeginMember();
  }

  Bytes Next() override {
    while (end_ == End::kNotYet) {
      const Bytes piece = Inflate();
      if (!piece.empty()) return piece;
    }
    return {};
  }
  End end() const override { return end_; }
  std::string what() const override { return what_; }
  uint64_t packed_bytes() const override { return packed_.size() - rest_.size(); }

 private:
  void BeginMember() {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
  }

  Bytes Inflate() {
    const size_t offered = std::min<size_t>(rest_.size(), std::numeric_limits<int32_t>::max());
    state_.next_in = const_cast<uint8_t*>(rest_.data());  // ISA-L only reads it
    state_.avail_in = static_cast<uint32_t>(offered);
    state_.next_out = piece_.data();
    state_.avail_out = static_cast<uint32_t>(piece_.size());
    const int answer = isal_inflate(&state_);
    // Not by `avail_in`: where a symbol is wrong, ISA-L 2.30 counts bytes off that were not there.
    rest_ = packed_.subspan(static_cast<size_t>(state_.next_in - packed_.data()));
    const Bytes piece(piece_.data(), piece_.size() - state_.avail_out);
    if (answer < 0) {
      Stop(End::kDamaged, answer == ISAL_INCORRECT_CHECKSUM
                              ? "the checksum of the gzip data does not match"
                              : "the gzip data break their format");
    } else if (state_.block_state == ISAL_BLOCK_FINISH) {
      EndMember();
    } else if (piece.empty() && rest_.empty()) {
      Stop(End::kCutShort, "the gzip data end in the middle");
    }
    return piece;
  }

  void EndMember() {
    if (rest_.size() >= 2 && rest_[0] == 0x1f && rest_[1] == 0x8b) return BeginMember();
    const bool is_padding = std::ranges::all_of(rest_, [](uint8_t byte) { return byte == 0; });
    if (is_padding) return Stop(End::kWhole, "");
    Stop(End::kDamaged, "something that is not gzip follows the gzip data");
  }

  void Stop(End end, const char* what) {
    end_ = end;
    what_ = what;
  }

  Bytes packed_;
  Bytes rest_;
  inflate_state state_ = {};
  std::vector<uint8_t> piece_;
  End end_ = End::kNotYet;
  const char* what_ = "";
};

}  // namespace

std::unique_ptr<Stream> ReadGzip(Bytes packed) { return std::make_unique<GzipStream>(packed); }

}  // namespace etcdf::archive
