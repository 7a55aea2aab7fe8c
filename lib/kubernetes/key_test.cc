#include "kubernetes/key.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::kubernetes {
namespace {

// "group|resource|namespace|name"
std::string Split(std::string_view key, Prefix prefix = Prefix::kUsual) {
  const auto parsed = ParseKey(key, prefix);
  if (!parsed) return "none";
  std::string text(parsed->api_group);
  for (const std::string_view part : {parsed->resource, parsed->name_space, parsed->name}) {
    text += '|';
    text += part;
  }
  return text;
}

// Keys of real clusters.
TEST(Key, RealLayouts) {
  EXPECT_EQ(Split("/registry/pods/kube-system/coredns-1"), "|pods|kube-system|coredns-1");
  EXPECT_EQ(Split("/registry/minions/node-1"), "|minions||node-1");
  EXPECT_EQ(Split("/registry/deployments/default/web"), "|deployments|default|web");
  EXPECT_EQ(Split("/registry/namespaces/default"), "|namespaces||default");
  EXPECT_EQ(Split("/registry/services/specs/default/kubernetes"),
            "|services/specs|default|kubernetes");
  EXPECT_EQ(Split("/registry/services/endpoints/default/kubernetes"),
            "|services/endpoints|default|kubernetes");
  EXPECT_EQ(Split("/registry/masterleases/10.0.0.1"), "|masterleases||10.0.0.1");
  EXPECT_EQ(Split("/registry/events/default/web.17f"), "|events|default|web.17f");
  EXPECT_EQ(Split("/registry/cert-manager.io/certificates/prod/tls"),
            "cert-manager.io|certificates|prod|tls");
  EXPECT_EQ(Split("/registry/apiextensions.k8s.io/customresourcedefinitions/a.b.c"),
            "apiextensions.k8s.io|customresourcedefinitions||a.b.c");
  EXPECT_EQ(Split("/registry/ranges/serviceips"), "|ranges||serviceips");
  EXPECT_EQ(Split("/kubernetes.io/secrets/ns/s"), "|secrets|ns|s");
}

TEST(Key, OddKeys) {
  EXPECT_EQ(Split("compact_rev_key"), "none");
  EXPECT_EQ(Split("/registry"), "none");
  EXPECT_EQ(Split("/registry/"), "|||");
  EXPECT_EQ(Split("/registry/health"), "|health||");
  EXPECT_EQ(Split("/registry/services/specs"), "|services||specs");
  EXPECT_EQ(Split("/registry/a.b"), "|a.b||");
  EXPECT_EQ(Split("/registry/pods/ns/a/b"), "|pods|ns|a/b");
}

TEST(Key, AnyPrefixIsToldByTheResourceBehindIt) {
  EXPECT_EQ(Split("/k8s/prod/secrets/ns/s", Prefix::kAny), "|secrets|ns|s");
  EXPECT_EQ(Split("cluster-1/stable.example.com/crontabs/ns/t", Prefix::kAny),
            "stable.example.com|crontabs|ns|t");
  EXPECT_EQ(Split("/k8s/prod/secrets/ns/s"), "none");
  EXPECT_EQ(Split("/something/else/entirely", Prefix::kAny), "none");
}

TEST(Key, ResourcesAreNamedAsKubectlNamesThem) {
  const auto name = [](std::string_view key, std::string_view api_version = {}) {
    return ResourceName(ParseKey(key).value_or(ObjectKey{}), api_version);
  };
  EXPECT_EQ(name("/registry/secrets/ns/s"), "secrets");
  EXPECT_EQ(name("/registry/minions/n"), "nodes");
  EXPECT_EQ(name("/registry/deployments/ns/d"), "deployments.apps");
  EXPECT_EQ(name("/registry/services/specs/ns/s"), "services");
  EXPECT_EQ(name("/registry/services/endpoints/ns/s"), "endpoints");
  EXPECT_EQ(name("/registry/ingress/ns/i"), "ingresses.networking.k8s.io");
  EXPECT_EQ(name("/registry/stable.example.com/crontabs/ns/t"), "crontabs.stable.example.com");
  EXPECT_EQ(name("/openshift.io/oauth/accesstokens/t"), "oauthaccesstokens.oauth.openshift.io");
  EXPECT_EQ(name("/registry/ranges/serviceips"), "serviceipallocations");
  EXPECT_EQ(name("/registry/newthings/ns/n", "new.k8s.io/v1"), "newthings.new.k8s.io");
  EXPECT_EQ(name("/registry/newthings/ns/n"), "newthings");
}

TEST(Key, TellsSecrets) {
  EXPECT_TRUE(HoldsSecret("/registry/secrets/ns/s"));
  EXPECT_TRUE(HoldsSecret("/any/prefix/secrets/ns/s"));
  EXPECT_FALSE(HoldsSecret("/registry/configmaps/ns/secrets"));
  EXPECT_FALSE(HoldsSecret("/registry/example.com/secrets/ns/s"));
}

}  // namespace
}  // namespace etcdf::kubernetes
