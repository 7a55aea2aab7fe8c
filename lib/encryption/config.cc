#include "encryption/config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/escape.h"
#include "json/json.h"
#include "yaml/yaml.h"

namespace etcdf::encryption {
namespace {

using json::Value;
using std::string_view_literals::operator""sv;

constexpr std::array kProviders = {
    std::pair("identity"sv, Provider::kIdentity), std::pair("aescbc"sv, Provider::kAesCbc),
    std::pair("aesgcm"sv, Provider::kAesGcm), std::pair("secretbox"sv, Provider::kSecretbox),
    std::pair("kms"sv, Provider::kKms)};

tl::unexpected<Error> Malformed(const char* what, std::string_view subject = {}) {
  return Fail({.code = ErrorCode::kMalformed, .what = what, .subject = std::string(subject)});
}

bool FitsCipher(Provider provider, size_t bytes) {
  if (provider == Provider::kSecretbox) return bytes == 32;
  return bytes == 16 || bytes == 24 || bytes == 32;
}

Result<Keyring> ReadKeyring(const Value& entry) {
  if (entry.items().size() != 1) return Malformed("a provider is expected, by its name");
  const Value& settings = entry.items().front();
  const auto* const known = std::ranges::find(kProviders, std::string_view(settings.name()),
                                              &std::pair<std::string_view, Provider>::first);
  if (known == kProviders.end()) return Malformed("no such provider", settings.name());
  Keyring keyring{.provider = known->second};
  if (keyring.provider == Provider::kIdentity) return keyring;
  if (keyring.provider == Provider::kKms) {
    keyring.keys.push_back({.name = std::string(settings["name"].Text().value_or(""))});
    return keyring;
  }
  for (const Value& item : settings["keys"].items()) {
    Key key{.name = std::string(item["name"].Text().value_or(""))};
    if (!DecodeBase64(item["secret"].Text().value_or(""), key.secret) ||
        !FitsCipher(keyring.provider, key.secret.size())) {
      return Malformed("the secret is not base64 of as many bytes as the cipher takes", key.name);
    }
    keyring.keys.push_back(std::move(key));
  }
  if (keyring.keys.empty()) return Malformed("a provider without keys", settings.name());
  return keyring;
}

// "*.*", "*.apps", "*." for the core group, or a name.
bool Matches(std::string_view pattern, std::string_view resource) {
  if (pattern == "*.*") return true;
  if (!pattern.starts_with("*.")) return pattern == resource;
  const size_t dot = resource.find('.');
  const std::string_view group = dot == resource.npos ? "" : resource.substr(dot + 1);
  return pattern.substr(2) == group;
}

}  // namespace

std::string_view ProviderName(Provider provider) {
  for (const auto& [name, each] : kProviders) {
    if (each == provider) return name;
  }
  return "unknown";
}

Result<Config> Config::Parse(std::string_view text) {
  const auto tree = yaml::Parse(text);
  if (!tree) return Fail(tree.error());
  const auto kind = (*tree)["kind"].Text().value_or("");
  if (kind != "EncryptionConfiguration" && kind != "EncryptionConfig") {
    return Malformed("not an EncryptionConfiguration");
  }
  Config config;
  for (const Value& item : (*tree)["resources"].items()) {
    Rule rule;
    for (const Value& resource : item["resources"].items()) {
      rule.resources.emplace_back(resource.Text().value_or(""));
    }
    for (const Value& entry : item["providers"].items()) {
      auto keyring = ReadKeyring(entry);
      if (!keyring) return Fail(keyring.error());
      rule.keyrings.push_back(*std::move(keyring));
    }
    if (rule.keyrings.empty()) return Malformed("resources without a provider");
    config.rules_.push_back(std::move(rule));
  }
  return config;
}

const Rule* Config::RuleFor(std::string_view resource) const {
  if (resource == "masterleases" || resource == "peerserverleases") return nullptr;
  const auto rule = std::ranges::find_if(rules_, [&](const Rule& each) {
    return std::ranges::any_of(
        each.resources, [&](const std::string& pattern) { return Matches(pattern, resource); });
  });
  return rule == rules_.end() ? nullptr : &*rule;
}

bool Config::Has(Provider provider, std::string_view key_name) const {
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    return std::ranges::any_of(rule.keyrings, [&](const Keyring& keyring) {
      return keyring.provider == provider &&
             std::ranges::find(keyring.keys, key_name, &Key::name) != keyring.keys.end();
    });
  });
}

}  // namespace etcdf::encryption
