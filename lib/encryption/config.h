// The API server's EncryptionConfiguration: which resources are to be encrypted at rest, and with
// which keys (kubernetes, staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace etcdf::encryption {

enum class Provider : uint8_t { kIdentity, kAesCbc, kAesGcm, kSecretbox, kKms, kUnknown };

// "identity", "aescbc", "aesgcm", "secretbox", "kms", "unknown".
std::string_view ProviderName(Provider provider);

struct Key {
  std::string name;  // of kms: the plugin's
  std::vector<uint8_t> secret = {};
};

// One entry of `providers`.
struct Keyring {
  Provider provider = Provider::kIdentity;
  std::vector<Key> keys = {};
};

// One entry of `resources`: the first key of the first keyring writes, all of them read.
struct Rule {
  std::vector<std::string> resources;
  std::vector<Keyring> keyrings;
};

class Config {
 public:
  // The file's content, YAML or JSON. Errors: kMalformed: not that, of another kind, a provider
  // that there is none of, or a key of a length that its cipher does not take.
  static Result<Config> Parse(std::string_view text);

  const std::vector<Rule>& rules() const { return rules_; }
  // The rule of a resource as kubectl names it ("secrets", "crontabs.stable.example.com"). Null
  // where it is not to be encrypted. The leases of API servers never are.
  const Rule* RuleFor(std::string_view resource) const;
  // Whether any rule has the key, or the plugin, of that name.
  bool Has(Provider provider, std::string_view key_name) const;

 private:
  std::vector<Rule> rules_;
};

}  // namespace etcdf::encryption
