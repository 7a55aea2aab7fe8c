#include "kubernetes/document.h"

#include <algorithm>
#include <cstring>

#include "base/escape.h"

namespace etcdf::kubernetes {
namespace {

constexpr size_t kBlockBytes = 1 << 16;
// Blocks that are kept from one object to the next, however large one was.
constexpr size_t kKeptBytes = 1 << 20;

}  // namespace

const Node* Member(const Node& object, std::string_view name) {
  if (object.kind != NodeKind::kObject) return nullptr;
  for (const Node& child : Children(object)) {
    if (child.name == name) return &child;
  }
  return nullptr;
}

std::string_view TextOf(const Node* object, std::string_view name) {
  const Node* const member = Member(object, name);
  return member != nullptr && member->kind == NodeKind::kText ? member->text() : std::string_view();
}

void Document::Clear() {
  nodes_.clear();
  are_plain_names_ = false;
  while (!blocks_.empty() && blocks_.back().size > kKeptBytes) blocks_.pop_back();
  block_ = block_used_ = 0;
}

size_t Document::Open(NodeKind kind, std::string_view name) {
  Add({.name = name, .kind = kind});
  return nodes_.size() - 1;
}

void Document::Close(size_t opened) {
  nodes_[opened].node_count = static_cast<uint32_t>(nodes_.size() - opened);
}

size_t Document::CloseSorted(size_t opened) {
  Close(opened);
  bool in_order = true;
  members_.clear();
  for (const Node& child : Children(nodes_[opened])) {
    in_order = in_order && (members_.empty() || members_.back()->name < child.name);
    members_.push_back(&child);
  }
  if (in_order) return 0;
  std::ranges::stable_sort(members_, {}, [](const Node* member) { return member->name; });
  sorted_.clear();
  size_t dropped = 0;
  for (size_t i = 0; i < members_.size(); ++i) {
    const Node* const member = members_[i];
    if (i + 1 < members_.size() && members_[i + 1]->name == member->name) {
      ++dropped;
      continue;
    }
    sorted_.insert(sorted_.end(), member, member + member->node_count);
  }
  nodes_.resize(opened + 1);
  nodes_.insert(nodes_.end(), sorted_.begin(), sorted_.end());
  Close(opened);
  return dropped;
}

void Document::Text(std::string_view name, std::string_view text) {
  AddText(IsUtf8(AsBytes(text)) ? NodeKind::kText : NodeKind::kOddText, name, text);
}

std::string_view Document::Keep(std::string_view text) {
  if (text.empty()) return {};
  while (block_ < blocks_.size() && blocks_[block_].size - block_used_ < text.size()) {
    ++block_;
    block_used_ = 0;
  }
  if (block_ == blocks_.size()) {
    const size_t size = std::max(kBlockBytes, text.size());
    blocks_.push_back({std::make_unique<char[]>(size), size});
  }
  char* const at = blocks_[block_].bytes.get() + block_used_;
  std::memcpy(at, text.data(), text.size());
  block_used_ += text.size();
  return {at, text.size()};
}

void Document::SetText(size_t object, std::string_view name, std::string_view text) {
  Node member{.name = name, .data = text.data(), .word = text.size(), .kind = NodeKind::kText};
  size_t at = object + 1;
  const size_t end = object + nodes_[object].node_count;
  while (at < end && nodes_[at].name < name) at += nodes_[at].node_count;
  const bool is_there = at < end && nodes_[at].name == name;
  if (is_there && !nodes_[at].is_container()) {
    nodes_[at] = member;
    return;
  }
  if (is_there) return;
  nodes_.insert(nodes_.begin() + static_cast<ptrdiff_t>(at), member);
  // Whatever reaches over the place has one more.
  for (size_t parent = 0; parent <= object;) {
    if (object < parent + nodes_[parent].node_count) {
      ++nodes_[parent].node_count;
      if (parent == object) break;
      ++parent;
    } else {
      parent += nodes_[parent].node_count;
    }
  }
}

void Document::Remove(size_t index) {
  const uint32_t count = nodes_[index].node_count;
  for (size_t around = 0; around < index;) {
    const size_t end = around + nodes_[around].node_count;
    if (end <= index) {
      around = end;
      continue;
    }
    nodes_[around].node_count -= count;
    ++around;
  }
  const auto first = nodes_.begin() + static_cast<ptrdiff_t>(index);
  nodes_.erase(first, first + count);
}

}  // namespace etcdf::kubernetes
