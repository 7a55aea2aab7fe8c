#include "kubernetes/difference.h"

#include <bit>
#include <string_view>

namespace etcdf::kubernetes {
namespace {

bool IsEmpty(const Node& node) { return node.node_count == 1; }

// Of leaves: numbers by their texts, whatever form they were stored in.
std::string NumberText(const Node& node) {
  if (node.kind == NodeKind::kInteger) return std::to_string(std::bit_cast<int64_t>(node.word));
  if (node.kind == NodeKind::kUnsigned) return std::to_string(node.word);
  return std::string(node.text());
}

bool IsNumber(const Node& node) {
  return node.kind == NodeKind::kInteger || node.kind == NodeKind::kUnsigned ||
         node.kind == NodeKind::kNumber;
}

bool IsSameLeaf(const Node& a, const Node& b) {
  if (IsNumber(a) && IsNumber(b)) return NumberText(a) == NumberText(b);
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case NodeKind::kNull:
    case NodeKind::kArray:
    case NodeKind::kObject: return true;  // empty ones
    case NodeKind::kBool: return (a.word != 0) == (b.word != 0);
    default: return a.text() == b.text();
  }
}

class Comparison {
 public:
  explicit Comparison(std::vector<FieldChange>& changes) : changes_(changes) {}

  void Compare(const Node& from, const Node& to) {
    const bool both_hold = !IsEmpty(from) && !IsEmpty(to) && from.kind == to.kind;
    if (both_hold && from.kind == NodeKind::kObject) return CompareObjects(from, to);
    if (both_hold && from.kind == NodeKind::kArray) return CompareLists(from, to);
    // An empty container is a leaf beside one that is not.
    if (from.kind == to.kind && from.is_container() && IsEmpty(from) != IsEmpty(to)) {
      return IsEmpty(from) ? OneSided(to, false) : OneSided(from, true);
    }
    const bool same = IsEmpty(from) && IsEmpty(to) && IsSameLeaf(from, to);
    if (!same) changes_.push_back({path_, &from, &to});
  }

 private:
  // Members are in the order of their names in both.
  void CompareObjects(const Node& from, const Node& to) {
    const Children olds(from);
    const Children news(to);
    auto old = olds.begin();
    auto fresh = news.begin();
    while (old != olds.end() || fresh != news.end()) {
      const bool only_old =
          fresh == news.end() || (old != olds.end() && (*old).name < (*fresh).name);
      const bool only_new =
          old == olds.end() || (fresh != news.end() && (*fresh).name < (*old).name);
      const size_t length = path_.size();
      AppendName(only_new ? (*fresh).name : (*old).name);
      if (only_old) {
        OneSided(*old, true);
      } else if (only_new) {
        OneSided(*fresh, false);
      } else {
        Compare(*old, *fresh);
      }
      path_.resize(length);
      if (!only_new) ++old;
      if (!only_old) ++fresh;
    }
  }

  void CompareLists(const Node& from, const Node& to) {
    const Children olds(from);
    const Children news(to);
    auto old = olds.begin();
    auto fresh = news.begin();
    for (size_t index = 0; old != olds.end() || fresh != news.end(); ++index) {
      const size_t length = path_.size();
      path_ += "[" + std::to_string(index) + "]";
      if (old == olds.end()) {
        changes_.push_back({path_, nullptr, &*fresh});
      } else if (fresh == news.end()) {
        changes_.push_back({path_, &*old, nullptr});
      } else {
        Compare(*old, *fresh);
      }
      path_.resize(length);
      if (old != olds.end()) ++old;
      if (fresh != news.end()) ++fresh;
    }
  }

  // All leaves of what only one side has; the items of a list one by one.
  void OneSided(const Node& node, bool is_old) {
    if (node.kind == NodeKind::kObject && !IsEmpty(node)) {
      for (const Node& member : Children(node)) {
        const size_t length = path_.size();
        AppendName(member.name);
        OneSided(member, is_old);
        path_.resize(length);
      }
    } else if (node.kind == NodeKind::kArray && !IsEmpty(node)) {
      size_t index = 0;
      for (const Node& item : Children(node)) {
        const size_t length = path_.size();
        path_ += "[" + std::to_string(index++) + "]";
        changes_.push_back({path_, is_old ? &item : nullptr, is_old ? nullptr : &item});
        path_.resize(length);
      }
    } else {
      changes_.push_back({path_, is_old ? &node : nullptr, is_old ? nullptr : &node});
    }
  }

  void AppendName(std::string_view name) {
    if (!path_.empty()) path_ += '.';
    for (const char c : name) {
      if (c == '.' || c == '\\') path_ += '\\';
      path_ += c;
    }
  }

  std::vector<FieldChange>& changes_;
  std::string path_;
};

}  // namespace

std::vector<FieldChange> DifferencesOf(const Node& from, const Node& to) {
  std::vector<FieldChange> changes;
  Comparison(changes).Compare(from, to);
  return changes;
}

}  // namespace etcdf::kubernetes
