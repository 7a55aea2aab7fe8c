// Protobuf as part of a document: the wire walked by the tables of schema.h straight into what the
// API server would answer in JSON. protobuf's own JSON is another mapping.
//
// gogo, which the API server writes with, stores every scalar of a struct, zero or not; which zeros
// JSON leaves out is in the tables. Nothing is added that is not stored, but for the nulls of
// lists, maps and pointers that are nil, which the API server prints.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kubernetes/document.h"
#include "kubernetes/flaws.h"
#include "kubernetes/json_form.h"
#include "kubernetes/schema.h"
#include "wire/reader.h"

namespace etcdf::kubernetes {

// What is around an object in protobuf (k8s.io/apimachinery/pkg/runtime, Unknown).
struct Envelope {
  std::string_view api_version = {};
  std::string_view kind = {};
  Bytes raw = {};
  std::string_view content_encoding = {};
  std::string_view content_type = {};
  bool is_cut = false;
  Bytes rest = {};  // what could not be read as a part of it
};

inline constexpr std::string_view kProtobufMagic("k8s\0", 4);

// `value` begins with kProtobufMagic.
Envelope ParseEnvelope(Bytes value);

class ProtobufForm {
 public:
  // All must outlive the form.
  ProtobufForm(Document& document, Flaws& flaws, const Schema& schema)
      : document_(document), flaws_(flaws), schema_(schema) {}

  // Adds the object in `value`, which begins with kProtobufMagic. Of a type that no table has, its
  // metadata, and the rest by the wire alone. Returns the envelope.
  Envelope AddObject(Bytes value, Extent extent);

 private:
  // A field of a message as it stands on the wire, with what the table has of it.
  struct Slot {
    uint64_t key = 0;              // its place among the members: rank, then place on the wire
    const Field* field = nullptr;  // null: unknown
    Bytes bytes = {};
    uint64_t value = 0;
    uint32_t number = 0;
    wire::Type type = wire::Type::kVarint;
    bool is_absent = false;
  };
  struct MapEntry {
    std::string_view key;
    Slot value;
  };
  struct KnownKind {
    std::string api_version;
    std::string kind;
    const Message* message;
  };
  // Slots by their indexes: the vector may move while the inner ones come and go.
  struct Range {
    size_t begin;
    size_t end;
  };

  const Message* FindKind(const Envelope& envelope);
  void AddKnown(std::string_view name, const Envelope& envelope, const Message& message);
  void AddUnknownKind(std::string_view name, const Envelope& envelope);
  void AddEnvelope(std::string_view name, Bytes value, Envelope& envelope);
  void Index(const Message& message, Bytes bytes);
  void Take(const Message& message, const wire::Field& on_wire, std::span<uint64_t> seen);
  void Push(const Field* field, uint32_t rank, const wire::Field& on_wire);
  void AddNulls(const Message& message, std::span<const uint64_t> seen);
  void SortSlots(size_t begin);
  void AddMembers(size_t begin);
  void AddField(const Field& field, Range slots);
  void AddValue(std::string_view name, const Field& field, const Slot& slot);
  void AddNumber(std::string_view name, const Field& field, uint64_t value);
  void AddList(std::string_view name, const Field& field, Range slots);
  void AddPacked(const Field& field, Bytes packed);
  void AddMap(std::string_view name, const Field& field, Range slots);
  MapEntry ParseEntry(const Field& field, Bytes bytes);
  void AddText(std::string_view name, std::string_view text);
  void AddUnknown(Range slots);
  void AddLoose(std::string_view name, const wire::Field& on_wire);
  void AddLooseMembers(Bytes bytes);

  void AddMessage(std::string_view name, const Message& message, Bytes bytes);
  void AddMerged(std::string_view name, const Message& message, Range slots);
  void AddTime(std::string_view name, Bytes bytes, bool with_micros);
  void AddIntOrString(std::string_view name, Bytes bytes);
  void AddJsonBytes(std::string_view name, Bytes bytes);
  void AddSchemaOrBool(std::string_view name, const Message& message, Bytes bytes);
  void AddSchemaOrList(std::string_view name, const Message& message, Bytes bytes);
  void AddItems(std::string_view name, const Message& message, Bytes bytes);

  size_t OffsetOf(Bytes part) const {
    return part.empty() ? 0 : static_cast<size_t>(part.data() - value_.data());
  }

  Document& document_;
  Flaws& flaws_;
  const Schema& schema_;
  Bytes value_ = {};
  Extent extent_ = Extent::kWhole;
  std::vector<Slot> slots_;        // of the messages that are open, the innermost last
  std::vector<MapEntry> entries_;  // of the maps that are open, likewise
  std::vector<KnownKind> known_kinds_;
  size_t depth_ = 0;  // of messages
  std::string scratch_;
};

}  // namespace etcdf::kubernetes
