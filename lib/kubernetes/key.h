// Which object a key belongs to.
//
// The API server stores an object under PREFIX/resource/[namespace/]name, and custom resources and
// those of aggregated servers under PREFIX/group/resource/[namespace/]name (kubernetes,
// staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go, NamespaceKeyFunc). Nothing
// in the key says whether a group or a namespace stands there: a group is told by its dot, and a
// resource of the cluster by having one part left. What the object is, its value says better.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etcdf::kubernetes {

// Views into the key. Empty where the key names none.
struct ObjectKey {
  std::string_view api_group;  // "apiextensions.k8s.io"; empty for resources that are built in
  std::string_view resource;   // "pods", "minions" (nodes), "services/specs"
  std::string_view name_space;
  std::string_view name;  // may hold slashes, where the resource's own layout has more parts
};

enum class Prefix : uint8_t {
  kUsual,  // /registry/, or /kubernetes.io/ and /openshift.io/ as OpenShift has them
  // Any (--etcd-prefix), told by the resource behind it, one that is built in: for keys whose value
  // is known to be Kubernetes'.
  kAny,
};

// Nothing for any other key.
std::optional<ObjectKey> ParseKey(std::string_view key, Prefix prefix = Prefix::kUsual);

// The resource as kubectl and configurations name it, its group behind it: "secrets",
// "deployments.apps", "crontabs.stable.example.com". Built-in resources have no group in their
// keys; `api_version` of the value tells that of one that is not known, if it is not empty.
std::string ResourceName(const ObjectKey& key, std::string_view api_version = {});

// The key is that of a Secret, whatever the value says.
bool HoldsSecret(std::string_view key);

}  // namespace etcdf::kubernetes
