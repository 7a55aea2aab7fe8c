#include "objects/change.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/escape.h"

namespace etcdf::objects {
namespace {

using kubernetes::Children;
using kubernetes::FieldChange;
using kubernetes::LastChange;
using kubernetes::Node;
using kubernetes::NodeKind;
using kubernetes::TextOf;

// Whether the path is of what `name` holds.
bool IsWithin(std::string_view path, std::string_view name) {
  if (!path.starts_with(name)) return false;
  return path.size() == name.size() || path[name.size()] == '.' || path[name.size()] == '[';
}

// What every write of an API server changes.
bool IsFolded(std::string_view path) {
  return path == "metadata.resourceVersion" || path == "metadata.generation" ||
         IsWithin(path, "metadata.managedFields");
}

const Node* ManagersOf(const Decoded& decoded) {
  const Node* const managers = kubernetes::Member(
      kubernetes::Member(&decoded.document->root(), "metadata"), "managedFields");
  return managers != nullptr && managers->kind == NodeKind::kArray ? managers : nullptr;
}

// So many entries are held against each other; an API server keeps ten of updates.
constexpr size_t kMaxManagers = 64;

size_t CountOf(const Node& list) {
  size_t count = 0;
  for ([[maybe_unused]] const Node& each : Children(list)) ++count;
  return count;
}

bool Holds(const Node* list, const Node& item) {
  if (list == nullptr) return false;
  for (const Node& each : Children(*list)) {
    if (kubernetes::DifferencesOf(each, item).empty()) return true;
  }
  return false;
}

// The newest entry of `to` that `from` does not have.
std::optional<LastChange> NewestEntry(const Decoded* from, const Decoded& to) {
  const Node* const entries = ManagersOf(to);
  if (entries == nullptr) return std::nullopt;
  const Node* const before = from == nullptr ? nullptr : ManagersOf(*from);
  if (before != nullptr && (CountOf(*before) > kMaxManagers || CountOf(*entries) > kMaxManagers)) {
    return to.summary.last_change;
  }
  std::optional<LastChange> newest;
  for (const Node& entry : Children(*entries)) {
    const std::string_view time = TextOf(&entry, "time");
    // Times of one form are in the order of their characters.
    if ((newest && time < newest->time) || Holds(before, entry)) continue;
    newest = {.manager = TextOf(&entry, "manager"),
              .operation = TextOf(&entry, "operation"),
              .subresource = TextOf(&entry, "subresource"),
              .time = time};
  }
  return newest;
}

Node TextNode(std::string_view text, bool closed) {
  return {.name = {},
          .data = text.data(),
          .word = text.size(),
          .kind = IsUtf8(AsBytes(text)) ? NodeKind::kText : NodeKind::kOddText,
          .closed = closed};
}

}  // namespace

const Change& Comparer::Compare(const StoredObject* from, const StoredObject* to) {
  change_ = {};
  constexpr auto kWhole = kubernetes::Extent::kWhole;
  if (from != nullptr) change_.from = &from_.Decode(from->stored, kWhole);
  if (to != nullptr) change_.to = &to_.Decode(to->stored, kWhole);
  if (from != nullptr && to != nullptr) {
    CompareBoth(*from, *to);
  } else {
    change_.kind = to != nullptr ? ChangeKind::kAdded : ChangeKind::kRemoved;
  }
  const Decoded* const newer = change_.to;
  if (newer != nullptr && newer->document != nullptr) {
    const bool had_document = change_.from != nullptr && change_.from->document != nullptr;
    change_.by = NewestEntry(had_document ? change_.from : nullptr, *newer);
  }
  return change_;
}

void Comparer::Report(const StoredObject* from, const StoredObject* to) {
  if (from != nullptr) from_.Report(from->stored);
  if (to != nullptr) to_.Report(to->stored);
}

void Comparer::CompareBoth(const StoredObject& from, const StoredObject& to) {
  const bool same_bytes = Equal(from.stored.value, to.stored.value);
  if (!same_bytes && (!change_.from->is_open() || !change_.to->is_open())) {
    change_.kind = ChangeKind::kNotOpened;
    return;
  }
  if (change_.from->document != nullptr && change_.to->document != nullptr) {
    CompareDocuments();
  } else if (!same_bytes) {
    CompareBytes(from, to);
  }
  // The lease of an object is the server's affair: every event hangs on a new one.
  if (!change_.to->is_kubernetes() || !change_.from->is_kubernetes()) CompareLeases(from, to);
  Sift();
}

void Comparer::CompareDocuments() {
  const kubernetes::Summary& summary = change_.to->summary;
  const kubernetes::Message* const type =
      fields_.by_key ? tools_.schema().FindKind(summary.api_version, summary.kind) : nullptr;
  change_.fields =
      kubernetes::DifferencesOf(change_.from->document->root(), change_.to->document->root(), type);
}

void Comparer::CompareBytes(const StoredObject& from, const StoredObject& to) {
  from_value_ = TextNode(AsText(from.stored.value), !from_.MayShowBytes());
  to_value_ = TextNode(AsText(to.stored.value), !to_.MayShowBytes());
  change_.fields.push_back({.path = "value", .from = &from_value_, .to = &to_value_});
}

void Comparer::CompareLeases(const StoredObject& from, const StoredObject& to) {
  if (from.lease == to.lease) return;
  from_lease_text_ = HexId(static_cast<uint64_t>(from.lease));
  to_lease_text_ = HexId(static_cast<uint64_t>(to.lease));
  from_lease_ = TextNode(from_lease_text_, false);
  to_lease_ = TextNode(to_lease_text_, false);
  change_.fields.push_back({.path = "lease",
                            .from = from.lease == 0 ? nullptr : &from_lease_,
                            .to = to.lease == 0 ? nullptr : &to_lease_});
}

// Tells what kind of change the fields make, and drops those that are not wanted.
void Comparer::Sift() {
  const bool is_kubernetes = change_.from->is_kubernetes() && change_.to->is_kubernetes();
  ChangeKind kind = ChangeKind::kRewritten;
  for (const FieldChange& field : change_.fields) {
    // It is not stored: Decode adds it.
    if (field.path == "metadata.resourceVersion") continue;
    const bool is_servers = IsFolded(field.path) || IsWithin(field.path, "status");
    if (!is_kubernetes || !is_servers) {
      kind = ChangeKind::kChanged;
      break;
    }
    kind = ChangeKind::kOnlyStatus;
  }
  change_.kind = kind;
  if (is_kubernetes && fields_.all) return;
  std::erase_if(change_.fields, [&](const FieldChange& field) {
    return field.path == "metadata.resourceVersion" || (is_kubernetes && IsFolded(field.path));
  });
}

}  // namespace etcdf::objects
