// Values that the API server encrypted: what they are known by without any key, and what is in them
// (kubernetes, staging/src/k8s.io/apiserver/pkg/storage/value/encrypt).
//
//   k8s:enc:PROVIDER:VERSION:KEY NAME:  and then what the provider makes of the value
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "encryption/config.h"

namespace etcdf::encryption {

struct Sealed {
  Provider provider = Provider::kUnknown;
  std::string_view provider_name;  // as it stands there
  std::string_view key_name;       // of kms: the plugin's
  std::string_view key_id = {};    // of kms v2: the key that wraps the others
  Bytes payload;
};

// Nothing where the value is not encrypted. A name may hold colons, and nothing says where it ends:
// it is the longest that the configuration knows, else the longest that fits what comes after.
std::optional<Sealed> Recognise(Bytes value, const Config* config);

enum class Opening : uint8_t {
  kClear,  // was not encrypted
  kOpened,
  kNoConfig,  // there is no configuration
  kNoKey,     // it has no key of that name, or the provider is unknown
  kWrongKey,  // it has, and that does not open the value
  kKms,       // the key is with a key management service
};

// Opens one value after the other; what it gives is good until the next.
class Opener {
 public:
  // Null, or must outlive the opener.
  explicit Opener(const Config* config) : config_(config) {}

  struct Result {
    Opening opening = Opening::kClear;
    Bytes value = {};  // where it is clear or opened
    std::optional<Sealed> sealed = {};
  };
  // `key`: under which the value is stored.
  Result Open(Bytes key, Bytes value);

 private:
  static void NameAnew(Bytes value, Result& result);
  bool OpenWith(const Key& key, const Sealed& sealed, Bytes storage_key);

  const Config* config_;
  std::vector<uint8_t> clear_;
};

}  // namespace etcdf::encryption
