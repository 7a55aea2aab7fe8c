#include "kubernetes/difference.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "kubernetes/merge_keys.h"

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

// An item of a list by the text of its merge key.
struct KeyedItem {
  std::string key;
  const Node* node;
};
using KeyedItems = std::vector<KeyedItem>;

// In the list's order. Nothing where an item has no such key, or two have the same.
std::optional<KeyedItems> ByKey(const Node& list, std::string_view key) {
  KeyedItems items;
  std::set<std::string, std::less<>> keys;
  for (const Node& item : Children(list)) {
    const Node* const value = item.kind == NodeKind::kObject ? Member(item, key) : nullptr;
    if (value == nullptr || (value->kind != NodeKind::kText && !IsNumber(*value))) return {};
    items.push_back({IsNumber(*value) ? NumberText(*value) : std::string(value->text()), &item});
    if (!keys.insert(items.back().key).second) return {};
  }
  return items;
}

class Comparison {
 public:
  explicit Comparison(std::vector<FieldChange>& changes) : changes_(changes) {}

  void Compare(const Node& from, const Node& to, const MemberType& type) {
    const bool both_hold = !IsEmpty(from) && !IsEmpty(to) && from.kind == to.kind;
    if (both_hold && from.kind == NodeKind::kObject) return CompareObjects(from, to, type);
    if (both_hold && from.kind == NodeKind::kArray) return CompareLists(from, to, type);
    // An empty container is a leaf beside one that is not.
    if (from.kind == to.kind && from.is_container() && IsEmpty(from) != IsEmpty(to)) {
      return IsEmpty(from) ? OneSided(to, Side::kTo, type) : OneSided(from, Side::kFrom, type);
    }
    const bool same = IsEmpty(from) && IsEmpty(to) && IsSameLeaf(from, to);
    if (!same) changes_.push_back({path_, &from, &to});
  }

 private:
  enum class Side : uint8_t { kFrom, kTo };

  // Of a member of what `type` is.
  static MemberType TypeOf(const MemberType& type, std::string_view name) {
    if (type.message == nullptr) return {};
    return type.is_map ? MemberType{.message = type.message} : TypeOfMember(*type.message, name);
  }
  static MemberType TypeOfItems(const MemberType& type) { return {.message = type.message}; }

  // Members are in the order of their names in both.
  void CompareObjects(const Node& from, const Node& to, const MemberType& type) {
    const Children olds(from);
    const Children news(to);
    auto old = olds.begin();
    auto fresh = news.begin();
    while (old != olds.end() || fresh != news.end()) {
      const bool only_old =
          fresh == news.end() || (old != olds.end() && (*old).name < (*fresh).name);
      const bool only_new =
          old == olds.end() || (fresh != news.end() && (*fresh).name < (*old).name);
      const std::string_view name = only_new ? (*fresh).name : (*old).name;
      const size_t length = path_.size();
      AppendName(name);
      if (only_old) {
        OneSided(*old, Side::kFrom, TypeOf(type, name));
      } else if (only_new) {
        OneSided(*fresh, Side::kTo, TypeOf(type, name));
      } else {
        Compare(*old, *fresh, TypeOf(type, name));
      }
      path_.resize(length);
      if (!only_new) ++old;
      if (!only_old) ++fresh;
    }
  }

  void CompareLists(const Node& from, const Node& to, const MemberType& type) {
    if (!type.merge_key.empty()) {
      const auto olds = ByKey(from, type.merge_key);
      const auto news = ByKey(to, type.merge_key);
      if (olds && news) return CompareKeyed({from, *olds}, {to, *news}, type);
    }
    const Children olds(from);
    const Children news(to);
    auto old = olds.begin();
    auto fresh = news.begin();
    for (size_t index = 0; old != olds.end() || fresh != news.end(); ++index) {
      const size_t length = path_.size();
      AppendIndex(index);
      if (old == olds.end()) {
        changes_.push_back({path_, nullptr, &*fresh});
      } else if (fresh == news.end()) {
        changes_.push_back({path_, &*old, nullptr});
      } else {
        Compare(*old, *fresh, TypeOfItems(type));
      }
      path_.resize(length);
      if (old != olds.end()) ++old;
      if (fresh != news.end()) ++fresh;
    }
  }

  struct KeyedList {
    const Node& list;
    const KeyedItems& items;
  };

  // The old items in their order, then those that are new.
  void CompareKeyed(const KeyedList& from, const KeyedList& to, const MemberType& type) {
    std::map<std::string_view, const Node*> added;
    for (const KeyedItem& item : to.items) added.emplace(item.key, item.node);
    const size_t length = path_.size();
    const size_t changes_before = changes_.size();
    for (const KeyedItem& item : from.items) {
      AppendKey(type.merge_key, item.key);
      const auto other = added.find(item.key);
      if (other == added.end()) {
        changes_.push_back({path_, item.node, nullptr});
      } else {
        Compare(*item.node, *other->second, TypeOfItems(type));
        added.erase(other);
      }
      path_.resize(length);
    }
    for (const KeyedItem& item : to.items) {
      if (!added.contains(item.key)) continue;
      AppendKey(type.merge_key, item.key);
      changes_.push_back({path_, nullptr, item.node});
      path_.resize(length);
    }
    const bool is_reordered =
        changes_.size() == changes_before &&
        !std::ranges::equal(from.items, to.items, {}, &KeyedItem::key, &KeyedItem::key);
    if (is_reordered) changes_.push_back({path_, &from.list, &to.list});
  }

  // All leaves of what only one side has; the items of a list one by one.
  void OneSided(const Node& node, Side side, const MemberType& type) {
    const auto change = [&](const Node& part) {
      const bool is_old = side == Side::kFrom;
      changes_.push_back({path_, is_old ? &part : nullptr, is_old ? nullptr : &part});
    };
    const size_t length = path_.size();
    if (node.kind == NodeKind::kObject && !IsEmpty(node)) {
      for (const Node& member : Children(node)) {
        AppendName(member.name);
        OneSided(member, side, TypeOf(type, member.name));
        path_.resize(length);
      }
    } else if (node.kind == NodeKind::kArray && !IsEmpty(node)) {
      const auto keyed = type.merge_key.empty() ? std::nullopt : ByKey(node, type.merge_key);
      size_t index = 0;
      for (const Node& item : Children(node)) {
        keyed ? AppendKey(type.merge_key, (*keyed)[index].key) : AppendIndex(index);
        change(item);
        path_.resize(length);
        ++index;
      }
    } else {
      change(node);
    }
  }

  void AppendName(std::string_view name) {
    if (!path_.empty()) path_ += '.';
    AppendEscaped(name, '.');
  }
  void AppendIndex(size_t index) { path_ += "[" + std::to_string(index) + "]"; }
  void AppendKey(std::string_view key, std::string_view value) {
    ((path_ += '[') += key) += '=';
    AppendEscaped(value, ']');
    path_ += ']';
  }
  void AppendEscaped(std::string_view text, char end) {
    for (const char c : text) {
      if (c == end || c == '\\') path_ += '\\';
      path_ += c;
    }
  }

  std::vector<FieldChange>& changes_;
  std::string path_;
};

}  // namespace

std::vector<FieldChange> DifferencesOf(const Node& from, const Node& to, const Message* type) {
  std::vector<FieldChange> changes;
  Comparison(changes).Compare(from, to, {.message = type});
  return changes;
}

}  // namespace etcdf::kubernetes
