#include "checksum/keyed_hash.h"

#include <bit>
#include <random>

#include "base/escape.h"
#include "checksum/sha256.h"

namespace etcdf {
namespace {

struct SipState {
  uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void Take(uint64_t word) {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }
};

}  // namespace

HashKey HashKey::Random() {
  std::random_device device;
  const auto word = [&] { return uint64_t{device()} << 32 | device(); };
  return {word(), word()};
}

HashKey HashKey::Of(Bytes secret) {
  const Sha256Digest digest = Sha256Of(secret);
  return {LoadLe64(digest.data()), LoadLe64(digest.data() + 8)};
}

uint64_t KeyedHash(const HashKey& key, Bytes bytes) {
  // "somepseudorandomlygeneratedbytes"
  SipState state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d,
                 key.low ^ 0x6c7967656e657261, key.high ^ 0x7465646279746573};
  const size_t words = bytes.size() / 8;
  for (size_t i = 0; i < words; ++i) state.Take(LoadLe64(bytes.data() + 8 * i));
  uint64_t last = uint64_t{bytes.size()} << 56;
  for (size_t i = 8 * words; i < bytes.size(); ++i) last |= uint64_t{bytes[i]} << (8 * (i % 8));
  state.Take(last);
  state.v2 ^= 0xff;
  for (int round = 0; round < 4; ++round) state.Round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

std::string KeyedHashText(const HashKey& key, Bytes bytes) {
  return FixedHex(KeyedHash(key, bytes), 16);
}

}  // namespace etcdf
