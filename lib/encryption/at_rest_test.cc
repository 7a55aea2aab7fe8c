// Values that an API server 1.36 encrypted in a test, and its configuration.
#include "encryption/at_rest.h"

#include <gtest/gtest.h>

#include <string>

#include "base/escape.h"
#include "encryption/config.h"
#include "kubernetes/object.h"
#include "testing/proto_writer.h"

namespace etcdf::encryption {
namespace {

constexpr char kConfig[] = R"(apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets, configmaps, crontabs.stable.example.com]
  providers:
  - secretbox:
      keys:
      - name: key3
        secret: 9XYQTuvqsJZR2DrP/HfIuMbqpLdnrqsk19qA+D9R2GU=
  - aesgcm:
      keys:
      - name: key2
        secret: sQJTdkyLIz+zdULiNAHHtA==
  - aescbc:
      keys:
      - name: key1
        secret: gXQJloeiZiH04s3XzAOz2s7bP7liJVsar9Azyr6DFTA=
  - identity: {}
)";

struct Stored {
  const char* provider;
  const char* key;
  const char* base64;
};

constexpr Stored kStored[] = {
    {"aescbc", "/registry/configmaps/vault/c2-1",
     "azhzOmVuYzphZXNjYmM6djE6a2V5MTqN4Doy2nM5GlCPUnvYbrOZw3KnD0/01zyfoTXKHA7NrKooTs4qP4FS5QMj"
     "ap6oFBBlHXRM4mZCSAwsa3kstoXRlZO5mk58gfDU6AqVTBW6nfBtZ7vMa6pN5Y6ze3FyZpOmxggqcdIruCemdJoK"
     "qjGIU9ICMuHMm3231Mupa+ZyK/b1IAGpS6yk70TMHYL9Fscb3QlMPw+xPfEIf2qTeE8nHFiL11g1ji3QcwU31lKh"
     "sZ8cTLk6S5VUy9GC5NhVLtVZnflIW9HUGR25gjupMW+hiWQeBUIsgNb671P9eIEeNLbGTlzT+Hk+TU3JxRkXxqsb"
     "lJ4ee8iQGkGxMljOUd3eC1ruZ7CR9KOy/756c0vQwOuiStuQKeSfkWbZAZSWGxOnh3+EkmzZPSxwknBWJ7rE"},
    {"aesgcm", "/registry/configmaps/vault/c3-0",
     "azhzOmVuYzphZXNnY206djE6a2V5MjrC7DACIXvN4IGYQF90wFNjG4w6P8rPrf45lL6mnL6M1l5uBRj5zrh3mgeT"
     "B/P1Hw9XmdcAd4UMEe5xVLY8MMI/YyUP898CO7HrulevVmj5GpupO3uRqCN9NWj0jBmA2YWpC/t37q1Xx69cg8/5"
     "ItPLLkooaApxFHdZHNCyF13LXLQHLDxFY6Acym+j9PQhEc/y5XbrbDpoQAEL4bxO+QGQovZfu3lsHRjcGfZ4ulmM"
     "DpEtQuMLBGjoo+ntF/jAXLP/tZSPeN6MUuc+9ugiTqsSTEPH75AO++rLTQLJEWJT3VyMrIsvbxr0CD4rdzx8N4ib"
     "NoAvm/bu4PjJJ8kWLiokDWWSztnleZwz0Ti/BY1j4TP4rRDhfMhuzyxcD2n2i6AH5gtozVDsSw88A82Rj6vS3MtQ"
     "Zg=="},
    {"secretbox", "/registry/configmaps/vault/c4-0",
     "azhzOmVuYzpzZWNyZXRib3g6djE6a2V5MzqjdXBceGdGdu02BV9+x58VKxojxqdh2dG7TEeXsSTTS8dWbRRrOfox"
     "jhT+IVAr4cbBm9J8YLJQvgGP3R/xOwTrc1lwIGKVCDWX0b8xAbnAmqD6HJqT7dyimjTNi8bsqXTNAqpsANsRTeJR"
     "oPE6gzji6ekrwLvq9Cx7hvrxtvGzmUfYfvpajAMH437WsQQ6Q21dCtBsmNFrRmMrghVz19sPRf8K5eC3dD2g2tYU"
     "pf5WUjh8ktOv8QWsNNM4yRvRaQbYnO3T9WtTKZ0TqYj6oHRUa8DNCHLugHgv2MNQkJpKL69pq/LQW6r9cnA8/9iB"
     "RZ/576EFMBaAXn4a/Sn4nDVYGrJ7cj/Sh08vAj4aifFjirQrYoatkgpw5MHyxjY2A56BlMjF5imzDywg3WAj65PO"
     "2OTtNv4/nW/KSMIVtYqSAQ=="},
};

std::vector<uint8_t> ValueOf(const Stored& stored) {
  std::vector<uint8_t> value;
  EXPECT_TRUE(DecodeBase64(stored.base64, value));
  return value;
}

// The configuration with each `from` as `to`.
Config ConfigWith(std::string_view from = "", std::string_view to = "") {
  std::string text = kConfig;
  for (size_t at = 0; !from.empty() && (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  auto config = Config::Parse(text);
  EXPECT_TRUE(config) << (config ? "" : config.error().Message());
  return config ? *std::move(config) : Config();
}

TEST(AtRest, OpensWhatAnApiServerEncrypted) {
  const Config config = ConfigWith();
  Opener opener(&config);
  for (const Stored& stored : kStored) {
    const auto value = ValueOf(stored);
    const auto result = opener.Open(AsBytes(stored.key), value);
    ASSERT_EQ(result.opening, Opening::kOpened) << stored.provider;
    EXPECT_EQ(ProviderName(result.sealed->provider), stored.provider);
    kubernetes::ObjectReader reader;
    ASSERT_TRUE(reader.Read(result.value));
    const kubernetes::Summary summary = kubernetes::SummaryOf(reader.document());
    EXPECT_TRUE(std::string_view(stored.key).ends_with("/" + std::string(summary.name)));
    EXPECT_FALSE(reader.flaws().is_broken());
  }
}

TEST(AtRest, AnotherKeyOpensNothing) {
  constexpr std::string_view kSecret = "secret: ";
  std::string text = kConfig;
  for (size_t at = 0; (at = text.find(kSecret, at)) != text.npos; at += kSecret.size()) {
    text[at + kSecret.size()] = 'A';
  }
  const auto config = Config::Parse(text);
  ASSERT_TRUE(config);
  Opener opener(&*config);
  for (const Stored& stored : kStored) {
    EXPECT_NE(opener.Open(AsBytes(stored.key), ValueOf(stored)).opening, Opening::kOpened);
  }
}

TEST(AtRest, WhatWasChangedDoesNotOpen) {
  const Config config = ConfigWith();
  Opener opener(&config);
  for (const Stored& stored : kStored) {
    auto value = ValueOf(stored);
    for (const size_t at : {value.size() - 1, value.size() - 20, value.size() - 40}) {
      value[at] ^= 1;
      const auto result = opener.Open(AsBytes(stored.key), value);
      value[at] ^= 1;
      if (result.sealed->provider == Provider::kAesCbc) continue;  // which has no seal
      EXPECT_EQ(result.opening, Opening::kWrongKey) << stored.provider;
    }
    value.resize(value.size() - 17);
    EXPECT_NE(opener.Open(AsBytes(stored.key), value).opening, Opening::kOpened);
  }
}

TEST(AtRest, GaloisModeHoldsTheKeyOfTheRow) {
  const Config config = ConfigWith();
  Opener opener(&config);
  for (const Stored& stored : kStored) {
    if (std::string_view(stored.provider) != "aesgcm") continue;
    EXPECT_EQ(opener.Open(AsBytes("/registry/secrets/other/name"), ValueOf(stored)).opening,
              Opening::kWrongKey);
  }
}

TEST(AtRest, IsRecognisedWithoutAKey) {
  Opener opener(nullptr);
  for (const Stored& stored : kStored) {
    const auto value = ValueOf(stored);
    const auto result = opener.Open(AsBytes(stored.key), value);
    EXPECT_EQ(result.opening, Opening::kNoConfig);
    EXPECT_TRUE(result.value.empty());
    EXPECT_TRUE(result.sealed->key_name.starts_with("key"));
  }
  const auto clear = opener.Open({}, AsBytes("{}"));
  EXPECT_EQ(clear.opening, Opening::kClear);
  EXPECT_EQ(AsText(clear.value), "{}");
}

TEST(AtRest, TellsTheKeyOfAKeyManagementService) {
  testing::ProtoWriter object;
  object.Bytes(1, "data").Bytes(2, "arn:aws:kms:key/7").Bytes(3, "wrapped");
  const std::string value = "k8s:enc:kms:v2:cloud:one:" + object.bytes();
  const auto sealed = Recognise(AsBytes(value), nullptr);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->key_name, "cloud:one");
  EXPECT_EQ(sealed->key_id, "arn:aws:kms:key/7");
  Opener opener(nullptr);
  EXPECT_EQ(opener.Open({}, AsBytes(value)).opening, Opening::kKms);
  const auto first = Recognise(AsBytes("k8s:enc:kms:v1:cloud:\x01\x02"), nullptr);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->key_name, "cloud");
}

TEST(AtRest, ANameMayHoldColons) {
  const Stored& cbc = kStored[0];
  ASSERT_STREQ(cbc.provider, "aescbc");
  std::string value(AsText(ValueOf(cbc)));
  value.replace(value.find(":key1:"), 6, ":key:odd.name:");
  const Config config = ConfigWith("key1", "\"key:odd.name\"");
  Opener opener(&config);
  EXPECT_EQ(opener.Open(AsBytes(cbc.key), AsBytes(value)).opening, Opening::kOpened);
  EXPECT_EQ(Recognise(AsBytes(value), nullptr)->key_name, "key:odd.name");
  // A configuration that has only the front of the name.
  const Config front = ConfigWith("key1", "key");
  Opener other(&front);
  const auto result = other.Open(AsBytes(cbc.key), AsBytes(value));
  EXPECT_EQ(result.opening, Opening::kNoKey);
  EXPECT_EQ(result.sealed->key_name, "key:odd.name");
}

TEST(AtRest, TakesWhateverBeginsLikeIt) {
  const Config config = ConfigWith();
  Opener opener(&config);
  for (const std::string_view value :
       {"k8s:enc:", "k8s:enc:aescbc",
        "k8s:enc:aescbc:v1:", "k8s:enc:aescbc:v1:key1:", "k8s:enc:aesgcm:v1:key2:short",
        "k8s:enc:secretbox:v1:key3:", "k8s:enc:new:v9:key:x", "k8s:enc:kms:v2:x:y"}) {
    const auto result = opener.Open(AsBytes("/registry/secrets/a/b"), AsBytes(value));
    EXPECT_TRUE(result.sealed) << value;
    EXPECT_NE(result.opening, Opening::kOpened) << value;
  }
}

TEST(Config, FindsTheRuleOfAResource) {
  const auto config = Config::Parse(R"(
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers: [{kms: {name: cloud, endpoint: "unix:///x"}}, {identity: {}}]
- resources: ["*.apps", "*."]
  providers: [{aescbc: {keys: [{name: a, secret: AAAAAAAAAAAAAAAAAAAAAA==}]}}]
- resources: ["*.*"]
  providers: [{identity: {}}]
)");
  ASSERT_TRUE(config) << config.error().Message();
  const auto first = [&](std::string_view resource) {
    const Rule* const rule = config->RuleFor(resource);
    return rule == nullptr ? "none" : ProviderName(rule->keyrings.front().provider);
  };
  EXPECT_EQ(first("secrets"), "kms");
  EXPECT_EQ(first("deployments.apps"), "aescbc");
  EXPECT_EQ(first("configmaps"), "aescbc");
  EXPECT_EQ(first("leases.coordination.k8s.io"), "identity");
  EXPECT_EQ(first("masterleases"), "none");
}

TEST(Config, RefusesWhatIsNone) {
  EXPECT_FALSE(Config::Parse(""));
  EXPECT_FALSE(Config::Parse("a: b"));
  for (const std::string resource :
       {"{resources: [a]}", "{providers: [{rot13: {}}]}", "{providers: [{aescbc: {keys: []}}]}",
        "{providers: [{aescbc: {keys: [{name: a, secret: AAAA}]}}]}"}) {
    const std::string text = "kind: EncryptionConfiguration\nresources: [" + resource + "]";
    EXPECT_FALSE(Config::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace etcdf::encryption
