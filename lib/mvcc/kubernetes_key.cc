#include "mvcc/kubernetes_key.h"

#include <algorithm>
#include <array>

namespace etcdf::mvcc {
namespace {

// Takes the part up to the next slash off `rest`.
std::string_view TakePart(std::string_view& rest) {
  const size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
  return part;
}

// Resources whose storage has two parts (kubernetes, pkg/registry/core/service/storage/storage.go
// and pkg/registry/core/service/{ipallocator,portallocator}).
bool IsTwoPart(std::string_view first, std::string_view rest) {
  return first == "services" && (rest.starts_with("specs/") || rest.starts_with("endpoints/"));
}

}  // namespace

std::optional<KubernetesKey> ParseKubernetesKey(std::string_view key) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"/registry/", "/kubernetes.io/",
                                                         "/openshift.io/"};
  const auto* const prefix =
      std::ranges::find_if(kPrefixes, [&](std::string_view each) { return key.starts_with(each); });
  if (prefix == kPrefixes.end()) return std::nullopt;
  std::string_view rest = key.substr(prefix->size());

  KubernetesKey parsed;
  const std::string_view from = rest;
  parsed.resource = TakePart(rest);
  if (parsed.resource.find('.') != from.npos && !rest.empty()) {
    parsed.api_group = parsed.resource;
    parsed.resource = TakePart(rest);
  } else if (IsTwoPart(parsed.resource, rest)) {
    const size_t first_bytes = parsed.resource.size() + 1;
    parsed.resource = from.substr(0, first_bytes + TakePart(rest).size());
  }
  if (rest.find('/') != rest.npos) parsed.name_space = TakePart(rest);
  parsed.name = rest;
  return parsed;
}

}  // namespace etcdf::mvcc
