#include "mvcc/kubernetes_key.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::mvcc {
namespace {

// "group|resource|namespace|name"
std::string Split(std::string_view key) {
  const auto parsed = ParseKubernetesKey(key);
  if (!parsed) return "none";
  std::string text(parsed->api_group);
  for (const std::string_view part : {parsed->resource, parsed->name_space, parsed->name}) {
    text += '|';
    text += part;
  }
  return text;
}

// Keys of real clusters.
TEST(KubernetesKeyTest, RealLayouts) {
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

TEST(KubernetesKeyTest, OddKeys) {
  EXPECT_EQ(Split("compact_rev_key"), "none");
  EXPECT_EQ(Split("/registry"), "none");
  EXPECT_EQ(Split("/registry/"), "|||");
  EXPECT_EQ(Split("/registry/health"), "|health||");
  EXPECT_EQ(Split("/registry/services/specs"), "|services||specs");
  EXPECT_EQ(Split("/registry/a.b"), "|a.b||");
  EXPECT_EQ(Split("/registry/pods/ns/a/b"), "|pods|ns|a/b");
}

}  // namespace
}  // namespace etcdf::mvcc
