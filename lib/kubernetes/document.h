// An object as a tree of names and values, whatever form it was stored in.
//
// The nodes lie in one array, a parent right before its children: to walk a document is to walk the
// array. Texts are views into the stored value wherever they stand there as they are, so the value
// must outlive the document. A document is meant to be used again for the next object, and then
// allocates nothing.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace etcdf::kubernetes {

enum class NodeKind : uint8_t {
  kNull,
  kBool,
  kInteger,   // int64
  kUnsigned,  // uint64
  kNumber,    // as its text has it
  kText,      // UTF-8
  kOddText,   // a string that is not UTF-8
  kBytes,     // prints in base64
  kJson,      // JSON on one line, printable ASCII, that was not taken apart
  kArray,
  kObject,
};

struct Node {
  std::string_view name;  // of a member of an object
  const char* data = nullptr;
  uint64_t word = 0;        // length of the text, or the number
  uint32_t node_count = 1;  // itself and all that is in it
  NodeKind kind = NodeKind::kNull;
  bool is_plain_name = false;  // of letters: prints as it is
  bool closed = false;         // no view prints more than its length and a keyed hash
  bool holds_base64 = false;   // of a closed text: it stands for bytes

  // Of kNumber, kText, kOddText, kBytes and kJson.
  std::string_view text() const { return {data, word}; }
  bool is_container() const { return kind >= NodeKind::kArray; }
};

// The children of a node, or nothing where it is no container:
//   for (const Node& child : Children(node)) ...
class Children {
 public:
  class Iterator {
   public:
    explicit Iterator(const Node* at) : at_(at) {}
    const Node& operator*() const { return *at_; }
    Iterator& operator++() {
      at_ += at_->node_count;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Node* at_;
  };

  // `parent` lies in its document.
  explicit Children(const Node& parent) : parent_(parent) {}
  Iterator begin() const { return Iterator(&parent_ + 1); }
  Iterator end() const { return Iterator(&parent_ + parent_.node_count); }

 private:
  const Node& parent_;
};

// The member of an object. Null where there is none, or no object.
const Node* Member(const Node& object, std::string_view name);
inline const Node* Member(const Node* object, std::string_view name) {
  return object == nullptr ? nullptr : Member(*object, name);
}
// The text of a member that is a kText; empty where there is none.
std::string_view TextOf(const Node* object, std::string_view name);

class Document {
 public:
  // A value of this many nodes has some 100 MB of them.
  static constexpr size_t kMaxNodes = 2'000'000;
  // Levels of containers.
  static constexpr size_t kMaxDepth = 200;

  Document() = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  void Clear();
  bool empty() const { return nodes_.empty(); }
  // The outermost value. Only where it is not empty.
  const Node& root() const { return nodes_.front(); }
  std::span<Node> nodes() { return nodes_; }
  std::span<const Node> nodes() const { return nodes_; }
  bool is_full() const { return nodes_.size() >= kMaxNodes; }

  // Building, in order. `name` is that of a member of an object, or empty.
  size_t Open(NodeKind kind, std::string_view name);
  void Close(size_t opened);
  // The same for an object whose members may come in any order and twice: puts them into the order
  // of their names, the last of equal ones alone. How many it dropped.
  size_t CloseSorted(size_t opened);
  void Null(std::string_view name) { Add({.name = name}); }
  void Bool(std::string_view name, bool value) {
    Add({.name = name, .word = value, .kind = NodeKind::kBool});
  }
  void Integer(std::string_view name, int64_t value) {
    Add({.name = name, .word = std::bit_cast<uint64_t>(value), .kind = NodeKind::kInteger});
  }
  void Unsigned(std::string_view name, uint64_t value) {
    Add({.name = name, .word = value, .kind = NodeKind::kUnsigned});
  }
  void Number(std::string_view name, std::string_view digits) {
    AddText(NodeKind::kNumber, name, digits);
  }
  // Text that outlives the document, UTF-8 or not.
  void Text(std::string_view name, std::string_view text);
  void Json(std::string_view name, std::string_view json) { AddText(NodeKind::kJson, name, json); }
  void Base64(std::string_view name, Bytes bytes) {
    AddText(NodeKind::kBytes, name, AsText(bytes));
  }

  // Whether the names that come are of letters alone.
  void set_plain_names(bool are_plain) { are_plain_names_ = are_plain; }

  // A copy that lives as long as the document is not cleared.
  std::string_view Keep(std::string_view text);

  // Sets the member of an object to a text, in its place in the order of names. `object` is the
  // index of a node.
  void SetText(size_t object, std::string_view name, std::string_view text);
  // Takes a member or an item out, with all that is in it. Not the root.
  void Remove(size_t index);
  size_t IndexOf(const Node& node) const { return static_cast<size_t>(&node - nodes_.data()); }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };

  void Add(const Node& node) {
    nodes_.push_back(node);
    nodes_.back().is_plain_name = are_plain_names_;
  }
  void AddText(NodeKind kind, std::string_view name, std::string_view text) {
    Add({.name = name, .data = text.data(), .word = text.size(), .kind = kind});
  }

  std::vector<Node> nodes_;
  bool are_plain_names_ = false;
  std::vector<Block> blocks_;  // of Keep
  size_t block_ = 0;           // the one in use
  size_t block_used_ = 0;
  std::vector<Node> sorted_;  // scratch of CloseSorted
  std::vector<const Node*> members_;
};

}  // namespace etcdf::kubernetes
