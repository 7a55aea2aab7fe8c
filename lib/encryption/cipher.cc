#include "encryption/cipher.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <limits>
#include <memory>

namespace etcdf::encryption {
namespace {

constexpr size_t kBlock = 16;
constexpr size_t kGcmNonce = 12;
constexpr size_t kGcmTag = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

Context NewContext() { return {EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free}; }

// OpenSSL counts in int.
bool IsCountable(Bytes bytes) {
  return bytes.size() <= static_cast<size_t>(std::numeric_limits<int>::max()) - kBlock;
}

int Length(Bytes bytes) { return static_cast<int>(bytes.size()); }

const EVP_CIPHER* Cbc(size_t secret_bytes) {
  switch (secret_bytes) {
    case 16: return EVP_aes_128_cbc();
    case 24: return EVP_aes_192_cbc();
    default: return EVP_aes_256_cbc();
  }
}

const EVP_CIPHER* Gcm(size_t secret_bytes) {
  switch (secret_bytes) {
    case 16: return EVP_aes_128_gcm();
    case 24: return EVP_aes_192_gcm();
    default: return EVP_aes_256_gcm();
  }
}

}  // namespace

bool OpenAesCbc(Bytes secret, Bytes sealed, std::vector<uint8_t>& clear) {
  if (sealed.size() < 2 * kBlock || sealed.size() % kBlock != 0 || !IsCountable(sealed)) {
    return false;
  }
  const Context context = NewContext();
  const Bytes body = sealed.subspan(kBlock);
  clear.resize(body.size() + kBlock);
  int written = 0;
  int last = 0;
  const bool ok =
      context != nullptr &&
      EVP_DecryptInit_ex(context.get(), Cbc(secret.size()), nullptr, secret.data(),
                         sealed.data()) == 1 &&
      EVP_DecryptUpdate(context.get(), clear.data(), &written, body.data(), Length(body)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), clear.data() + written, &last) == 1;
  clear.resize(ok ? static_cast<size_t>(written + last) : 0);
  return ok;
}

bool OpenAesGcm(Bytes secret, Bytes sealed, Bytes associated, std::vector<uint8_t>& clear) {
  if (sealed.size() < kGcmNonce + kGcmTag || !IsCountable(sealed) || !IsCountable(associated)) {
    return false;
  }
  const Bytes body = sealed.subspan(kGcmNonce, sealed.size() - kGcmNonce - kGcmTag);
  std::vector<uint8_t> tag(sealed.end() - kGcmTag, sealed.end());
  const Context context = NewContext();
  clear.resize(body.size() + kBlock);
  int written = 0;
  int last = 0;
  const bool ok =
      context != nullptr &&
      EVP_DecryptInit_ex(context.get(), Gcm(secret.size()), nullptr, secret.data(),
                         sealed.data()) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &written, associated.data(), Length(associated)) ==
          1 &&
      EVP_DecryptUpdate(context.get(), clear.data(), &written, body.data(), Length(body)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kGcmTag, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), clear.data() + written, &last) == 1;
  clear.resize(ok ? static_cast<size_t>(written + last) : 0);
  return ok;
}

bool OpenSecretbox(Bytes secret, Bytes sealed, std::vector<uint8_t>& clear) {
  constexpr size_t kNonce = crypto_secretbox_xsalsa20poly1305_NONCEBYTES;
  if (sealed.size() < kNonce + crypto_secretbox_MACBYTES || sodium_init() < 0) return false;
  const Bytes box = sealed.subspan(kNonce);
  clear.resize(box.size() - crypto_secretbox_MACBYTES);
  const bool ok = crypto_secretbox_open_easy(clear.data(), box.data(), box.size(), sealed.data(),
                                             secret.data()) == 0;
  if (!ok) clear.clear();
  return ok;
}

}  // namespace etcdf::encryption
