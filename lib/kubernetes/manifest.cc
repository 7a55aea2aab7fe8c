#include "kubernetes/manifest.h"

namespace etcdf::kubernetes {
namespace {

uint64_t DropOwners(Document& document, const std::function<bool(std::string_view uid)>& is_gone) {
  uint64_t dropped = 0;
  const auto owners = [&] {
    return Member(Member(&document.root(), "metadata"), "ownerReferences");
  };
  // Removing moves the nodes: each time from the start.
  for (bool again = true; again;) {
    again = false;
    const Node* const list = owners();
    if (list == nullptr) return dropped;
    for (const Node& owner : Children(*list)) {
      const std::string_view uid = TextOf(&owner, "uid");
      if (uid.empty() || !is_gone(uid)) continue;
      document.Remove(document.IndexOf(owner));
      ++dropped;
      again = true;
      break;
    }
  }
  const Node* const left = owners();
  const bool is_empty = left != nullptr && dropped > 0 && left->node_count == 1;
  if (is_empty) document.Remove(document.IndexOf(*left));
  return dropped;
}

}  // namespace

Dropped MakeManifest(Document& document, const std::function<bool(std::string_view uid)>& is_gone) {
  Dropped dropped;
  if (document.empty()) return dropped;
  const auto drop = [&](const Node* member) {
    if (member == nullptr) return;
    document.Remove(document.IndexOf(*member));
    ++dropped.members;
  };
  drop(Member(document.root(), "status"));
  for (const std::string_view name : {"managedFields", "resourceVersion", "uid"}) {
    drop(Member(Member(&document.root(), "metadata"), name));
  }
  dropped.owner_references = DropOwners(document, is_gone);
  return dropped;
}

}  // namespace etcdf::kubernetes
