#include <algorithm>

#include "kubernetes/cut_reader.h"
#include "kubernetes/hide_forms.h"
#include "kubernetes/protobuf_form.h"

namespace etcdf::kubernetes {
namespace {

// Deeper than whoever reads the value goes, who does not count inline messages.
constexpr size_t kMaxMessageDepth = 300;

// Where a message stands, as far as that says what of it may stay.
enum class Place : uint8_t { kObject, kMetadata, kOther };

// A varint at the front of `bytes`, which has one.
size_t VarintLength(Bytes bytes) {
  size_t length = 0;
  while (length < bytes.size() && (bytes[length] & 0x80) != 0) ++length;
  return std::min(length + 1, bytes.size());
}

// One, in as many bytes; zero stays. Decoders take more bytes than are needed.
void HideVarint(std::span<uint8_t> varint) {
  const auto is_zero = [](uint8_t byte) { return (byte & 0x7f) == 0; };
  if (std::ranges::all_of(varint, is_zero)) return;
  for (uint8_t& byte : varint) byte &= 0x80;
  varint.front() |= 1;
}

void HideFixed(std::span<uint8_t> number, Type type) {
  if (std::ranges::all_of(number, [](uint8_t byte) { return byte == 0; })) return;
  std::ranges::fill(number, uint8_t{0});
  if (type == Type::kDouble && number.size() == 8) {
    number[6] = 0xf0;  // 1.0
    number[7] = 0x3f;
  } else if (type == Type::kFloat && number.size() == 4) {
    number[2] = 0x80;
    number[3] = 0x3f;
  } else {
    number.front() = 1;
  }
}

size_t WidthOf(Type type) {
  switch (type) {
    case Type::kDouble:
    case Type::kFixed64:
    case Type::kSfixed64: return 8;
    case Type::kFloat:
    case Type::kFixed32:
    case Type::kSfixed32: return 4;
    default: return 0;
  }
}

class Hiding {
 public:
  Hiding(const LeafFiller& filler, const Schema& schema, std::span<uint8_t> value)
      : filler_(filler), schema_(schema), value_(value) {}

  void Object(Bytes value, Place place) {
    const Envelope envelope = ParseEnvelope(value);
    const Message* const message = schema_.FindKind(envelope.api_version, envelope.kind);
    CutReader reader(value.subspan(kProtobufMagic.size()));
    for (wire::Field field; reader.Next(field);) {
      const bool is_bytes = field.type == wire::Type::kBytes;
      if (is_bytes && field.number == 1) {
        TypeMeta(field.bytes);
      } else if (is_bytes && field.number == 2) {
        if (!envelope.content_encoding.empty()) {
          Fill(field.bytes);
        } else if (message != nullptr) {
          Members(*message, field.bytes, place);
        } else {
          UnknownObject(field.bytes, place);
        }
      } else if (!is_bytes || field.number > 4) {
        Loose(field.raw);
      }
    }
    Fill(reader.rest());
  }

 private:
  std::span<uint8_t> At(Bytes part) { return Within(value_, part); }
  void Fill(Bytes part) { filler_.Fill(At(part)); }

  void TypeMeta(Bytes bytes) {
    CutReader reader(bytes);
    for (wire::Field field; reader.Next(field);) {
      if (field.type != wire::Type::kBytes || field.number > 2) Loose(field.raw);
    }
    Fill(reader.rest());
  }

  // Every object has its metadata in field 1.
  void UnknownObject(Bytes bytes, Place place) {
    CutReader reader(bytes);
    for (wire::Field field; reader.Next(field);) {
      if (field.number == 1 && field.type == wire::Type::kBytes) {
        Members(schema_.object_meta(), field.bytes,
                place == Place::kObject ? Place::kMetadata : Place::kOther);
      } else {
        Loose(field.raw);
      }
    }
    Fill(reader.rest());
  }

  // Fields that no table has.
  void Loose(Bytes fields) {
    std::span<uint8_t> rest = At(fields);
    while (!rest.empty()) {
      const size_t tag = VarintLength(rest);
      const auto type = static_cast<wire::Type>(rest.front() & 7);
      rest = rest.subspan(tag);
      switch (type) {
        case wire::Type::kVarint: {
          const size_t length = VarintLength(rest);
          HideVarint(rest.first(length));
          rest = rest.subspan(length);
          break;
        }
        case wire::Type::kFixed64:
        case wire::Type::kFixed32: {
          const size_t width = type == wire::Type::kFixed64 ? 8 : 4;
          const size_t length = std::min(width, rest.size());
          HideFixed(rest.first(length), Type::kFixed64);
          rest = rest.subspan(length);
          break;
        }
        case wire::Type::kBytes: {
          uint64_t length = 0;
          const size_t head = VarintLength(rest);
          for (size_t i = 0; i < head && i < 10; ++i) {
            length |= static_cast<uint64_t>(rest[i] & 0x7f) << (7 * i);
          }
          rest = rest.subspan(head);
          const auto here = static_cast<size_t>(std::min<uint64_t>(length, rest.size()));
          filler_.Fill(rest.first(here));
          rest = rest.subspan(here);
          break;
        }
        case wire::Type::kGroupBegin:
        case wire::Type::kGroupEnd: break;  // its fields follow
        default: filler_.Fill(rest); return;
      }
    }
  }

  void Members(const Message& message, Bytes bytes, Place place) {
    if (depth_ == kMaxMessageDepth) return Fill(bytes);
    ++depth_;
    CutReader reader(bytes);
    for (wire::Field on_wire; reader.Next(on_wire);) {
      const Field* const field = FindField(message, on_wire.number);
      if (field == nullptr || on_wire.type == wire::Type::kGroupBegin) {
        Loose(on_wire.raw);
      } else if (!MayStay(*field, on_wire, message, place)) {
        Member(*field, on_wire, place);
      }
    }
    Fill(reader.rest());
    --depth_;
  }

  // The name and namespace, and which of its two fields an IntOrString is.
  bool MayStay(const Field& field, const wire::Field& on_wire, const Message& message,
               Place place) const {
    if (message.form == Form::kIntOrString) {
      return field.number == 1 && on_wire.type == wire::Type::kVarint && on_wire.value <= 1;
    }
    return place == Place::kMetadata && (field.number == 1 || field.number == 3) &&
           on_wire.type == wire::Type::kBytes && filler_.IsInKey(AsText(on_wire.bytes));
  }

  void Member(const Field& field, const wire::Field& on_wire, Place place) {
    if (on_wire.type != wire::Type::kBytes) return Number(field, on_wire);
    if (field.Is(kMap)) return MapEntry(field, on_wire.bytes);
    switch (field.type) {
      case Type::kString:
      case Type::kBytes: return Fill(on_wire.bytes);
      case Type::kMessage: {
        if (field.message == nullptr) return Fill(on_wire.bytes);
        const bool is_metadata = place == Place::kObject && field.number == 1;
        return AnyMessage(field, on_wire.bytes, is_metadata ? Place::kMetadata : Place::kOther);
      }
      default: return Packed(field, on_wire.bytes);
    }
  }

  void AnyMessage(const Field& field, Bytes bytes, Place place) {
    switch (field.message->form) {
      case Form::kQuantity: return Quantity(bytes);
      case Form::kJson: return JsonBytes(field, bytes);
      default: return Members(*field.message, bytes, place);
    }
  }

  // A quantity of the same length.
  void Quantity(Bytes bytes) {
    CutReader reader(bytes);
    for (wire::Field field; reader.Next(field);) {
      if (field.number == 1 && field.type == wire::Type::kBytes) {
        std::ranges::fill(At(field.bytes), uint8_t{'1'});
      } else {
        Loose(field.raw);
      }
    }
    Fill(reader.rest());
  }

  void JsonBytes(const Field& field, Bytes bytes) {
    CutReader reader(bytes);
    for (wire::Field on_wire; reader.Next(on_wire);) {
      if (on_wire.number != 1 || on_wire.type != wire::Type::kBytes) {
        Loose(on_wire.raw);
      } else if (!AsText(on_wire.bytes).starts_with(kProtobufMagic)) {
        const bool is_owned = field.name() == "fieldsV1";
        HideJson(filler_, At(on_wire.bytes), is_owned ? JsonPart::kFields : JsonPart::kOther);
      } else if (depth_ == kMaxMessageDepth) {
        Fill(on_wire.bytes);
      } else {  // an object within an object
        ++depth_;
        Object(on_wire.bytes, Place::kOther);
        --depth_;
      }
    }
    Fill(reader.rest());
  }

  // The key of a map is a name.
  void MapEntry(const Field& field, Bytes bytes) {
    CutReader reader(bytes);
    for (wire::Field on_wire; reader.Next(on_wire);) {
      if (on_wire.number == 1 && on_wire.type == wire::Type::kBytes) continue;
      if (on_wire.number != 2 || on_wire.type == wire::Type::kGroupBegin) {
        Loose(on_wire.raw);
      } else if (on_wire.type != wire::Type::kBytes) {
        Number(field, on_wire);
      } else if (field.type == Type::kMessage && field.message != nullptr) {
        AnyMessage(field, on_wire.bytes, Place::kOther);
      } else {
        Fill(on_wire.bytes);
      }
    }
    Fill(reader.rest());
  }

  void Number(const Field& field, const wire::Field& on_wire) {
    const std::span<uint8_t> raw = At(on_wire.raw);
    const std::span<uint8_t> number = raw.subspan(VarintLength(raw));
    if (on_wire.type == wire::Type::kVarint) return HideVarint(number);
    HideFixed(number, field.type);
  }

  void Packed(const Field& field, Bytes packed) {
    std::span<uint8_t> rest = At(packed);
    const size_t width = WidthOf(field.type);
    while (!rest.empty()) {
      const size_t length = width == 0 ? VarintLength(rest) : std::min(width, rest.size());
      if (width == 0) {
        HideVarint(rest.first(length));
      } else {
        HideFixed(rest.first(length), field.type);
      }
      rest = rest.subspan(length);
    }
  }

  const LeafFiller& filler_;
  const Schema& schema_;
  std::span<uint8_t> value_;
  size_t depth_ = 0;
};

}  // namespace

void HideProtobuf(const LeafFiller& filler, const Schema& schema, std::span<uint8_t> value) {
  Hiding(filler, schema, value).Object(value, Place::kObject);
}

}  // namespace etcdf::kubernetes
