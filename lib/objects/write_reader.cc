#include "objects/write_reader.h"

#include <algorithm>
#include <array>

#include "kubernetes/difference.h"

namespace etcdf::objects {
namespace {

using kubernetes::Children;
using kubernetes::Extent;
using kubernetes::Member;
using kubernetes::Node;
using kubernetes::NodeKind;
using kubernetes::TextOf;

const Node* ManagersOf(const kubernetes::Document& document) {
  if (document.empty()) return nullptr;
  const Node* const managers = Member(Member(&document.root(), "metadata"), "managedFields");
  return managers != nullptr && managers->kind == NodeKind::kArray ? managers : nullptr;
}

bool IsSameEntry(const Node& a, const Node& b) {
  return std::ranges::all_of(
      std::array{"time", "manager", "subresource", "operation"},
      [&](const char* name) { return TextOf(&a, name) == TextOf(&b, name); });
}

bool HasEntry(const Node* managers, const Node& entry) {
  if (managers == nullptr) return false;
  for (const Node& each : Children(*managers)) {
    if (IsSameEntry(each, entry)) return true;
  }
  return false;
}

std::string_view NewestTimeOf(const Node& managers) {
  std::string_view newest;
  for (const Node& each : Children(managers)) newest = std::max(newest, TextOf(&each, "time"));
  return newest;
}

// What every write may change.
bool IsBookkeeping(std::string_view path) {
  constexpr std::string_view kManaged = "metadata.managedFields";
  return path == "metadata.resourceVersion" || path == "metadata.generation" ||
         (path.starts_with(kManaged) &&
          (path.size() == kManaged.size() || path[kManaged.size()] == '['));
}

// Takes the first part off a path: a name, or with its bracket the place in a list.
std::string TakePart(std::string_view& path) {
  std::string part;
  size_t i = path.starts_with('.') ? 1 : 0;
  if (path.starts_with('[')) {
    i = std::min(path.find(']'), path.size() - 1) + 1;
    part = path.substr(0, i);
  } else {
    for (; i < path.size() && path[i] != '.' && path[i] != '['; ++i) {
      if (path[i] == '\\' && i + 1 < path.size()) ++i;
      part += path[i];
    }
  }
  path.remove_prefix(i);
  return part;
}

}  // namespace

std::string_view WriteVerbName(WriteVerb verb) {
  switch (verb) {
    case WriteVerb::kCreate: return "create";
    case WriteVerb::kUpdate: return "update";
    case WriteVerb::kDelete: return "delete";
  }
  return "";
}

bool OwnsField(const Node& fields, std::string_view path) {
  const Node* owned = &fields;
  while (!path.empty()) {
    const std::string part = TakePart(path);
    // Items are owned by their keys, and fields that are replaced as a whole by themselves.
    const bool is_leaf = owned->node_count == 1;
    if (is_leaf) return owned != &fields;
    if (part.starts_with('[')) {
      for (const Node& item : Children(*owned)) {
        if (!item.name.starts_with("f:") && item.name != ".") return true;
      }
      return false;
    }
    owned = Member(*owned, "f:" + part);
    if (owned == nullptr) return false;
  }
  return true;
}

const Write& WriteReader::Read(const StoredWrite& stored) {
  stored_ = stored;
  write_.object = nullptr;
  write_.manager = write_.operation = write_.subresource = {};
  write_.fields.clear();
  write_.fields_are_known = false;
  decoded_before_ = nullptr;
  const bool has_before = stored.before == Before::kKnown;
  const auto decode_before = [&](Extent extent) {
    return &before_.Decode({.key = stored.key, .value = stored.value_before}, extent);
  };
  if (stored.is_delete) {
    write_.verb = WriteVerb::kDelete;
    if (has_before) write_.object = decode_before(Extent::kMetadata);
    return write_;
  }
  const bool is_update = stored.before != Before::kNone;
  write_.verb = is_update ? WriteVerb::kUpdate : WriteVerb::kCreate;
  write_.object = &now_.Decode({.key = stored.key, .value = stored.value},
                               is_update && has_before ? Extent::kPrinted : Extent::kMetadata);
  if (is_update && has_before) {
    decoded_before_ = decode_before(Extent::kPrinted);
    Compare();
  }
  NameManager();
  return write_;
}

void WriteReader::Report() {
  if (stored_.is_delete) return;
  now_.Report({.key = stored_.key, .value = stored_.value, .mod_revision = stored_.mod_revision});
}

void WriteReader::Compare() {
  if (write_.object->document == nullptr || decoded_before_->document == nullptr) return;
  write_.fields_are_known = true;
  for (kubernetes::FieldChange& change : kubernetes::DifferencesOf(
           decoded_before_->document->root(), write_.object->document->root())) {
    if (!IsBookkeeping(change.path)) write_.fields.push_back(std::move(change.path));
  }
}

void WriteReader::NameManager() {
  if (write_.object->document == nullptr) return;
  const Node* const managers = ManagersOf(*write_.object->document);
  if (managers == nullptr) return;
  const Node* const olds = decoded_before_ != nullptr && decoded_before_->document != nullptr
                               ? ManagersOf(*decoded_before_->document)
                               : nullptr;
  const Node* newest = nullptr;
  for (const Node& manager : Children(*managers)) {
    if (HasEntry(olds, manager)) continue;
    const bool is_newer = newest == nullptr || TextOf(&manager, "time") >= TextOf(newest, "time");
    if (is_newer) newest = &manager;
  }
  if (newest == nullptr) newest = FindOwner();
  if (newest == nullptr) return;
  write_.manager = TextOf(newest, "manager");
  write_.operation = TextOf(newest, "operation");
  write_.subresource = TextOf(newest, "subresource");
}

// The only one of the newest entries that owns a field that changed.
const Node* WriteReader::FindOwner() {
  if (write_.fields.empty()) return nullptr;
  write_.object = &now_.Decode({.key = stored_.key, .value = stored_.value}, Extent::kWhole);
  const Node* const managers = ManagersOf(*write_.object->document);
  const std::string_view newest = NewestTimeOf(*managers);
  const Node* owner = nullptr;
  for (const Node& manager : Children(*managers)) {
    const Node* const fields = Member(manager, "fieldsV1");
    if (fields == nullptr || TextOf(&manager, "time") != newest) continue;
    const bool owns = std::ranges::any_of(
        write_.fields, [&](const std::string& path) { return OwnsField(*fields, path); });
    if (!owns) continue;
    if (owner != nullptr) return nullptr;
    owner = &manager;
  }
  return owner;
}

}  // namespace etcdf::objects
