#include "mvcc/key_notes.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::mvcc {
namespace {

TEST(KeyNotesTest, KeepsTheNoteOfEachKeyWhileItGrows) {
  KeyNotes<uint64_t> notes;
  constexpr uint64_t kKeys = 50'000;
  for (uint64_t i = 0; i < kKeys; ++i) {
    const std::string key = "key" + std::to_string(i);
    uint64_t* const note = notes.Of(AsBytes(key));
    ASSERT_NE(note, nullptr);
    EXPECT_EQ(*note, 0U);
    *note = i + 1;
  }
  for (uint64_t i = 0; i < kKeys; ++i) {
    const std::string key = "key" + std::to_string(i);
    EXPECT_EQ(*notes.Of(AsBytes(key)), i + 1);
  }
}

TEST(KeyNotesTest, HoldsNoMoreThanItMay) {
  KeyNotes<uint64_t> notes(4);
  size_t held = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "key" + std::to_string(i);
    if (notes.Of(AsBytes(key)) != nullptr) ++held;
  }
  EXPECT_EQ(held, 16U);
}

}  // namespace
}  // namespace etcdf::mvcc
