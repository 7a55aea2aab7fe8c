#include "wire/writer.h"

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"

namespace etcdf::wire {
namespace {

// The examples of protobuf's encoding guide: field 1 holds 150; field 2 holds "testing"; field 3
// holds a message whose field 1 is 150.
TEST(Writer, WritesWhatTheEncodingGuideShows) {
  Writer inner;
  inner.Number(1, 150);
  const std::string number = inner.Take();
  EXPECT_EQ(number, "\x08\x96\x01");
  Writer message;
  message.Text(2, "testing");
  message.Element(3, number);
  EXPECT_EQ(message.Take(), "\x12\x07testing\x1a\x03\x08\x96\x01");
}

TEST(Writer, LeavesOutWhatIsZeroOrEmptyButNoElement) {
  Writer message;
  message.Number(1, 0);
  message.Text(2, "");
  message.Element(3, "");
  EXPECT_EQ(message.Take(), std::string("\x1a\x00", 2));
}

// A negative int64 takes ten bytes, a field above 15 a tag of two.
TEST(Writer, WritesTheLargestNumbersAndTags) {
  Writer message;
  message.Number(1000, UINT64_MAX);
  const std::string bytes = message.Take();
  EXPECT_EQ(bytes.size(), 12u);
  Reader reader(AsBytes(bytes));
  Field field;
  ASSERT_TRUE(reader.Next(field));
  EXPECT_EQ(field.number, 1000u);
  EXPECT_EQ(field.value, UINT64_MAX);
  EXPECT_FALSE(reader.Next(field));
  EXPECT_TRUE(reader.ok());
}

TEST(AppendBe64, PutsTheHighestByteFirst) {
  std::string bytes = "x";
  AppendBe64(bytes, 0x0102030405060708);
  EXPECT_EQ(bytes, "x\x01\x02\x03\x04\x05\x06\x07\x08");
}

}  // namespace
}  // namespace etcdf::wire
