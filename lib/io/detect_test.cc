#include "io/detect.h"

#include <gtest/gtest.h>

namespace etcdf::io {
namespace {

using namespace std::string_view_literals;

TEST(Detect, KnowsEachKindByItsFirstBytes) {
  EXPECT_EQ(Detect({}), FileKind::kEmpty);
  EXPECT_EQ(Detect(AsBytes("\x04\0\0\0\0\0\0\x84\x08\x04\x10\0\0\0\0\0"sv)), FileKind::kWalSegment);
  // A crc of five bytes, as any later segment has it.
  EXPECT_EQ(Detect(AsBytes("\x08\0\0\0\0\0\0\0\x08\x04\x10\xff\xff\xff\xff\x0f"sv)),
            FileKind::kWalSegment);
  EXPECT_EQ(Detect(AsBytes("\x08\x05\x12\x02xx"sv)), FileKind::kSnap);
  EXPECT_EQ(Detect(AsBytes("\x08\x05\x12\x03xx"sv)),
            FileKind::kUnknown);  // too short for its length
  EXPECT_EQ(Detect(AsBytes("hello"sv)), FileKind::kUnknown);
}

TEST(Detect, FindsABoltMetaOnEitherPage) {
  std::vector<uint8_t> file(16384);
  const auto write_magic = [&](size_t page) {
    const uint8_t magic[] = {0xed, 0xda, 0x0c, 0xed};  // 0xED0CDAED, little-endian
    std::copy(std::begin(magic), std::end(magic), file.begin() + static_cast<long>(page) + 16);
  };
  write_magic(4096);
  EXPECT_EQ(Detect(file), FileKind::kBolt);
  write_magic(0);
  EXPECT_EQ(Detect(file), FileKind::kBolt);
}

TEST(Detect, FindsAnLmdbMetaOnEitherPage) {
  for (const size_t page : {0U, 512U, 4096U, 65536U}) {
    std::vector<uint8_t> file(size_t{2} * 65536);
    const uint8_t magic[] = {0xde, 0xc0, 0xef, 0xbe};  // 0xBEEFC0DE, little-endian
    std::copy(std::begin(magic), std::end(magic), file.begin() + static_cast<long>(page) + 16);
    EXPECT_EQ(Detect(file), FileKind::kLmdb) << page;
  }
}

}  // namespace
}  // namespace etcdf::io
