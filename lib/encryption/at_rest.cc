#include "encryption/at_rest.h"

#include <algorithm>
#include <string>

#include "encryption/cipher.h"
#include "kubernetes/object.h"
#include "wire/reader.h"

namespace etcdf::encryption {
namespace {

constexpr std::string_view kMagic = "k8s:enc:";

// Takes the part up to the next colon off `rest`; nothing where there is none.
std::optional<std::string_view> TakePart(std::string_view& rest) {
  const size_t colon = rest.find(':');
  if (colon == rest.npos) return std::nullopt;
  const std::string_view part = rest.substr(0, colon);
  rest.remove_prefix(colon + 1);
  return part;
}

Provider ProviderByName(std::string_view name) {
  for (const Provider each :
       {Provider::kAesCbc, Provider::kAesGcm, Provider::kSecretbox, Provider::kKms}) {
    if (ProviderName(each) == name) return each;
  }
  return Provider::kUnknown;
}

// kmstypes.EncryptedObject: 2 is the id of the key.
std::optional<std::string_view> KmsKeyId(Bytes payload) {
  wire::Reader reader(payload);
  std::string_view key_id;
  for (wire::Field field; reader.Next(field);) {
    if (field.number > 5) return std::nullopt;
    if (field.number == 2 && field.type == wire::Type::kBytes) key_id = AsText(field.bytes);
  }
  if (!reader.ok() || key_id.empty()) return std::nullopt;
  return key_id;
}

// Whether the provider could have made these bytes.
bool Fits(Provider provider, std::string_view version, Bytes payload) {
  switch (provider) {
    case Provider::kAesCbc: return payload.size() >= 32 && payload.size() % 16 == 0;
    case Provider::kAesGcm: return payload.size() >= 28;
    case Provider::kSecretbox: return payload.size() >= 40;
    case Provider::kKms: return version != "v2" || KmsKeyId(payload).has_value();
    default: return true;
  }
}

// How long the name at the front of `rest` is, of those that the configuration has.
std::optional<size_t> KnownName(Provider provider, std::string_view rest, const Config* config) {
  std::optional<size_t> longest;
  if (config == nullptr) return longest;
  for (const Rule& rule : config->rules()) {
    for (const Keyring& keyring : rule.keyrings) {
      if (keyring.provider != provider) continue;
      for (const Key& key : keyring.keys) {
        const size_t length = key.name.size();
        const bool is_there = rest.starts_with(key.name) && rest.substr(length).starts_with(':');
        if (is_there && (!longest || *longest < length)) longest = length;
      }
    }
  }
  return longest;
}

// The longest name without control characters that leaves a payload that fits.
std::optional<size_t> LikelyName(Provider provider, std::string_view version,
                                 std::string_view rest) {
  std::optional<size_t> likely;
  for (size_t at = 0; at < rest.size() && at < 256; ++at) {
    const auto c = static_cast<uint8_t>(rest[at]);
    if (c < 0x20 || c >= 0x7f) break;
    if (c != ':') continue;
    if (!likely || Fits(provider, version, AsBytes(rest.substr(at + 1)))) likely = at;
  }
  return likely;
}

// Whether these are the first bytes of an object: all that tells a wrong key of AES-CBC.
bool IsObject(Bytes clear) {
  const std::string_view text = AsText(clear);
  if (kubernetes::MediaOf(clear) == kubernetes::Media::kOther) return false;
  if (!text.starts_with('{')) return true;
  const size_t next = text.find_first_not_of(" \t\r\n", 1);
  return next != text.npos && (text[next] == '"' || text[next] == '}');
}

}  // namespace

std::optional<Sealed> Recognise(Bytes value, const Config* config) {
  std::string_view rest = AsText(value);
  if (!rest.starts_with(kMagic)) return std::nullopt;
  rest.remove_prefix(kMagic.size());
  const auto provider = TakePart(rest);
  const auto version = provider ? TakePart(rest) : std::nullopt;
  if (!version) return Sealed{.provider_name = {}, .key_name = {}, .payload = AsBytes(rest)};
  Sealed sealed{.provider = ProviderByName(*provider),
                .provider_name = *provider,
                .key_name = {},
                .payload = AsBytes(rest)};
  auto length = KnownName(sealed.provider, rest, config);
  if (!length) length = LikelyName(sealed.provider, *version, rest);
  if (!length) return sealed;
  sealed.key_name = rest.substr(0, *length);
  sealed.payload = AsBytes(rest.substr(*length + 1));
  if (sealed.provider == Provider::kKms && *version == "v2") {
    sealed.key_id = KmsKeyId(sealed.payload).value_or("");
  }
  return sealed;
}

Opener::Result Opener::Open(Bytes key, Bytes value) {
  Result result{.value = value, .sealed = Recognise(value, config_)};
  if (!result.sealed) return result;
  result.value = {};
  const Sealed& sealed = *result.sealed;
  result.opening = Opening::kKms;
  if (sealed.provider == Provider::kKms) return result;
  result.opening = config_ == nullptr ? Opening::kNoConfig : Opening::kNoKey;
  if (config_ == nullptr || sealed.provider == Provider::kUnknown) return result;
  for (const Rule& rule : config_->rules()) {
    for (const Keyring& keyring : rule.keyrings) {
      if (keyring.provider != sealed.provider) continue;
      for (const Key& each : keyring.keys) {
        if (each.name != sealed.key_name) continue;
        result.opening = Opening::kWrongKey;
        if (!OpenWith(each, sealed, key)) continue;
        result.opening = Opening::kOpened;
        result.value = clear_;
        return result;
      }
    }
  }
  if (result.opening == Opening::kWrongKey) NameAnew(value, result);
  return result;
}

// A name of the configuration may be but the front of one that it does not have: `key` of
// `key:old`.
void Opener::NameAnew(Bytes value, Result& result) {
  const auto by_itself = Recognise(value, nullptr);
  if (!by_itself || by_itself->key_name.size() <= result.sealed->key_name.size()) return;
  result.sealed = by_itself;
  result.opening = Opening::kNoKey;
}

bool Opener::OpenWith(const Key& key, const Sealed& sealed, Bytes storage_key) {
  switch (sealed.provider) {
    case Provider::kAesCbc:
      return OpenAesCbc(key.secret, sealed.payload, clear_) && IsObject(clear_);
    case Provider::kAesGcm: return OpenAesGcm(key.secret, sealed.payload, storage_key, clear_);
    case Provider::kSecretbox: return OpenSecretbox(key.secret, sealed.payload, clear_);
    default: return false;
  }
}

}  // namespace etcdf::encryption
