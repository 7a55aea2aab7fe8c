#include "kubernetes/key.h"

#include <algorithm>
#include <array>

namespace etcdf::kubernetes {
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

ObjectKey Split(std::string_view rest) {
  ObjectKey parsed;
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

// Resources that are built in, as their keys spell them, with their names and groups.
struct BuiltIn {
  std::string_view in_key;
  std::string_view name;
};

// Ascending by `in_key`.
constexpr std::array kBuiltIn = {
    BuiltIn{"apiserveripinfo", "apiserveripinfo"},
    BuiltIn{"brokertemplateinstances", "brokertemplateinstances.template.openshift.io"},
    BuiltIn{"buildconfigs", "buildconfigs.build.openshift.io"},
    BuiltIn{"builds", "builds.build.openshift.io"},
    BuiltIn{"certificatesigningrequests", "certificatesigningrequests.certificates.k8s.io"},
    BuiltIn{"clusterrolebindings", "clusterrolebindings.rbac.authorization.k8s.io"},
    BuiltIn{"clusterroles", "clusterroles.rbac.authorization.k8s.io"},
    BuiltIn{"clustertrustbundles", "clustertrustbundles.certificates.k8s.io"},
    BuiltIn{"configmaps", "configmaps"},
    BuiltIn{"controllerrevisions", "controllerrevisions.apps"},
    BuiltIn{"controllers", "replicationcontrollers"},
    BuiltIn{"cronjobs", "cronjobs.batch"},
    BuiltIn{"csidrivers", "csidrivers.storage.k8s.io"},
    BuiltIn{"csinodes", "csinodes.storage.k8s.io"},
    BuiltIn{"csistoragecapacities", "csistoragecapacities.storage.k8s.io"},
    BuiltIn{"daemonsets", "daemonsets.apps"},
    BuiltIn{"deploymentconfigs", "deploymentconfigs.apps.openshift.io"},
    BuiltIn{"deployments", "deployments.apps"},
    BuiltIn{"deviceclasses", "deviceclasses.resource.k8s.io"},
    BuiltIn{"devicetaintrules", "devicetaintrules.resource.k8s.io"},
    BuiltIn{"endpointslices", "endpointslices.discovery.k8s.io"},
    BuiltIn{"events", "events"},
    BuiltIn{"flowschemas", "flowschemas.flowcontrol.apiserver.k8s.io"},
    BuiltIn{"groups", "groups.user.openshift.io"},
    BuiltIn{"horizontalpodautoscalers", "horizontalpodautoscalers.autoscaling"},
    BuiltIn{"images", "images.image.openshift.io"},
    BuiltIn{"imagestreams", "imagestreams.image.openshift.io"},
    BuiltIn{"ingress", "ingresses.networking.k8s.io"},
    BuiltIn{"ingressclasses", "ingressclasses.networking.k8s.io"},
    BuiltIn{"ipaddresses", "ipaddresses.networking.k8s.io"},
    BuiltIn{"jobs", "jobs.batch"},
    BuiltIn{"leasecandidates", "leasecandidates.coordination.k8s.io"},
    BuiltIn{"leases", "leases.coordination.k8s.io"},
    BuiltIn{"limitranges", "limitranges"},
    BuiltIn{"masterleases", "masterleases"},
    BuiltIn{"minions", "nodes"},
    BuiltIn{"mutatingadmissionpolicies", "mutatingadmissionpolicies.admissionregistration.k8s.io"},
    BuiltIn{"mutatingadmissionpolicybindings",
            "mutatingadmissionpolicybindings.admissionregistration.k8s.io"},
    BuiltIn{"mutatingwebhookconfigurations",
            "mutatingwebhookconfigurations.admissionregistration.k8s.io"},
    BuiltIn{"namespaces", "namespaces"},
    BuiltIn{"networkpolicies", "networkpolicies.networking.k8s.io"},
    BuiltIn{"oauth/accesstokens", "oauthaccesstokens.oauth.openshift.io"},
    BuiltIn{"oauth/authorizetokens", "oauthauthorizetokens.oauth.openshift.io"},
    BuiltIn{"oauth/clients", "oauthclients.oauth.openshift.io"},
    BuiltIn{"peerserverleases", "peerserverleases"},
    BuiltIn{"persistentvolumeclaims", "persistentvolumeclaims"},
    BuiltIn{"persistentvolumes", "persistentvolumes"},
    BuiltIn{"podcertificaterequests", "podcertificaterequests.certificates.k8s.io"},
    BuiltIn{"poddisruptionbudgets", "poddisruptionbudgets.policy"},
    BuiltIn{"podgroups", "podgroups.scheduling.k8s.io"},
    BuiltIn{"pods", "pods"},
    BuiltIn{"podsecuritypolicy", "podsecuritypolicies.policy"},
    BuiltIn{"podtemplates", "podtemplates"},
    BuiltIn{"priorityclasses", "priorityclasses.scheduling.k8s.io"},
    BuiltIn{"prioritylevelconfigurations",
            "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"},
    BuiltIn{"ranges", "ranges"},
    BuiltIn{"replicasets", "replicasets.apps"},
    BuiltIn{"resourceclaims", "resourceclaims.resource.k8s.io"},
    BuiltIn{"resourceclaimtemplates", "resourceclaimtemplates.resource.k8s.io"},
    BuiltIn{"resourcepoolstatusrequests", "resourcepoolstatusrequests.resource.k8s.io"},
    BuiltIn{"resourcequotas", "resourcequotas"},
    BuiltIn{"resourceslices", "resourceslices.resource.k8s.io"},
    BuiltIn{"rolebindings", "rolebindings.rbac.authorization.k8s.io"},
    BuiltIn{"roles", "roles.rbac.authorization.k8s.io"},
    BuiltIn{"routes", "routes.route.openshift.io"},
    BuiltIn{"runtimeclasses", "runtimeclasses.node.k8s.io"},
    BuiltIn{"secrets", "secrets"},
    BuiltIn{"securitycontextconstraints", "securitycontextconstraints.security.openshift.io"},
    BuiltIn{"serviceaccounts", "serviceaccounts"},
    BuiltIn{"servicecidrs", "servicecidrs.networking.k8s.io"},
    BuiltIn{"services/endpoints", "endpoints"},
    BuiltIn{"services/specs", "services"},
    BuiltIn{"statefulsets", "statefulsets.apps"},
    BuiltIn{"storageclasses", "storageclasses.storage.k8s.io"},
    BuiltIn{"storageversionmigrations", "storageversionmigrations.storagemigration.k8s.io"},
    BuiltIn{"storageversions", "storageversions.internal.apiserver.k8s.io"},
    BuiltIn{"templateinstances", "templateinstances.template.openshift.io"},
    BuiltIn{"templates", "templates.template.openshift.io"},
    BuiltIn{"useridentities", "identities.user.openshift.io"},
    BuiltIn{"users", "users.user.openshift.io"},
    BuiltIn{"validatingadmissionpolicies",
            "validatingadmissionpolicies.admissionregistration.k8s.io"},
    BuiltIn{"validatingadmissionpolicybindings",
            "validatingadmissionpolicybindings.admissionregistration.k8s.io"},
    BuiltIn{"validatingwebhookconfigurations",
            "validatingwebhookconfigurations.admissionregistration.k8s.io"},
    BuiltIn{"volumeattachments", "volumeattachments.storage.k8s.io"},
    BuiltIn{"volumeattributesclasses", "volumeattributesclasses.storage.k8s.io"},
    BuiltIn{"workloads", "workloads.scheduling.k8s.io"},
};
static_assert(std::ranges::is_sorted(kBuiltIn, {}, &BuiltIn::in_key));

const BuiltIn* FindBuiltIn(std::string_view in_key) {
  const auto* const found = std::ranges::lower_bound(kBuiltIn, in_key, {}, &BuiltIn::in_key);
  return found != kBuiltIn.end() && found->in_key == in_key ? found : nullptr;
}

// What is behind a prefix of one to four parts, if a resource is there.
std::optional<ObjectKey> BehindAnyPrefix(std::string_view key) {
  constexpr int kMaxParts = 4;
  std::string_view rest = key;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  for (int part = 0; part < kMaxParts; ++part) {
    TakePart(rest);
    if (rest.empty()) break;
    const ObjectKey parsed = Split(rest);
    const bool has_group = !parsed.api_group.empty() && !parsed.name.empty();
    if (has_group || FindBuiltIn(parsed.resource) != nullptr) return parsed;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ObjectKey> ParseKey(std::string_view key, Prefix prefix) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"/registry/", "/kubernetes.io/",
                                                         "/openshift.io/"};
  const auto* const usual =
      std::ranges::find_if(kPrefixes, [&](std::string_view each) { return key.starts_with(each); });
  if (usual != kPrefixes.end()) return Split(key.substr(usual->size()));
  return prefix == Prefix::kAny ? BehindAnyPrefix(key) : std::nullopt;
}

std::string ResourceName(const ObjectKey& key, std::string_view api_version) {
  std::string name(key.resource);
  if (!key.api_group.empty()) return (name += '.') += key.api_group;
  // The key of the allocators has no name of its own.
  if (key.resource == "ranges" && key.name.starts_with("service")) {
    return key.name.starts_with("serviceips") ? "serviceipallocations"
                                              : "servicenodeportallocations";
  }
  const std::string two_parts = name + "/" + std::string(key.name_space);
  for (const std::string& in_key : {name, two_parts}) {
    if (const BuiltIn* const built_in = FindBuiltIn(in_key)) return std::string(built_in->name);
  }
  const size_t slash = api_version.find('/');
  if (slash == api_version.npos) return name;
  return (name += '.') += api_version.substr(0, slash);
}

bool HoldsSecret(std::string_view key) {
  const auto parsed = ParseKey(key, Prefix::kAny);
  return parsed && parsed->api_group.empty() && parsed->resource == "secrets";
}

}  // namespace etcdf::kubernetes
