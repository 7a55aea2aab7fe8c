#include "wire/reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/proto_writer.h"
#include "testing/seed.h"
#include "wire/varint_list.h"

namespace etcdf::wire {
namespace {

using std::string_literals::operator""s;
using testing::ProtoWriter;

struct Outcome {
  std::vector<Field> fields;
  bool ok = false;
  uint64_t offset = 0;
};

Outcome ReadAll(const std::string& bytes) {
  Outcome outcome;
  Reader reader(AsBytes(bytes));
  for (Field field; reader.Next(field);) outcome.fields.push_back(field);
  outcome.ok = reader.ok();
  outcome.offset = reader.offset();
  return outcome;
}

TEST(Reader, GivesEachFieldWithItsRawBytes) {
  const std::string number = ProtoWriter().Number(1, 300).bytes();
  const std::string text = ProtoWriter().Bytes(2, "abc").bytes();
  const std::string bytes = number + text;
  const Outcome outcome = ReadAll(bytes);
  ASSERT_TRUE(outcome.ok);
  ASSERT_EQ(outcome.fields.size(), 2u);
  EXPECT_EQ(outcome.fields[0].value, 300u);
  EXPECT_EQ(AsText(outcome.fields[0].raw), number);
  EXPECT_EQ(AsText(outcome.fields[1].bytes), "abc");
  EXPECT_EQ(AsText(outcome.fields[1].raw), text);
}

TEST(Reader, ReadsFixedNumbersLittleEndian) {
  const std::string bytes = "\x0d\x01\x02\x03\x04\x11\x01\x00\x00\x00\x00\x00\x00\x80"s;
  const Outcome outcome = ReadAll(bytes);
  ASSERT_TRUE(outcome.ok);
  ASSERT_EQ(outcome.fields.size(), 2u);
  EXPECT_EQ(outcome.fields[0].value, 0x04030201u);
  EXPECT_EQ(outcome.fields[1].value, 0x8000000000000001u);
}

TEST(Reader, AGroupIsOneFieldHoweverDeep) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += '\x0b';
  for (int i = 0; i < 100'000; ++i) bytes += '\x0c';
  const Outcome outcome = ReadAll(bytes);
  ASSERT_TRUE(outcome.ok);
  ASSERT_EQ(outcome.fields.size(), 1u);
  EXPECT_EQ(outcome.fields[0].raw.size(), bytes.size());
  EXPECT_FALSE(ReadAll(bytes.substr(1)).ok);
  EXPECT_FALSE(ReadAll(bytes.substr(0, bytes.size() - 1)).ok);
}

TEST(Reader, RefusesWhatGogosDecodersRefuse) {
  EXPECT_FALSE(ReadAll("\x00\x00"s).ok) << "field number 0";
  EXPECT_FALSE(ReadAll("\x0c"s).ok) << "end of a group that has not begun";
  EXPECT_FALSE(ReadAll("\x0e\x00"s).ok) << "wire type 6";
  EXPECT_FALSE(ReadAll("\x0f\x00"s).ok) << "wire type 7";
  EXPECT_FALSE(ReadAll("\x08"s).ok) << "no value";
  EXPECT_FALSE(ReadAll("\x08\x80"s).ok) << "half a value";
  EXPECT_FALSE(ReadAll("\x0a\x02z"s).ok) << "length beyond the end";
  EXPECT_FALSE(ReadAll("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s).ok) << "length 2^64-1";
  EXPECT_FALSE(ReadAll("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s).ok) << "11 bytes";
  EXPECT_FALSE(ReadAll("\xfb\xff\xff\xff\x7f\x01"s).ok) << "field number -1";
}

TEST(Reader, DropsTheBitsOfAVarintBeyond64) {
  const Outcome outcome = ReadAll("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s);
  ASSERT_TRUE(outcome.ok);
  EXPECT_EQ(outcome.fields.at(0).value, UINT64_MAX);
}

using ReaderOnRandomBytes = testing::SeededTest;

TEST_F(ReaderOnRandomBytes, FieldsLieOneBehindTheOtherAndWithinTheMessage) {
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = RandomBytes(Below(40));
    const Outcome outcome = ReadAll(bytes);
    std::string joined;
    for (const Field& field : outcome.fields) joined += AsText(field.raw);
    ASSERT_TRUE(bytes.starts_with(joined));
    ASSERT_EQ(outcome.ok, joined.size() == bytes.size());
    ASSERT_LE(outcome.offset, bytes.size());
    ASSERT_GE(outcome.offset, joined.size());
  }
}

TEST(VarintList, ReadsUpToItsEndOrItsFault) {
  const std::string list = "\x01\xac\x02\x80"s;
  VarintList values(AsBytes(list));
  uint64_t value = 0;
  EXPECT_TRUE(values.Next(value));
  EXPECT_EQ(value, 1u);
  EXPECT_TRUE(values.Next(value));
  EXPECT_EQ(value, 300u);
  EXPECT_FALSE(values.Next(value));
  EXPECT_FALSE(values.ok());
  VarintList sound(AsBytes(list).first(1));
  EXPECT_TRUE(sound.Next(value));
  EXPECT_FALSE(sound.Next(value));
  EXPECT_TRUE(sound.ok());
}

}  // namespace
}  // namespace etcdf::wire
