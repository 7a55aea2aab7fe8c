#include <algorithm>
#include <array>
#include <vector>

#include "archive/stream.h"

namespace etcdf::archive {
namespace {

constexpr uint8_t kNone = 0xff;
constexpr uint8_t kSpace = 0xfe;
constexpr uint8_t kPad = 0xfd;

constexpr std::array<uint8_t, 256> MakeMeanings() {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<uint8_t, 256> meanings = {};
  meanings.fill(kNone);
  for (uint8_t i = 0; i < 64; ++i) meanings.at(static_cast<uint8_t>(kAlphabet[i])) = i;
  for (const char space : {' ', '\t', '\r', '\n'}) {
    meanings.at(static_cast<uint8_t>(space)) = kSpace;
  }
  meanings.at('=') = kPad;
  return meanings;
}
constexpr std::array<uint8_t, 256> kMeanings = MakeMeanings();

class Base64Stream : public Stream {
 public:
  explicit Base64Stream(Bytes text) : text_(text) { piece_.reserve(kPieceBytes + 3); }

  Bytes Next() override {
    piece_.clear();
    while (end_ == End::kNotYet && piece_.size() < kPieceBytes) {
      if (at_ == text_.size()) {
        Finish();
      } else {
        Take(kMeanings[text_[at_]]);
      }
    }
    return piece_;
  }
  End end() const override { return end_; }
  std::string what() const override {
    return end_ == End::kCutShort ? "the base64 text ends within a group of four"
                                  : "the text has a character that is not base64";
  }
  uint64_t packed_bytes() const override { return at_; }

 private:
  static constexpr size_t kPieceBytes = 96 << 10;

  void Take(uint8_t meaning) {
    if (meaning == kNone || (meaning < 64 && padded_)) {
      end_ = End::kDamaged;
      return;
    }
    ++at_;
    if (meaning == kSpace) return;
    if (meaning == kPad) {
      padded_ = true;
      return;
    }
    bits_ = bits_ << 6 | meaning;
    if (++count_ % 4 == 0) Put(3);
  }

  // The last group may be short, with or without its padding.
  void Finish() {
    const uint64_t left = count_ % 4;
    end_ = left == 1 ? End::kCutShort : End::kWhole;
    if (left < 2) return;
    bits_ <<= 6 * (4 - left);
    Put(left - 1);
  }

  void Put(uint64_t bytes) {
    for (uint64_t i = 0; i < bytes; ++i) {
      piece_.push_back(static_cast<uint8_t>(bits_ >> (16 - 8 * i)));
    }
    bits_ = 0;
  }

  Bytes text_;
  size_t at_ = 0;
  uint32_t bits_ = 0;
  uint64_t count_ = 0;
  bool padded_ = false;
  End end_ = End::kNotYet;
  std::vector<uint8_t> piece_;
};

}  // namespace

std::unique_ptr<Stream> ReadBase64(Bytes text) { return std::make_unique<Base64Stream>(text); }

bool LooksLikeBase64(Bytes head) {
  // No file of etcd's is smaller; a list of checksums or numbers may be.
  constexpr size_t kLeastBytes = 512;
  if (head.size() < kLeastBytes) return false;
  size_t first = 0;  // the length of the first line, once it has ended
  size_t length = 0;
  bool has_shorter = false;  // as only the last line may be
  for (const uint8_t byte : head) {
    const uint8_t meaning = kMeanings[byte];
    if (byte == '\n') {
      if (first == 0) first = length;
      if (length > first || (has_shorter && length > 0)) return false;
      has_shorter = has_shorter || length < first;
      length = 0;
    } else if (byte != '\r') {
      if (meaning == kNone || meaning == kSpace) return false;
      ++length;
    }
  }
  return first % 4 == 0;
}

}  // namespace etcdf::archive
