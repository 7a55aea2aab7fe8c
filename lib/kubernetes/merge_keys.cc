#include "kubernetes/merge_keys.h"

#include <algorithm>
#include <array>

namespace etcdf::kubernetes {
namespace {

struct MergeKey {
  std::string_view message;  // without "k8s.io.api." or "k8s.io.apimachinery.pkg.apis."
  std::string_view field;
  std::string_view key;
};

// The patchMergeKey of the API's types, by which `kubectl apply` merges lists. Conditions have
// theirs in every status: see KeyOf.
constexpr std::array kMergeKeys = {
    MergeKey{"admissionregistration.v1.MutatingWebhook", "matchConditions", "name"},
    MergeKey{"admissionregistration.v1.MutatingWebhookConfiguration", "webhooks", "name"},
    MergeKey{"admissionregistration.v1.ValidatingAdmissionPolicySpec", "matchConditions", "name"},
    MergeKey{"admissionregistration.v1.ValidatingAdmissionPolicySpec", "variables", "name"},
    MergeKey{"admissionregistration.v1.ValidatingWebhook", "matchConditions", "name"},
    MergeKey{"admissionregistration.v1.ValidatingWebhookConfiguration", "webhooks", "name"},
    MergeKey{"core.v1.Container", "env", "name"},
    MergeKey{"core.v1.Container", "ports", "containerPort"},
    MergeKey{"core.v1.Container", "volumeDevices", "devicePath"},
    MergeKey{"core.v1.Container", "volumeMounts", "mountPath"},
    MergeKey{"core.v1.EphemeralContainerCommon", "env", "name"},
    MergeKey{"core.v1.EphemeralContainerCommon", "ports", "containerPort"},
    MergeKey{"core.v1.EphemeralContainerCommon", "volumeDevices", "devicePath"},
    MergeKey{"core.v1.EphemeralContainerCommon", "volumeMounts", "mountPath"},
    MergeKey{"core.v1.NodeStatus", "addresses", "type"},
    MergeKey{"core.v1.PodSpec", "containers", "name"},
    MergeKey{"core.v1.PodSpec", "ephemeralContainers", "name"},
    MergeKey{"core.v1.PodSpec", "hostAliases", "ip"},
    MergeKey{"core.v1.PodSpec", "imagePullSecrets", "name"},
    MergeKey{"core.v1.PodSpec", "initContainers", "name"},
    MergeKey{"core.v1.PodSpec", "resourceClaims", "name"},
    MergeKey{"core.v1.PodSpec", "schedulingGates", "name"},
    MergeKey{"core.v1.PodSpec", "topologySpreadConstraints", "topologyKey"},
    MergeKey{"core.v1.PodSpec", "volumes", "name"},
    MergeKey{"core.v1.PodStatus", "hostIPs", "ip"},
    MergeKey{"core.v1.PodStatus", "podIPs", "ip"},
    MergeKey{"core.v1.PodStatus", "resourceClaimStatuses", "name"},
    MergeKey{"core.v1.ServiceAccount", "secrets", "name"},
    MergeKey{"core.v1.ServiceSpec", "ports", "port"},
    MergeKey{"meta.v1.ObjectMeta", "ownerReferences", "uid"},
    MergeKey{"storage.v1.CSINodeSpec", "drivers", "name"},
};

std::string_view KeyOf(std::string_view message, std::string_view field) {
  for (const std::string_view home : {"k8s.io.api.", "k8s.io.apimachinery.pkg.apis."}) {
    if (!message.starts_with(home)) continue;
    message.remove_prefix(home.size());
    if (field == "conditions" && message.ends_with("Status")) return "type";
    const auto found = std::ranges::find_if(kMergeKeys, [&](const MergeKey& row) {
      return row.message == message && row.field == field;
    });
    return found == kMergeKeys.end() ? std::string_view() : found->key;
  }
  return {};
}

}  // namespace

MemberType TypeOfMember(const Message& type, std::string_view name) {
  for (const Field& field : type.fields()) {
    if (field.Is(kInline) && field.message != nullptr) {
      const MemberType within = TypeOfMember(*field.message, name);
      if (within.message != nullptr) return within;
    } else if (field.name() == name) {
      return {.message = field.message,
              .is_map = field.Is(kMap),
              .merge_key = field.Is(kRepeated) ? KeyOf(type.name(), name) : std::string_view()};
    }
  }
  return {};
}

}  // namespace etcdf::kubernetes
