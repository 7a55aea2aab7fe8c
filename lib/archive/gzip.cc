#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/stream.h"

namespace etcdf::archive {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

// What stands around the deflated data.
enum class Wrapper : uint8_t { kGzip, kZlib };

class DeflateStream : public Stream {
 public:
  DeflateStream(Bytes packed, Wrapper wrapper)
      : packed_(packed), rest_(packed), wrapper_(wrapper), piece_(kPieceBytes) {
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
  // Of kDamaged: not only the checksum is wrong.
  bool breaks_format() const { return breaks_format_; }

 private:
  void BeginMember() {
    isal_inflate_init(&state_);
    state_.crc_flag = wrapper_ == Wrapper::kGzip ? ISAL_GZIP : ISAL_ZLIB;
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
    if (answer == ISAL_INCORRECT_CHECKSUM) {
      Stop(End::kDamaged, "the checksum of the " + Name() + " data does not match");
    } else if (answer < 0) {
      breaks_format_ = true;
      Stop(End::kDamaged, "the " + Name() + " data break their format");
    } else if (state_.block_state == ISAL_BLOCK_FINISH) {
      EndMember();
    } else if (piece.empty() && rest_.empty()) {
      Stop(End::kCutShort, "the " + Name() + " data end in the middle");
    }
    return piece;
  }

  void EndMember() {
    const bool is_followed = wrapper_ == Wrapper::kGzip && AsText(rest_).starts_with("\x1f\x8b");
    if (is_followed) return BeginMember();
    const bool is_padding = std::ranges::all_of(rest_, [](uint8_t byte) { return byte == 0; });
    if (is_padding) return Stop(End::kWhole, "");
    Stop(End::kDamaged, "something that is not " + Name() + " follows the " + Name() + " data");
  }

  std::string Name() const { return wrapper_ == Wrapper::kGzip ? "gzip" : "zlib"; }

  void Stop(End end, std::string what) {
    end_ = end;
    what_ = std::move(what);
  }

  Bytes packed_;
  Bytes rest_;
  Wrapper wrapper_;
  inflate_state state_ = {};
  std::vector<uint8_t> piece_;
  End end_ = End::kNotYet;
  std::string what_;
  bool breaks_format_ = false;
};

}  // namespace

std::unique_ptr<Stream> ReadGzip(Bytes packed) {
  return std::make_unique<DeflateStream>(packed, Wrapper::kGzip);
}

std::unique_ptr<Stream> ReadZlib(Bytes packed) {
  return std::make_unique<DeflateStream>(packed, Wrapper::kZlib);
}

bool LooksLikeZlib(Bytes head) {
  // Deflated with a window of 32 KiB, and how hard zlib tried; all other bits are a check.
  constexpr std::array<std::string_view, 4> kHeaders = {"x\x01", "x\x5e", "x\x9c", "x\xda"};
  if (std::ranges::find(kHeaders, AsText(head.first(std::min<size_t>(head.size(), 2)))) ==
      kHeaders.end()) {
    return false;
  }
  DeflateStream beginning(head, Wrapper::kZlib);
  while (!beginning.Next().empty()) {
  }
  return !beginning.breaks_format();
}

}  // namespace etcdf::archive
