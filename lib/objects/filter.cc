#include "objects/filter.h"

#include "kubernetes/key.h"

namespace etcdf::objects {
namespace {

// A kind by its name, or by that of its resource; where the value does not tell, by the key's.
bool IsOfKind(const std::string& kind, std::string_view key, const Decoded& decoded) {
  if (kind == decoded.summary.kind) return true;
  const std::string resource = ResourceOf(key, decoded.summary.api_version);
  return !resource.empty() && IsKindOf(kind, resource);
}

}  // namespace

std::string ResourceOf(std::string_view key, std::string_view api_version) {
  const auto parsed = kubernetes::ParseKey(key, kubernetes::Prefix::kAny);
  return parsed ? kubernetes::ResourceName(*parsed, api_version) : std::string();
}

std::string_view GroupOf(std::string_view api_version) {
  const size_t slash = api_version.find('/');
  return slash == api_version.npos ? std::string_view() : api_version.substr(0, slash);
}

bool Filter::Wants(std::string_view key, const Decoded& decoded) const {
  const kubernetes::Summary& summary = decoded.summary;
  if (encrypted && !decoded.sealed) return false;
  if (name_space && *name_space != summary.name_space) return false;
  if (name && *name != summary.name) return false;
  if (kind && !IsOfKind(*kind, key, decoded)) return false;
  if (!api_group) return true;
  if (!summary.api_version.empty()) return GroupOf(summary.api_version) == *api_group;
  const std::string resource = ResourceOf(key);
  const size_t dot = resource.find('.');
  return !resource.empty() && (dot == resource.npos ? "" : resource.substr(dot + 1)) == *api_group;
}

}  // namespace etcdf::objects
