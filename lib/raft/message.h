// One protobuf message of etcd's, read by its schema into a tree that is ready to be searched and
// printed.
//
// `Message` is reusable: parsing the next message keeps the memory of the last, so a scan over
// millions of entries allocates nothing once warm. Nothing is copied either: strings and bytes are
// views into the bytes parsed, which must outlive the use of the tree.
//
// The reader is as strict as the decoders that gogo/protobuf generates for etcd 3.0 to 3.6, because
// etcd tells v3 requests from v2 ones by what those decoders refuse:
//   * nested messages are read at once, and their faults refuse the whole message;
//   * a known field with another wire type than its own is refused (protobuf's own decoders keep it
//     as unknown);
//   * strings need not be UTF-8 (protobuf's decoders demand it in proto3);
//   * of a scalar that occurs twice the last counts; a message that occurs twice is merged, but
//     within a oneof the last replaces the earlier (protobuf's decoders merge it there too);
//   * lists of numbers may be packed. (gogo lets the last number of a packed list run over the end
//     of the list; this reader refuses that.)
// Two limits are our own, against messages made to exhaust the reader; nothing that went through an
// etcd server comes near them (it refuses requests above 1.5 MiB, and transactions above 128
// operations, unless told otherwise): `kMaxDepth` and `kMaxValues`.
#pragma once

#include <cstdint>
#include <iterator>
#include <vector>

#include "base/bytes.h"
#include "raft/schema.h"
#include "wire/reader.h"

namespace etcdf::raft {

class MessageView;

enum class ParseVerdict : uint8_t {
  kAccepted,
  kMalformed,   // etcd's decoder would refuse it too
  kTooComplex,  // beyond kMaxDepth or kMaxValues
};

class Message {
 public:
  // The limit that protobuf's own C++ decoder sets by default. Reading and printing recurse.
  static constexpr int kMaxDepth = 100;
  // Values and messages in one message, nested ones included; 32 bytes each.
  static constexpr size_t kMaxValues = 1 << 19;

  // Reads `message` by `schema`, replacing what was there. Unless it is kAccepted, the tree is
  // empty.
  ParseVerdict Parse(const MessageSchema& schema, Bytes message);

  // The message as a whole. Good until the next Parse.
  MessageView root() const;

 private:
  friend class MessageView;
  friend class FieldView;
  friend class ValueView;

  static constexpr uint32_t kNone = UINT32_MAX;

  // One value. The first value of each field present is linked to the next field's, in declaration
  // order; further elements of a repeated field hang on the first.
  struct Node {
    uint64_t payload = 0;  // a number; the offset of bytes in input_; the index of a body
    uint32_t length_bytes = 0;
    uint32_t next_field = kNone;
    uint32_t next_element = kNone;
    uint32_t last_element = kNone;
    uint16_t position = 0;  // of the field in its schema
  };

  // One message: its fields, and the unknown ones as they stand.
  struct Body {
    const MessageSchema* schema = nullptr;
    uint32_t first = kNone;
    uint32_t last = kNone;
    uint32_t first_unknown = kNone;
    uint32_t last_unknown = kNone;
  };

  // The first value of a field, found or made.
  struct Slot {
    uint32_t node;
    bool is_new;
  };

  bool ParseInto(uint32_t body, Bytes bytes, int depth);
  bool TakeField(uint32_t body, const FieldSchema& schema, const wire::Field& field, int depth);
  bool TakePacked(uint32_t body, const FieldSchema& schema, Bytes list);
  void TakeUnknown(uint32_t body, Bytes raw);
  Slot FindOrInsert(uint32_t body, uint16_t position);
  uint32_t AppendElement(uint32_t body, uint16_t position);
  void DropOthersOfOneof(uint32_t body, const FieldSchema& keep);
  uint32_t NewNode(uint16_t position);
  uint32_t NewBody(const MessageSchema& schema);
  bool Refuse(ParseVerdict verdict) {
    verdict_ = verdict;
    return false;
  }

  Bytes input_;
  std::vector<Node> nodes_;
  std::vector<Body> bodies_;
  ParseVerdict verdict_ = ParseVerdict::kMalformed;
};

// One value of a field: which of the accessors holds follows from the field's kind.
class ValueView {
 public:
  // kUint64; kBool (0 or 1); kInt64 and kEnum two's complement.
  uint64_t number() const { return node().payload; }
  int64_t signed_number() const { return static_cast<int64_t>(node().payload); }
  // kString, kBytes.
  Bytes bytes() const {
    return message_->input_.subspan(static_cast<size_t>(node().payload), node().length_bytes);
  }
  // kMessage.
  MessageView message() const;

 private:
  friend class FieldView;
  friend class MessageView;
  ValueView(const Message* message, uint32_t node) : message_(message), node_(node) {}
  const Message::Node& node() const { return message_->nodes_[node_]; }

  const Message* message_;
  uint32_t node_;
};

// A field that is present, with its value or, of a repeated field, its values.
class FieldView {
 public:
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = ValueView;
    ValueView operator*() const { return {message_, node_}; }
    Iterator& operator++() {
      node_ = message_->nodes_[node_].next_element;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    friend class FieldView;
    Iterator(const Message* message, uint32_t node) : message_(message), node_(node) {}
    const Message* message_;
    uint32_t node_;
  };

  const FieldSchema& schema() const { return *schema_; }
  // The value; of a repeated field, the first.
  ValueView value() const { return {message_, node_}; }
  Iterator begin() const { return {message_, node_}; }
  Iterator end() const { return {message_, Message::kNone}; }
  // Whether etcd's text shows the field: not if it stands on the wire with zero or nothing, unless
  // that differs from its absence.
  bool IsShown() const;

 private:
  friend class MessageView;
  FieldView(const Message* message, const FieldSchema* schema, uint32_t node)
      : message_(message), schema_(schema), node_(node) {}

  const Message* message_;
  const FieldSchema* schema_;
  uint32_t node_;
};

// A message of the tree: the fields that are present, in the order in which the schema declares
// them. "Present" is what stood on the wire, zero or not.
class MessageView {
 public:
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = FieldView;
    FieldView operator*() const {
      return {message_, &schema_->fields[message_->nodes_[node_].position], node_};
    }
    Iterator& operator++() {
      node_ = message_->nodes_[node_].next_field;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    friend class MessageView;
    Iterator(const Message* message, const MessageSchema* schema, uint32_t node)
        : message_(message), schema_(schema), node_(node) {}
    const Message* message_;
    const MessageSchema* schema_;
    uint32_t node_;
  };

  // A view of nothing: no schema, no fields.
  MessageView() = default;
  explicit operator bool() const { return message_ != nullptr; }

  const MessageSchema& schema() const { return *body().schema; }
  Iterator begin() const {
    if (message_ == nullptr) return {nullptr, nullptr, Message::kNone};
    return {message_, body().schema, body().first};
  }
  Iterator end() const { return {message_, nullptr, Message::kNone}; }

  bool Has(uint32_t number) const { return Node(number) != Message::kNone; }
  // The number in field `number`; 0 if it is absent.
  uint64_t Number(uint32_t number) const;
  // The bytes or text in field `number`; empty if it is absent.
  Bytes BytesOf(uint32_t number) const;
  // The message in field `number` (of a repeated field, the first); a view of nothing if it is
  // absent.
  MessageView Child(uint32_t number) const;

  // Calls `visit(Bytes raw)` for each unknown field, in the order of the wire, its tag included.
  // Stops when `visit` returns false.
  template <typename Visit>
  void ForEachUnknown(Visit visit) const {
    if (message_ == nullptr) return;
    for (uint32_t at = body().first_unknown; at != Message::kNone;) {
      const Message::Node& node = message_->nodes_[at];
      if (!visit(message_->input_.subspan(static_cast<size_t>(node.payload), node.length_bytes))) {
        return;
      }
      at = node.next_field;
    }
  }
  bool has_unknown() const { return message_ != nullptr && body().first_unknown != Message::kNone; }

 private:
  friend class Message;
  friend class ValueView;
  MessageView(const Message* message, uint32_t body) : message_(message), body_(body) {}
  const Message::Body& body() const { return message_->bodies_[body_]; }
  uint32_t Node(uint32_t number) const;

  const Message* message_ = nullptr;
  uint32_t body_ = 0;
};

inline MessageView ValueView::message() const {
  return {message_, static_cast<uint32_t>(node().payload)};
}

inline bool FieldView::IsShown() const {
  if (schema_->shown_when_zero) return true;
  const Message::Node& node = message_->nodes_[node_];
  return schema_->wire_type() == wire::Type::kBytes ? node.length_bytes != 0 : node.payload != 0;
}

inline MessageView Message::root() const {
  return bodies_.empty() ? MessageView() : MessageView(this, 0);
}

}  // namespace etcdf::raft
