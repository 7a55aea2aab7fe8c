// The ciphers of the API server's providers, as far as reading goes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace etcdf::encryption {

// Each replaces `clear` and tells whether the bytes are what the key made. `secret` has a length
// that the cipher takes; `sealed` may be of any.

// IV of 16 bytes, AES in CBC mode, padded (PKCS 7). The padding is all that tells a wrong key: one
// in 256 passes.
bool OpenAesCbc(Bytes secret, Bytes sealed, std::vector<uint8_t>& clear);
// Nonce of 12 bytes, AES in Galois mode, tag of 16. `associated`: what the tag covers besides.
bool OpenAesGcm(Bytes secret, Bytes sealed, Bytes associated, std::vector<uint8_t>& clear);
// Nonce of 24 bytes, then XSalsa20-Poly1305 as NaCl's secretbox.
bool OpenSecretbox(Bytes secret, Bytes sealed, std::vector<uint8_t>& clear);

}  // namespace etcdf::encryption
