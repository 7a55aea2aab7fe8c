#include "kubernetes/texts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace etcdf::kubernetes {
namespace {

std::string Time(int64_t seconds) {
  std::string out;
  AppendTime(out, seconds);
  return out;
}

std::string Duration(int64_t nanoseconds) {
  std::string out;
  AppendDuration(out, nanoseconds);
  return out;
}

std::string Float(double value) {
  std::string out;
  return AppendFloat(out, value) ? out : "none";
}

TEST(Texts, TimesAreRfc3339) {
  EXPECT_EQ(Time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(Time(1796022000), "2026-11-30T07:00:00Z");
  EXPECT_EQ(Time(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(Time(951782400), "2000-02-29T00:00:00Z");
  EXPECT_EQ(Time(-62135596800), "0001-01-01T00:00:00Z");
  EXPECT_EQ(Time(253402300800), "10000-01-01T00:00:00Z");
  EXPECT_EQ(Time(std::numeric_limits<int64_t>::max()), "292277026596-12-04T15:30:07Z");
  EXPECT_EQ(Time(std::numeric_limits<int64_t>::min()), "-292277022657-01-27T08:29:52Z");
  std::string micro;
  AppendMicroTime(micro, 1796022000, 123456789);
  EXPECT_EQ(micro, "2026-11-30T07:00:00.123456Z");
}

TEST(Texts, TimesAreReadBack) {
  for (const int64_t seconds : {int64_t{0}, int64_t{1796022000}, int64_t{-1}, int64_t{951782400}}) {
    EXPECT_EQ(ParseTime(Time(seconds)), seconds);
  }
  EXPECT_EQ(ParseTime("2026-11-30T07:00:00.123456Z"), 1796022000);
  EXPECT_EQ(ParseTime("2026-11-30T09:00:00+02:00"), 1796022000);
  for (const std::string_view text :
       {"", "2026", "2026-13-30T07:00:00Z", "2026-11-30T07:00:00", "2026-11-30 07:00:00Z",
        "2026-11-30T07:00:00+2", "-026-11-30T07:00:00Z"}) {
    EXPECT_FALSE(ParseTime(text)) << text;
  }
}

TEST(Texts, DurationsAreGos) {
  EXPECT_EQ(Duration(0), "0s");
  EXPECT_EQ(Duration(3'723'000'000'000), "1h2m3s");
  EXPECT_EQ(Duration(3'600'000'000'000), "1h0m0s");
  EXPECT_EQ(Duration(1'500'000'000), "1.5s");
  EXPECT_EQ(Duration(300'000'000), "300ms");
  EXPECT_EQ(Duration(1'100), "1.1µs");
  EXPECT_EQ(Duration(7), "7ns");
  EXPECT_EQ(Duration(-60'000'000'000), "-1m0s");
  EXPECT_EQ(Duration(std::numeric_limits<int64_t>::min()), "-2562047h47m16.854775808s");
}

TEST(Texts, FloatsAreGos) {
  EXPECT_EQ(Float(1), "1");
  EXPECT_EQ(Float(0.1), "0.1");
  EXPECT_EQ(Float(-2.5), "-2.5");
  EXPECT_EQ(Float(1e-7), "1e-7");
  EXPECT_EQ(Float(1e-6), "0.000001");
  EXPECT_EQ(Float(1e20), "100000000000000000000");
  EXPECT_EQ(Float(1e21), "1e+21");
  EXPECT_EQ(Float(1e100), "1e+100");
  EXPECT_EQ(Float(NAN), "none");
  EXPECT_EQ(Float(INFINITY), "none");
}

}  // namespace
}  // namespace etcdf::kubernetes
