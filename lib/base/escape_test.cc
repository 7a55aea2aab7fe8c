#include "base/escape.h"

#include <gtest/gtest.h>

namespace etcdf {
namespace {

using namespace std::string_view_literals;

std::string Go(std::string_view text) {
  std::string out;
  AppendGoQuoted(out, AsBytes(text));
  return out;
}

std::string Octal(std::string_view text) {
  std::string out;
  AppendQuoted(out, AsBytes(text));
  return out;
}

TEST(Escape, OctalNamesFiveCharactersAndNumbersTheRest) {
  EXPECT_EQ(Octal("a\n\r\t\"\\\x1b\x7f\0é"sv), R"("a\n\r\t\"\\\033\177\000\303\251")");
}

// Expected values: Go's strconv.Quote, by its documentation and the Unicode categories.
TEST(Escape, GoQuotingKeepsWhatPrints) {
  EXPECT_EQ(Go("ключ 日本 😀"), "\"ключ 日本 😀\"");
  EXPECT_EQ(Go("\a\b\f\n\r\t\v\x01\x7f"), R"("\a\b\f\n\r\t\v\x01\x7f")");
  EXPECT_EQ(Go("\u2028\u00a0\ufeff\U000e0001"), R"("\u2028\u00a0\ufeff\U000e0001")");
  EXPECT_EQ(Go("\u00ad"), R"("\u00ad")");  // soft hyphen: a format character
}

TEST(Escape, GoQuotingShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(Go("a\xff\xc3("), R"("a\xff\xc3(")");
  EXPECT_EQ(Go("\xed\xa0\x80"), R"("\xed\xa0\x80")");  // a surrogate
}

TEST(Escape, Base64HasTheVectorsOfRfc4648) {
  const auto encode = [](std::string_view text) {
    std::string out;
    AppendBase64(out, AsBytes(text));
    return out;
  };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("foob"), "Zm9vYg==");
  EXPECT_EQ(encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode("\xfb\xff"), "+/8=");
}

TEST(Escape, Base64IsReadBackByteForByte) {
  std::string bytes, text;
  std::vector<uint8_t> decoded;
  for (int byte = 0; byte <= 300; ++byte) {
    text.clear();
    AppendBase64(text, AsBytes(bytes));
    ASSERT_TRUE(DecodeBase64(text, decoded)) << text;
    ASSERT_EQ(AsText(decoded), bytes);
    bytes += static_cast<char>(byte * 7);
  }
}

TEST(Escape, WhatIsNotExactlyBase64IsRefused) {
  std::vector<uint8_t> decoded;
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zm9", "Zg==Zg==", "====", "Z===", "=Zg=",
                                      "Zm9v\n", "Zm 9", "Zm-_", "Zh==", "Zm9=", "Zm9\xff"}) {
    EXPECT_FALSE(DecodeBase64(text, decoded)) << text;
  }
}

TEST(Escape, IdsAreHexWithoutLeadingZeros) {
  EXPECT_EQ(HexId(0), "0");
  EXPECT_EQ(HexId(0x62dd0f130562c4e), "62dd0f130562c4e");
  EXPECT_EQ(HexId(UINT64_MAX), "ffffffffffffffff");
}

TEST(FixedHex, HasAsManyDigitsAsAskedFor) {
  EXPECT_EQ(FixedHex(0, 4), "0000");
  EXPECT_EQ(FixedHex(0xabc, 8), "00000abc");
  EXPECT_EQ(FixedHex(UINT64_MAX, 16), "ffffffffffffffff");
  EXPECT_EQ(FixedHex(0x12345, 4), "2345");
}

TEST(Escape, Utf8IsWhatRfc3629Allows) {
  for (const auto good : {""sv, "plain"sv, "\0"sv, "é日😀"sv, "\xf4\x8f\xbf\xbf"sv}) {
    EXPECT_TRUE(IsUtf8(AsBytes(good))) << good;
  }
  for (const auto bad : {"\x80"sv, "\xc0\x80"sv, "\xc3"sv, "\xed\xa0\x80"sv, "\xf4\x90\x80\x80"sv,
                         "\xff"sv, "ok\xe2\x82"sv}) {
    EXPECT_FALSE(IsUtf8(AsBytes(bad)));
  }
}

TEST(Escape, PrintableTextCannotSteerATerminalOrForgeALine) {
  EXPECT_EQ(Printable("ключ/a b\\\""), "ключ/a b\\\"");
  EXPECT_EQ(Printable("a\x1b[31m\nb\r\x7f"), "a\\033[31m\\012b\\015\\177");
  EXPECT_EQ(Printable("\u009b\u202e\xff"), "\\302\\233\\342\\200\\256\\377");
}

TEST(Escape, PrintableKeysNeverLookAlike) {
  EXPECT_EQ(PrintableKey("a\tb"), "a\\011b");
  EXPECT_EQ(PrintableKey("a\\011b"), "a\\\\011b");
  EXPECT_EQ(PrintableKey("ключ/a \"b\""), "ключ/a \"b\"");
}

TEST(Bytes, FirstNonZeroFindsItWhereverItStands) {
  std::vector<uint8_t> zeros(10'000, 0);
  EXPECT_EQ(FirstNonZero(zeros), zeros.size());
  for (const size_t at : {0U, 1U, 4095U, 4096U, 4097U, 8191U, 9999U}) {
    zeros[at] = 1;
    EXPECT_EQ(FirstNonZero(zeros), at);
    zeros[at] = 0;
  }
  EXPECT_EQ(FirstNonZero({}), 0u);
}

// Each byte at each place of two words: found where it does not stand for itself.
TEST(EscapeTest, PlainLengthEndsAtTheFirstOddByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
    for (size_t at = 0; at < 16; ++at) {
      std::string text(16, '!');  // next to a quote: a borrow between bytes would show
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(PlainLength(AsBytes(text)), is_plain ? 16 : at) << byte << " at " << at;
    }
  }
  EXPECT_EQ(PlainLength(AsBytes("1234567")), 0U);
  EXPECT_EQ(PlainLength(AsBytes("12345678\n")), 8U);
}

}  // namespace
}  // namespace etcdf
