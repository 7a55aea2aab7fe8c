// Which object of Kubernetes a key belongs to.
//
// The API server stores an object under PREFIX/resource/[namespace/]name, and custom resources and
// those of aggregated servers under PREFIX/group/resource/[namespace/]name (kubernetes,
// staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go, NamespaceKeyFunc). Nothing
// in the key says whether a group or a namespace stands there: a group is told by its dot, and a
// resource of the cluster by having one part left.
#pragma once

#include <optional>
#include <string_view>

namespace etcdf::mvcc {

// Views into the key. Empty where the key names none.
struct KubernetesKey {
  std::string_view api_group;  // "apiextensions.k8s.io"; empty for resources that are built in
  std::string_view resource;   // "pods", "minions" (nodes), "services/specs"
  std::string_view name_space;
  std::string_view name;  // may hold slashes, where the resource's own layout has more parts
};

// The prefix is `/registry/`, or `/kubernetes.io/` and `/openshift.io/` as OpenShift has them.
// Nothing for any other key.
std::optional<KubernetesKey> ParseKubernetesKey(std::string_view key);

}  // namespace etcdf::mvcc
