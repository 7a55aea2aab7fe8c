#include "kubernetes/protobuf_form.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "base/escape.h"
#include "kubernetes/cut_reader.h"
#include "kubernetes/texts.h"

namespace etcdf::kubernetes {
namespace {

constexpr size_t kMaxMessageDepth = 100;  // as protobuf's own parsers have it
// Of a message whose nulls are added; no message has more fields.
constexpr size_t kMaxSeen = 256;

enum class Wire : uint8_t { kFits, kPacked, kOther };

wire::Type WireTypeOf(Type type) {
  switch (type) {
    case Type::kString:
    case Type::kBytes:
    case Type::kMessage: return wire::Type::kBytes;
    case Type::kDouble:
    case Type::kFixed64:
    case Type::kSfixed64: return wire::Type::kFixed64;
    case Type::kFloat:
    case Type::kFixed32:
    case Type::kSfixed32: return wire::Type::kFixed32;
    default: return wire::Type::kVarint;
  }
}

Wire FitOf(const Field& field, wire::Type type) {
  if (field.Is(kMap)) return type == wire::Type::kBytes ? Wire::kFits : Wire::kOther;
  if (type == WireTypeOf(field.type)) return Wire::kFits;
  return field.Is(kRepeated) && type == wire::Type::kBytes ? Wire::kPacked : Wire::kOther;
}

int64_t Unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

// As Go's omitempty counts.
bool IsZero(const Field& field, Bytes bytes, uint64_t value) {
  switch (field.type) {
    case Type::kMessage: return false;
    case Type::kString:
    case Type::kBytes: return bytes.empty();
    case Type::kInt32:
    case Type::kUint32: return static_cast<uint32_t>(value) == 0;
    case Type::kDouble: return value << 1 == 0;
    default: return value == 0;
  }
}

// The members that the envelope has, not the object.
const Field& TypeField(const char* name) {
  static const auto make = [](const char* of) {
    const std::string_view text(of);
    return Field{.number = 0,
                 .rank = BuiltInRank(text),
                 .name_begin = of,
                 .message = nullptr,
                 .name_length = static_cast<uint16_t>(text.size()),
                 .type = Type::kString,
                 .traits = 0};
  };
  static const Field api_version = make("apiVersion");
  static const Field kind = make("kind");
  return name[0] == 'a' ? api_version : kind;
}

// The fields of a message of a form of its own, the last of each: numbers and bytes by number.
class FewFields {
 public:
  explicit FewFields(Bytes message) {
    CutReader reader(message);
    for (wire::Field field; reader.Next(field);) {
      if (field.number >= kFields) continue;
      values_[field.number] = field.value;
      payloads_[field.number] = field.bytes;
      present_ |= 1U << field.number;
    }
  }
  bool Has(size_t number) const { return (present_ >> number & 1) != 0; }
  uint64_t Number(size_t number) const { return Has(number) ? values_[number] : 0; }
  Bytes Payload(size_t number) const { return Has(number) ? payloads_[number] : Bytes(); }

 private:
  static constexpr size_t kFields = 4;
  unsigned present_ = 0;
  std::array<uint64_t, kFields> values_;
  std::array<Bytes, kFields> payloads_;
};

bool IsPlainText(Bytes bytes) {
  return IsUtf8(bytes) && std::ranges::all_of(bytes, [](uint8_t c) {
           return c >= 0x20 ? c != 0x7f : c == '\n' || c == '\t' || c == '\r';
         });
}

// Whether all of `bytes` reads as fields.
bool IsMessage(Bytes bytes) {
  wire::Reader reader(bytes);
  for (wire::Field field; reader.Next(field);) {
  }
  return reader.ok() && !bytes.empty();
}

// Whether a summary needs the field of ObjectMeta: name, namespace, uid, creationTimestamp and
// managedFields.
bool IsInSummary(uint32_t number) {
  return number == 1 || number == 3 || number == 5 || number == 8 || number == 17;
}

}  // namespace

Envelope ParseEnvelope(Bytes value) {
  Envelope envelope;
  CutReader reader(value.subspan(kProtobufMagic.size()));
  for (wire::Field field; reader.Next(field);) {
    if (field.type != wire::Type::kBytes) continue;
    switch (field.number) {
      case 1: {
        const FewFields type(field.bytes);
        envelope.api_version = AsText(type.Payload(1));
        envelope.kind = AsText(type.Payload(2));
        break;
      }
      case 2: envelope.raw = field.bytes; break;
      case 3: envelope.content_encoding = AsText(field.bytes); break;
      case 4: envelope.content_type = AsText(field.bytes); break;
      default: break;
    }
  }
  envelope.is_cut = !reader.ok();
  envelope.rest = reader.rest();
  return envelope;
}

Envelope ProtobufForm::AddObject(Bytes value, Extent extent) {
  value_ = value;
  extent_ = extent;
  slots_.clear();
  entries_.clear();
  depth_ = 0;
  Envelope envelope;
  AddEnvelope({}, value, envelope);
  return envelope;
}

void ProtobufForm::AddEnvelope(std::string_view name, Bytes value, Envelope& envelope) {
  envelope = ParseEnvelope(value);
  const Message* const message = FindKind(envelope);
  if (message != nullptr && envelope.content_encoding.empty()) {
    AddKnown(name, envelope, *message);
  } else {
    flaws_.unknown_kind = true;
    AddUnknownKind(name, envelope);
  }
  // A place within the object, if it is cut there, tells more.
  if (envelope.is_cut) flaws_.BreakAt(OffsetOf(value) + value.size());
}

// Most objects are of a kind that was there a moment ago.
const Message* ProtobufForm::FindKind(const Envelope& envelope) {
  constexpr size_t kRemembered = 16;
  for (const KnownKind& known : known_kinds_) {
    if (known.kind == envelope.kind && known.api_version == envelope.api_version) {
      return known.message;
    }
  }
  const Message* const message = schema_.FindKind(envelope.api_version, envelope.kind);
  if (known_kinds_.size() == kRemembered) known_kinds_.erase(known_kinds_.begin());
  known_kinds_.push_back({std::string(envelope.api_version), std::string(envelope.kind), message});
  return message;
}

void ProtobufForm::AddKnown(std::string_view name, const Envelope& envelope,
                            const Message& message) {
  const size_t opened = document_.Open(NodeKind::kObject, name);
  const size_t begin = slots_.size();
  for (const auto& [field, text] : {std::pair(&TypeField("apiVersion"), envelope.api_version),
                                    std::pair(&TypeField("kind"), envelope.kind)}) {
    if (!text.empty())
      Push(field, field->rank, {.type = wire::Type::kBytes, .bytes = AsBytes(text)});
  }
  Index(message, envelope.raw);
  if (!envelope.rest.empty()) {
    Push(nullptr, 0, {.type = wire::Type::kBytes, .bytes = envelope.rest});
  }
  AddMembers(begin);
  document_.Close(opened);
}

// Every object has its metadata in field 1.
void ProtobufForm::AddUnknownKind(std::string_view name, const Envelope& envelope) {
  const size_t opened = document_.Open(NodeKind::kObject, name);
  if (!envelope.api_version.empty()) AddText("apiVersion", envelope.api_version);
  if (!envelope.kind.empty()) AddText("kind", envelope.kind);
  if (!envelope.content_encoding.empty()) {
    AddText("@contentEncoding", envelope.content_encoding);
    document_.Base64(kRest, envelope.raw);
  } else {
    CutReader reader(envelope.raw);
    wire::Field first;
    if (reader.Next(first) && first.number == 1 && first.type == wire::Type::kBytes) {
      AddMessage("metadata", schema_.object_meta(), first.bytes);
      if (extent_ != Extent::kMetadata) {
        AddLooseMembers(envelope.raw.subspan(
            static_cast<size_t>(first.bytes.data() + first.bytes.size() - envelope.raw.data())));
      }
    } else {
      AddLooseMembers(envelope.raw);
    }
    if (!envelope.rest.empty()) document_.Base64(kRest, envelope.rest);
  }
  flaws_.duplicates += static_cast<uint32_t>(document_.CloseSorted(opened));
}

void ProtobufForm::Push(const Field* field, uint32_t rank, const wire::Field& on_wire) {
  slots_.push_back({.key = uint64_t{rank} << 32 | static_cast<uint32_t>(slots_.size()),
                    .field = field,
                    .bytes = on_wire.bytes,
                    .value = on_wire.value,
                    .number = on_wire.number,
                    .type = on_wire.type});
  // What print as bytes prints them all, with a number those of its encoding.
  if (field == nullptr && on_wire.type != wire::Type::kBytes) {
    Bytes raw = on_wire.raw;
    while (!raw.empty() && (raw.front() & 0x80) != 0) raw = raw.subspan(1);
    slots_.back().bytes = raw.empty() ? raw : raw.subspan(1);
  }
}

void ProtobufForm::Index(const Message& message, Bytes bytes) {
  std::array<uint64_t, kMaxSeen / 64> seen{};
  CutReader reader(bytes);
  for (wire::Field on_wire; reader.Next(on_wire);) {
    if (slots_.size() >= Document::kMaxNodes) {
      flaws_.beyond_limits = true;
      Push(nullptr, 0,
           {.type = wire::Type::kBytes,
            .bytes = bytes.subspan(static_cast<size_t>(on_wire.raw.data() - bytes.data()))});
      return;
    }
    Take(message, on_wire, seen);
  }
  if (!reader.ok()) {
    flaws_.BreakAt(OffsetOf(bytes) + reader.broken_at());
    if (!reader.rest().empty()) {
      Push(nullptr, 0, {.type = wire::Type::kBytes, .bytes = reader.rest()});
    }
  } else if (message.has_nulls && !flaws_.is_broken()) {
    AddNulls(message, seen);
  }
}

void ProtobufForm::Take(const Message& message, const wire::Field& on_wire,
                        std::span<uint64_t> seen) {
  const Field* const field = FindField(message, on_wire.number);
  if (field == nullptr) {
    if (extent_ == Extent::kMetadata && depth_ == 0) return;
    ++flaws_.unknown_fields;
    return Push(nullptr, on_wire.number, on_wire);
  }
  if (extent_ == Extent::kMetadata && depth_ <= 1 &&
      !(depth_ == 0 ? on_wire.number == 1 : IsInSummary(on_wire.number))) {
    return;
  }
  if (FitOf(*field, on_wire.type) == Wire::kOther) {
    ++flaws_.wrong_types;
    return Push(nullptr, on_wire.number, on_wire);
  }
  if (field->Is(kInline) && field->message != nullptr && message.form == Form::kPlain &&
      !field->Is(kRepeated)) {
    return Index(*field->message, on_wire.bytes);
  }
  const auto place = static_cast<size_t>(field - message.field_begin);
  if (place < kMaxSeen) seen[place / 64] |= uint64_t{1} << place % 64;
  Push(field, field->rank, on_wire);
}

void ProtobufForm::AddNulls(const Message& message, std::span<const uint64_t> seen) {
  if (extent_ == Extent::kMetadata) return;
  const std::span<const Field> fields = message.fields();
  for (size_t place = 0; place < fields.size() && place < kMaxSeen; ++place) {
    if (!fields[place].Is(kNullIfAbsent) || (seen[place / 64] >> place % 64 & 1) != 0) continue;
    Push(&fields[place], fields[place].rank, {});
    slots_.back().is_absent = true;
  }
}

void ProtobufForm::SortSlots(size_t begin) {
  constexpr size_t kFew = 24;
  const auto first = slots_.begin() + static_cast<ptrdiff_t>(begin);
  if (slots_.size() - begin > kFew)
    return std::sort(first, slots_.end(),
                     [](const Slot& a, const Slot& b) { return a.key < b.key; });
  for (size_t i = begin + 1; i < slots_.size(); ++i) {
    if (slots_[i - 1].key < slots_[i].key) continue;
    const Slot moved = slots_[i];
    size_t to = i;
    for (; to > begin && moved.key < slots_[to - 1].key; --to) slots_[to] = slots_[to - 1];
    slots_[to] = moved;
  }
}

// The members that the slots from `begin` on are, which it takes off.
void ProtobufForm::AddMembers(size_t begin) {
  SortSlots(begin);
  const size_t end = slots_.size();
  for (size_t from = begin; from < end;) {
    const uint64_t rank = slots_[from].key >> 32;
    size_t to = from + 1;
    while (to < end && slots_[to].key >> 32 == rank) ++to;
    if (const Field* const field = slots_[from].field) {
      document_.set_plain_names(true);
      AddField(*field, {from, to});
    } else {
      document_.set_plain_names(false);
      AddUnknown({from, to});
    }
    from = to;
  }
  document_.set_plain_names(false);
  slots_.resize(begin);
}

void ProtobufForm::AddField(const Field& field, Range slots) {
  const std::string_view name = field.name();
  const Slot& last = slots_[slots.end - 1];
  if (last.is_absent) return document_.Null(name);
  if (field.Is(kMap)) return AddMap(name, field, slots);
  if (field.Is(kRepeated)) return AddList(name, field, slots);
  if (field.message != nullptr) {
    const Form form = field.message->form;
    if (form == Form::kJson && extent_ == Extent::kMetadata) return;
    if (form == Form::kJson && extent_ == Extent::kPrinted && name == "fieldsV1") {
      const std::string_view owned = AsText(FewFields(last.bytes).Payload(1));
      if (!owned.empty() && PlainFieldsLength(owned) == owned.size()) {
        return document_.Json(name, owned);
      }
    }
    // An optional time is a struct, never left out; but this one has omitzero since 1.34.
    if (form == Form::kTime && last.bytes.empty() && name == "creationTimestamp") return;
    if (form == Form::kItems && last.bytes.empty() && field.Is(kOmitEmpty)) return;
    return AddMerged(name, *field.message, slots);
  }
  const bool may_be_left_out = field.Is(kOmitEmpty) && !field.Is(kNullable);
  if (may_be_left_out && IsZero(field, last.bytes, last.value)) return;
  AddValue(name, field, Slot(last));
}

void ProtobufForm::AddValue(std::string_view name, const Field& field, const Slot& slot) {
  switch (field.type) {
    case Type::kString: return AddText(name, AsText(slot.bytes));
    case Type::kBytes: return document_.Base64(name, slot.bytes);
    case Type::kMessage:
      if (field.message != nullptr) return AddMessage(name, *field.message, slot.bytes);
      ++flaws_.unknown_fields;
      return document_.Base64(name, slot.bytes);
    default: return AddNumber(name, field, slot.value);
  }
}

void ProtobufForm::AddNumber(std::string_view name, const Field& field, uint64_t value) {
  const auto low = static_cast<uint32_t>(value);
  switch (field.type) {
    case Type::kBool: return document_.Bool(name, value != 0);
    case Type::kUint32:
    case Type::kFixed32: return document_.Unsigned(name, low);
    case Type::kUint64:
    case Type::kFixed64: return document_.Unsigned(name, value);
    case Type::kInt32:
    case Type::kSfixed32: return document_.Integer(name, static_cast<int32_t>(low));
    case Type::kSint32:
    case Type::kSint64: return document_.Integer(name, Unzigzag(value));
    case Type::kDouble:
    case Type::kFloat: {
      const double number = field.type == Type::kDouble
                                ? std::bit_cast<double>(value)
                                : static_cast<double>(std::bit_cast<float>(low));
      scratch_.clear();
      if (!AppendFloat(scratch_, number)) return document_.Text(name, "NaN or infinite");
      return document_.Number(name, document_.Keep(scratch_));
    }
    default: return document_.Integer(name, static_cast<int64_t>(value));
  }
}

void ProtobufForm::AddList(std::string_view name, const Field& field, Range slots) {
  const size_t opened = document_.Open(NodeKind::kArray, name);
  for (size_t at = slots.begin; at < slots.end; ++at) {
    const Slot slot = slots_[at];
    if (FitOf(field, slot.type) == Wire::kPacked) {
      AddPacked(field, slot.bytes);
    } else {
      AddValue({}, field, slot);
    }
  }
  document_.Close(opened);
}

void ProtobufForm::AddPacked(const Field& field, Bytes packed) {
  // Each number as if a tag stood before it.
  const wire::Type type = WireTypeOf(field.type);
  const size_t width = type == wire::Type::kFixed64 ? 8 : type == wire::Type::kFixed32 ? 4 : 0;
  while (!packed.empty() && !document_.is_full()) {
    uint64_t value = 0;
    size_t used = 0;
    if (width != 0) {
      if (packed.size() < width) break;
      value = width == 8 ? LoadLe64(packed.data()) : LoadLe32(packed.data());
      used = width;
    } else {
      while (used < packed.size() && used < 10) {
        value |= static_cast<uint64_t>(packed[used] & 0x7f) << (7 * used);
        if (packed[used++] < 0x80) break;
      }
      if ((packed[used - 1] & 0x80) != 0) break;
    }
    AddNumber({}, field, value);
    packed = packed.subspan(used);
  }
  if (packed.empty()) return;
  if (document_.is_full()) flaws_.beyond_limits = true;
  if (!document_.is_full()) flaws_.BreakAt(OffsetOf(packed));
  document_.Base64({}, packed);
}

ProtobufForm::MapEntry ProtobufForm::ParseEntry(const Field& field, Bytes bytes) {
  MapEntry entry{.key = {}, .value = {}};
  entry.value.type = WireTypeOf(field.type);
  CutReader reader(bytes);
  for (wire::Field on_wire; reader.Next(on_wire);) {
    if (on_wire.number == 1 && on_wire.type == wire::Type::kBytes) {
      entry.key = AsText(on_wire.bytes);
    } else if (on_wire.number == 2 && on_wire.type == WireTypeOf(field.type)) {
      entry.value.bytes = on_wire.bytes;
      entry.value.value = on_wire.value;
    } else {
      ++flaws_.wrong_types;
    }
  }
  if (!reader.ok()) flaws_.BreakAt(OffsetOf(bytes) + reader.broken_at());
  return entry;
}

void ProtobufForm::AddMap(std::string_view name, const Field& field, Range slots) {
  const size_t opened = document_.Open(NodeKind::kObject, name);
  const size_t begin = entries_.size();
  for (size_t at = slots.begin; at < slots.end; ++at) {
    entries_.push_back(ParseEntry(field, slots_[at].bytes));
  }
  const auto first = entries_.begin() + static_cast<ptrdiff_t>(begin);
  const auto by_key = [](const MapEntry& a, const MapEntry& b) { return a.key < b.key; };
  if (!std::is_sorted(first, entries_.end(), by_key)) {
    std::stable_sort(first, entries_.end(), by_key);
  }
  const size_t end = entries_.size();
  for (size_t at = begin; at < end; ++at) {
    if (at + 1 < end && entries_[at + 1].key == entries_[at].key) {
      ++flaws_.duplicates;
      continue;
    }
    const MapEntry entry = entries_[at];
    document_.set_plain_names(false);
    AddValue(entry.key, field, entry.value);
  }
  entries_.resize(begin);
  document_.Close(opened);
}

void ProtobufForm::AddText(std::string_view name, std::string_view text) {
  document_.Text(name, text);
  if (document_.nodes().back().kind == NodeKind::kOddText) ++flaws_.odd_texts;
}

void ProtobufForm::AddUnknown(Range slots) {
  std::string_view name = kRest;
  if (const uint32_t number = slots_[slots.begin].number; number != 0) {
    name = document_.Keep("@" + std::to_string(number));
  }
  const bool is_list = slots.end - slots.begin > 1;
  const size_t opened = is_list ? document_.Open(NodeKind::kArray, name) : 0;
  for (size_t at = slots.begin; at < slots.end; ++at) {
    document_.Base64(is_list ? std::string_view() : name, slots_[at].bytes);
  }
  if (is_list) document_.Close(opened);
}

// The fields of a message that no table has, in the order of their numbers; those of one number in
// a list.
void ProtobufForm::AddLooseMembers(Bytes bytes) {
  std::vector<wire::Field> fields;
  CutReader reader(bytes);
  for (wire::Field field; fields.size() < Document::kMaxNodes && reader.Next(field);) {
    fields.push_back(field);
  }
  std::ranges::stable_sort(fields, {}, &wire::Field::number);
  for (size_t from = 0; from < fields.size();) {
    size_t to = from + 1;
    while (to < fields.size() && fields[to].number == fields[from].number) ++to;
    const std::string_view name = document_.Keep("@" + std::to_string(fields[from].number));
    const bool is_list = to - from > 1;
    const size_t opened = is_list ? document_.Open(NodeKind::kArray, name) : 0;
    for (; from < to; ++from) AddLoose(is_list ? std::string_view() : name, fields[from]);
    if (is_list) document_.Close(opened);
  }
  if (!reader.ok()) flaws_.BreakAt(OffsetOf(bytes) + reader.broken_at());
  if (!reader.rest().empty()) document_.Base64(kRest, reader.rest());
}

// What a field is without a table: a number, text, a message or bytes, whichever reads first.
void ProtobufForm::AddLoose(std::string_view name, const wire::Field& on_wire) {
  if (on_wire.type == wire::Type::kGroupBegin) return document_.Base64(name, on_wire.raw);
  if (on_wire.type != wire::Type::kBytes) return document_.Unsigned(name, on_wire.value);
  if (IsPlainText(on_wire.bytes)) return document_.Text(name, AsText(on_wire.bytes));
  if (depth_ < kMaxMessageDepth && !document_.is_full() && IsMessage(on_wire.bytes)) {
    const size_t opened = document_.Open(NodeKind::kObject, name);
    ++depth_;
    AddLooseMembers(on_wire.bytes);
    --depth_;
    flaws_.duplicates += static_cast<uint32_t>(document_.CloseSorted(opened));
    return;
  }
  document_.Base64(name, on_wire.bytes);
}

void ProtobufForm::AddMessage(std::string_view name, const Message& message, Bytes bytes) {
  if (depth_ == kMaxMessageDepth || document_.is_full()) {
    flaws_.beyond_limits = true;
    return document_.Base64(name, bytes);
  }
  switch (message.form) {
    case Form::kPlain: break;
    case Form::kTime: return AddTime(name, bytes, false);
    case Form::kMicroTime: return AddTime(name, bytes, true);
    case Form::kDuration:
      scratch_.clear();
      AppendDuration(scratch_, static_cast<int64_t>(FewFields(bytes).Number(1)));
      return document_.Text(name, document_.Keep(scratch_));
    case Form::kQuantity: {
      const Bytes text = FewFields(bytes).Payload(1);
      return AddText(name, text.empty() ? "0" : AsText(text));
    }
    case Form::kIntOrString: return AddIntOrString(name, bytes);
    case Form::kJson: return AddJsonBytes(name, FewFields(bytes).Payload(1));
    case Form::kSchemaOrBool: return AddSchemaOrBool(name, message, bytes);
    case Form::kSchemaOrList: return AddSchemaOrList(name, message, bytes);
    case Form::kItems: return AddItems(name, message, bytes);
  }
  const size_t opened = document_.Open(NodeKind::kObject, name);
  const size_t begin = slots_.size();
  ++depth_;
  Index(message, bytes);
  AddMembers(begin);
  --depth_;
  document_.Close(opened);
}

// A message that stands there several times is one, as protobuf merges them.
void ProtobufForm::AddMerged(std::string_view name, const Message& message, Range slots) {
  const Bytes last = slots_[slots.end - 1].bytes;
  if (slots.end - slots.begin == 1 || message.form != Form::kPlain || depth_ == kMaxMessageDepth ||
      document_.is_full()) {
    return AddMessage(name, message, last);
  }
  const size_t opened = document_.Open(NodeKind::kObject, name);
  const size_t begin = slots_.size();
  ++depth_;
  for (size_t at = slots.begin; at < slots.end; ++at) Index(message, Bytes(slots_[at].bytes));
  AddMembers(begin);
  --depth_;
  document_.Close(opened);
}

void ProtobufForm::AddTime(std::string_view name, Bytes bytes, bool with_micros) {
  if (bytes.empty()) return document_.Null(name);
  const FewFields time(bytes);
  const auto seconds = static_cast<int64_t>(time.Number(1));
  scratch_.clear();
  if (with_micros) {
    AppendMicroTime(scratch_, seconds, static_cast<int32_t>(time.Number(2)));
  } else {
    AppendTime(scratch_, seconds);
  }
  document_.Text(name, document_.Keep(scratch_));
}

void ProtobufForm::AddIntOrString(std::string_view name, Bytes bytes) {
  const FewFields either(bytes);
  switch (either.Number(1)) {
    case 0: return document_.Integer(name, static_cast<int32_t>(either.Number(2)));
    case 1: return AddText(name, AsText(either.Payload(3)));
    default: ++flaws_.wrong_types; return document_.Base64(name, bytes);
  }
}

void ProtobufForm::AddJsonBytes(std::string_view name, Bytes bytes) {
  if (bytes.empty()) return document_.Null(name);
  if (AsText(bytes).starts_with(kProtobufMagic)) {  // an object within an object
    Envelope envelope;
    ++depth_;
    AddEnvelope(name, bytes, envelope);
    --depth_;
    return;
  }
  document_.set_plain_names(false);
  AddJson(document_, flaws_, name, AsText(bytes), OffsetOf(bytes));
}

void ProtobufForm::AddSchemaOrBool(std::string_view name, const Message& message, Bytes bytes) {
  const FewFields either(bytes);
  if (!either.Has(2)) return document_.Bool(name, either.Number(1) != 0);
  const Field* const schema = FindField(message, 2);
  ++depth_;
  AddMessage(name, *schema->message, either.Payload(2));
  --depth_;
}

void ProtobufForm::AddSchemaOrList(std::string_view name, const Message& message, Bytes bytes) {
  const FewFields either(bytes);
  if (either.Has(2)) {
    const size_t begin = slots_.size();
    CutReader reader(bytes);
    const Field* const list = FindField(message, 2);
    for (wire::Field on_wire; reader.Next(on_wire);) {
      if (on_wire.number == 2) Push(list, list->rank, on_wire);
    }
    ++depth_;
    AddList(name, *list, {begin, slots_.size()});
    --depth_;
    slots_.resize(begin);
  } else if (either.Has(1)) {
    ++depth_;
    AddMessage(name, *FindField(message, 1)->message, either.Payload(1));
    --depth_;
  } else {
    document_.Null(name);
  }
}

// The only field of the message, in place of the message.
void ProtobufForm::AddItems(std::string_view name, const Message& message, Bytes bytes) {
  const Field& items = *message.field_begin;
  const size_t begin = slots_.size();
  CutReader reader(bytes);
  for (wire::Field on_wire; reader.Next(on_wire);) {
    if (on_wire.number != items.number || FitOf(items, on_wire.type) == Wire::kOther) {
      ++flaws_.unknown_fields;
    } else {
      Push(&items, items.rank, on_wire);
    }
  }
  if (!reader.ok()) flaws_.BreakAt(OffsetOf(bytes) + reader.broken_at());
  ++depth_;
  if (items.Is(kMap)) {
    AddMap(name, items, {begin, slots_.size()});
  } else {
    AddList(name, items, {begin, slots_.size()});
  }
  --depth_;
  slots_.resize(begin);
}

}  // namespace etcdf::kubernetes
