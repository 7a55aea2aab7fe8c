#include "kubernetes/cbor_form.h"

#include <bit>
#include <cmath>
#include <optional>
#include <string>

#include "base/escape.h"
#include "kubernetes/json_form.h"
#include "kubernetes/texts.h"

namespace etcdf::kubernetes {
namespace {

enum class Major : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kOther };

// What stands at the front of a data item.
struct Head {
  Major major = Major::kOther;
  uint8_t info = 0;  // 24 to 27: how many bytes the argument had; 31: of no length known yet
  uint64_t argument = 0;
};

constexpr uint8_t kIndefinite = 31;
// Tags that say how bytes are to print in JSON: base64url, base64 and hex.
constexpr uint64_t kTagBase64 = 22;
constexpr uint64_t kTagHex = 23;

double HalfToDouble(uint16_t half) {
  const int exponent = half >> 10 & 0x1f;
  const int mantissa = half & 0x3ff;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent == 31) {
    value = mantissa == 0 ? INFINITY : NAN;
  } else {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  }
  return (half & 0x8000) != 0 ? -value : value;
}

class Reading {
 public:
  Reading(Document& document, Flaws& flaws, Bytes value)
      : document_(document), flaws_(flaws), value_(value) {}

  void Run() {
    if (Item({}, 0) && at_ < value_.size()) flaws_.BreakAt(at_);
  }

 private:
  bool TakeHead(Head& head) {
    if (at_ == value_.size()) return Broken();
    const uint8_t first = value_[at_];
    head = {.major = static_cast<Major>(first >> 5), .info = uint8_t(first & 0x1f), .argument = 0};
    if (head.info >= 28 && head.info < kIndefinite) return Broken();
    const size_t more =
        head.info < 24 || head.info == kIndefinite ? 0 : size_t{1} << (head.info - 24);
    if (more > value_.size() - at_ - 1) return Broken();
    head.argument = head.info < 24 ? head.info : 0;
    for (size_t i = 1; i <= more; ++i) head.argument = head.argument << 8 | value_[at_ + i];
    at_ += 1 + more;
    return true;
  }

  // The place of the fault is the begin of the item; what is from there on is kept.
  bool Broken() {
    flaws_.BreakAt(at_);
    return false;
  }

  // Adds an item. False where it, or something in it, breaks; that is added as bytes.
  bool Item(std::string_view name, size_t depth) {
    const size_t begin = at_;
    Head head;
    uint64_t tag = 0;
    do {
      if (!TakeHead(head)) return Rest(name, begin);
      if (head.major == Major::kTag) tag = head.argument;
    } while (head.major == Major::kTag);
    if (depth > Document::kMaxDepth || document_.is_full()) {
      flaws_.beyond_limits = true;
      return Rest(name, begin);
    }
    switch (head.major) {
      case Major::kUnsigned: document_.Unsigned(name, head.argument); return true;
      case Major::kNegative: return Negative(name, head.argument);
      case Major::kBytes:
      case Major::kText: return Text(name, head, tag, begin);
      case Major::kArray: return Array(name, head, depth);
      case Major::kMap: return Map(name, head, depth);
      default: return Other(name, head, begin);
    }
  }

  bool Rest(std::string_view name, size_t begin) {
    document_.Base64(name, value_.subspan(begin));
    at_ = value_.size();
    return false;
  }

  bool Negative(std::string_view name, uint64_t argument) {
    if (argument >> 63 == 0) {
      document_.Integer(name, -1 - static_cast<int64_t>(argument));
    } else if (argument == UINT64_MAX) {
      document_.Number(name, "-18446744073709551616");
    } else {
      document_.Number(name, document_.Keep("-" + std::to_string(argument + 1)));
    }
    return true;
  }

  // The string whose head was just read, of one piece or of several.
  std::optional<Bytes> TakeString(const Head& head) {
    if (head.info != kIndefinite) {
      if (head.argument > value_.size() - at_) return std::nullopt;
      const Bytes taken = value_.subspan(at_, head.argument);
      at_ += head.argument;
      return taken;
    }
    std::string whole;
    for (;;) {
      Head piece;
      if (at_ < value_.size() && value_[at_] == 0xff) break;
      if (!TakeHead(piece) || piece.major != head.major || piece.info == kIndefinite) {
        return std::nullopt;
      }
      const auto taken = TakeString(piece);
      if (!taken) return std::nullopt;
      whole += AsText(*taken);
    }
    ++at_;
    return AsBytes(document_.Keep(whole));
  }

  bool Text(std::string_view name, const Head& head, uint64_t tag, size_t begin) {
    const auto text = TakeString(head);
    if (!text) {
      flaws_.BreakAt(begin);
      return Rest(name, begin);
    }
    if (head.major == Major::kBytes && tag == kTagBase64) {
      document_.Base64(name, *text);
    } else if (head.major == Major::kBytes && tag == kTagHex) {
      std::string hex;
      AppendHex(hex, *text);
      document_.Text(name, document_.Keep(hex));
    } else {
      document_.Text(name, AsText(*text));
      if (document_.nodes().back().kind == NodeKind::kOddText) ++flaws_.odd_texts;
    }
    return true;
  }

  // Whether the items of a container are over; `left` counts those of a known number.
  bool IsAtEnd(const Head& head, uint64_t& left) {
    if (head.info != kIndefinite) return left == 0 || left-- == 0;
    if (at_ == value_.size() || value_[at_] != 0xff) return false;
    ++at_;
    return true;
  }

  bool Array(std::string_view name, const Head& head, size_t depth) {
    const size_t opened = document_.Open(NodeKind::kArray, name);
    bool whole = true;
    for (uint64_t left = head.argument; whole && !IsAtEnd(head, left);) whole = Item({}, depth + 1);
    document_.Close(opened);
    return whole;
  }

  bool Map(std::string_view name, const Head& head, size_t depth) {
    const size_t opened = document_.Open(NodeKind::kObject, name);
    bool whole = true;
    for (uint64_t left = head.argument; whole && !IsAtEnd(head, left);) {
      const size_t begin = at_;
      Head key;
      const bool has_key =
          TakeHead(key) && (key.major == Major::kBytes || key.major == Major::kText);
      const auto member = has_key ? TakeString(key) : std::nullopt;
      if (member) {
        whole = Item(AsText(*member), depth + 1);
      } else {
        flaws_.BreakAt(begin);
        whole = Rest(kRest, begin);
      }
    }
    flaws_.duplicates += static_cast<uint32_t>(document_.CloseSorted(opened));
    return whole;
  }

  bool Other(std::string_view name, const Head& head, size_t begin) {
    switch (head.info) {
      case 20:
      case 21: document_.Bool(name, head.info == 21); return true;
      case 22:
      case 23: document_.Null(name); return true;
      case 25: return Float(name, HalfToDouble(static_cast<uint16_t>(head.argument)));
      case 26: return Float(name, std::bit_cast<float>(static_cast<uint32_t>(head.argument)));
      case 27: return Float(name, std::bit_cast<double>(head.argument));
      default: flaws_.BreakAt(begin); return Rest(name, begin);
    }
  }

  bool Float(std::string_view name, double value) {
    std::string text;
    if (AppendFloat(text, value)) {
      document_.Number(name, document_.Keep(text));
    } else {
      document_.Text(name, "NaN or infinite");
    }
    return true;
  }

  Document& document_;
  Flaws& flaws_;
  Bytes value_;
  size_t at_ = 0;
};

}  // namespace

void AddCbor(Document& document, Flaws& flaws, Bytes value) {
  Reading(document, flaws, value).Run();
}

}  // namespace etcdf::kubernetes
