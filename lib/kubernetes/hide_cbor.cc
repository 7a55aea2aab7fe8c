#include <algorithm>

#include "kubernetes/cbor_form.h"
#include "kubernetes/document.h"
#include "kubernetes/hide_forms.h"

namespace etcdf::kubernetes {
namespace {

// RFC 8949, section 3.1.
enum class Major : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kOther };
constexpr uint8_t kIndefinite = 31;
constexpr uint8_t kBreak = 0xff;
constexpr size_t kMaxDepth = 2 * Document::kMaxDepth;  // deeper than whoever reads the value goes

// Where an item stands, as far as that says what of it may stay.
enum class Place : uint8_t { kObject, kMetadata, kType, kName, kFields, kOther };

class Hiding {
 public:
  Hiding(const LeafFiller& filler, std::span<uint8_t> value) : filler_(filler), value_(value) {}

  void Run() {
    at_ = kCborMagic.size();
    Item(Place::kObject, 0);
    filler_.Fill(value_.subspan(at_));
  }

 private:
  struct Head {
    Major major = Major::kOther;
    uint8_t info = 0;
    uint64_t argument = 0;
    std::span<uint8_t> more = {};  // the bytes of the argument after the first
    size_t begin = 0;
  };

  bool TakeHead(Head& head) {
    if (at_ == value_.size()) return false;
    const uint8_t first = value_[at_];
    head = {.major = static_cast<Major>(first >> 5), .info = uint8_t(first & 0x1f), .begin = at_};
    if (head.info >= 28 && head.info < kIndefinite) return false;
    const size_t more =
        head.info < 24 || head.info == kIndefinite ? 0 : size_t{1} << (head.info - 24);
    if (more > value_.size() - at_ - 1) return false;
    head.more = value_.subspan(at_ + 1, more);
    head.argument = head.info < 24 ? head.info : 0;
    for (const uint8_t byte : head.more) head.argument = head.argument << 8 | byte;
    at_ += 1 + more;
    return true;
  }

  // False where it breaks, or nests too deep: all from there on is overwritten.
  bool Item(Place place, size_t depth) {
    Head head;
    do {
      if (!TakeHead(head)) return false;
    } while (head.major == Major::kTag);
    if (depth > kMaxDepth) {
      at_ = head.begin;
      return false;
    }
    switch (head.major) {
      case Major::kUnsigned:
      case Major::kNegative: return Number(head);
      case Major::kBytes:
      case Major::kText: return String(head, place);
      case Major::kArray: return Array(head, place, depth);
      case Major::kMap: return Map(head, place, depth);
      default: return Other(head);
    }
  }

  bool Number(const Head& head) {
    if (head.argument == 0) return true;
    std::ranges::fill(head.more, uint8_t{0});
    if (head.more.empty()) {
      value_[head.begin] = static_cast<uint8_t>(static_cast<unsigned>(head.major) << 5 | 1);
    } else {
      head.more.back() = 1;
    }
    return true;
  }

  // 20 to 23 are false, true, null and undefined; 25 to 27 floats, which become 1.0.
  bool Other(const Head& head) {
    if (head.info >= 20 && head.info <= 23) return true;
    if (head.info < 25 || head.info > 27) {
      at_ = head.begin;
      return false;
    }
    if (head.argument == 0) return true;
    constexpr uint16_t kOnes[] = {0x3c00, 0x3f80, 0x3ff0};
    const uint16_t one = kOnes[head.info - 25];
    std::ranges::fill(head.more, uint8_t{0});
    head.more[0] = static_cast<uint8_t>(one >> 8);
    head.more[1] = static_cast<uint8_t>(one & 0xff);
    return true;
  }

  // The string whose head was just read; false, and `at_` before it, where it is not whole.
  bool TakeWhole(const Head& head, std::span<uint8_t>& string) {
    if (head.info == kIndefinite || head.argument > value_.size() - at_) {
      at_ = head.begin;
      return false;
    }
    string = value_.subspan(at_, head.argument);
    at_ += head.argument;
    return true;
  }

  bool String(const Head& head, Place place) {
    if (head.info == kIndefinite) return Pieces(head, true);
    std::span<uint8_t> string;
    if (!TakeWhole(head, string)) return false;
    const std::string_view text = AsText(string);
    const bool stays = place == Place::kType || (place == Place::kName && filler_.IsInKey(text));
    if (!stays) filler_.Fill(string);
    return true;
  }

  // A string of several pieces, whose head was just read.
  bool Pieces(const Head& head, bool are_hidden) {
    for (;;) {
      if (at_ < value_.size() && value_[at_] == kBreak) break;
      Head piece;
      if (!TakeHead(piece)) return false;
      std::span<uint8_t> string;
      if (piece.major != head.major || !TakeWhole(piece, string)) {
        at_ = piece.begin;
        return false;
      }
      if (are_hidden) filler_.Fill(string);
    }
    ++at_;
    return true;
  }

  // Whether the items of a container are over; `left` counts those of a known number.
  bool IsAtEnd(const Head& head, uint64_t& left) {
    if (head.info != kIndefinite) return left == 0 || left-- == 0;
    if (at_ == value_.size() || value_[at_] != kBreak) return false;
    ++at_;
    return true;
  }

  bool Array(const Head& head, Place place, size_t depth) {
    const Place within = place == Place::kFields ? place : Place::kOther;
    for (uint64_t left = head.argument; !IsAtEnd(head, left);) {
      if (!Item(within, depth + 1)) return false;
    }
    return true;
  }

  bool Map(const Head& head, Place place, size_t depth) {
    for (uint64_t left = head.argument; !IsAtEnd(head, left);) {
      Head key;
      if (!TakeHead(key)) return false;
      Place member = place == Place::kFields ? place : Place::kOther;
      std::span<uint8_t> name;
      if (key.major != Major::kBytes && key.major != Major::kText) {
        at_ = key.begin;
        return false;
      }
      if (key.info == kIndefinite) {
        if (!Pieces(key, place == Place::kFields)) return false;
      } else if (TakeWhole(key, name)) {
        member = PlaceOf(AsText(name), place);
        if (place == Place::kFields) filler_.FillOwned(name);
      } else {
        return false;
      }
      if (!Item(member, depth + 1)) return false;
    }
    return true;
  }

  static Place PlaceOf(std::string_view member, Place of) {
    if (of == Place::kFields || member == "fieldsV1") return Place::kFields;
    if (of == Place::kObject && member == "metadata") return Place::kMetadata;
    if (of == Place::kObject && (member == "apiVersion" || member == "kind")) return Place::kType;
    if (of == Place::kMetadata && (member == "name" || member == "namespace")) return Place::kName;
    return Place::kOther;
  }

  const LeafFiller& filler_;
  std::span<uint8_t> value_;
  size_t at_ = 0;
};

}  // namespace

void HideCbor(const LeafFiller& filler, std::span<uint8_t> value) { Hiding(filler, value).Run(); }

}  // namespace etcdf::kubernetes
