#include "checksum/fingerprint.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace etcdf {
namespace {

// The value is that of `printf '' | xxhsum -H3`.
TEST(Fingerprint, IsXxh3) { EXPECT_EQ(FingerprintText({}), "2d06800538d394c2"); }

TEST(WideFingerprint, SumsCarryAndWrap) {
  WideFingerprint sum{.low = UINT64_MAX, .high = 7};
  sum += {.low = 1, .high = 1};
  EXPECT_EQ(sum, (WideFingerprint{.low = 0, .high = 9}));
  sum += {.low = UINT64_MAX, .high = UINT64_MAX};
  EXPECT_EQ(sum, (WideFingerprint{.low = UINT64_MAX, .high = 8}));
}

TEST(WideFingerprint, TellsKeysContentsAndTheirBorderApart) {
  std::set<std::pair<uint64_t, uint64_t>> seen;
  size_t things = 0;
  for (const auto& [key, content] : {std::pair<std::string, std::string>{"", ""},
                                     {"a", ""},
                                     {"", "a"},
                                     {"ab", "c"},
                                     {"a", "bc"},
                                     {"abc", ""},
                                     {"a", std::string(1, '\0')},
                                     {"a", std::string(2, '\0')},
                                     {"a", std::string(1000, 'x')},
                                     {"b", std::string(1000, 'x')}}) {
    const WideFingerprint fingerprint = FingerprintOf(AsBytes(key), AsBytes(content));
    seen.emplace(fingerprint.low, fingerprint.high);
    ++things;
  }
  EXPECT_EQ(seen.size(), things);
}

}  // namespace
}  // namespace etcdf
