#include "checksum/sha256.h"

#include <gtest/gtest.h>

#include <string>

#include "base/escape.h"

namespace etcdf {
namespace {

std::string Hex(const Sha256Digest& digest) {
  std::string text;
  AppendHex(text, digest);
  return text;
}

// FIPS 180-4; the values are those of NIST's example document for SHA-256.
TEST(Sha256, GivesTheStandardsExamples) {
  EXPECT_EQ(Hex(Sha256Of({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256Of(AsBytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256Of(AsBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, IsTheSameInOnePieceAndInMany) {
  const std::string text(1'000'000, 'a');
  Sha256 sum;
  for (size_t at = 0; at < text.size(); at += 999) {
    sum.Update(AsBytes(std::string_view(text).substr(at, 999)));
  }
  const Sha256Digest digest = sum.Finish();
  EXPECT_EQ(Hex(digest), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(digest, Sha256Of(AsBytes(text)));
}

}  // namespace
}  // namespace etcdf
