#include "states/point.h"

#include <gtest/gtest.h>

namespace etcdf::states {
namespace {

PlaceAndPoint Parsed(std::string_view text) {
  auto parsed = ParsePoint(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(PlaceAndPoint{});
}

TEST(Point, NoneIsTheNewestState) {
  EXPECT_EQ(Parsed("a.db").path, "a.db");
  EXPECT_EQ(Parsed("a.db").point, Point{});
  EXPECT_EQ(Parsed("a.db@newest").path, "a.db");
  EXPECT_EQ(Parsed("a.db@newest").point, Point{});
  EXPECT_EQ(Parsed("").path, "");
}

TEST(Point, EachKind) {
  EXPECT_EQ(Parsed("m1@rev=1200").point, (Point{.kind = PointKind::kRevision, .revision = 1200}));
  EXPECT_EQ(Parsed("m1@index=0").point, (Point{.kind = PointKind::kIndex, .index = 0}));
  EXPECT_EQ(Parsed("m1@oldest").point, (Point{.kind = PointKind::kOldest}));
  EXPECT_EQ(Parsed("m1@time=2026-11-28T10:00:00Z").point,
            (Point{.kind = PointKind::kTime, .time = "2026-11-28T10:00:00Z"}));
  EXPECT_EQ(Parsed("m1@rev=9223372036854775807").point.revision, INT64_MAX);
}

TEST(Point, APathMayHoldTheSign) {
  EXPECT_EQ(Parsed("me@home/db").path, "me@home/db");
  EXPECT_EQ(Parsed("me@home/db@rev=7").path, "me@home/db");
  EXPECT_EQ(Parsed("@rev=1/db@rev=7").path, "@rev=1/db");
  EXPECT_EQ(Parsed("db@rev=1@rev=7").path, "db@rev=1");
  EXPECT_EQ(Parsed("db@rev=7@monday").path, "db@rev=7@monday");
  EXPECT_EQ(Parsed("dir@rev=7/db").path, "dir@rev=7/db");
  EXPECT_EQ(Parsed("@").path, "@");
  EXPECT_EQ(Parsed("db@").path, "db@");
}

TEST(Point, WhatIsNoNumberIsRefused) {
  for (const char* text :
       {"db@rev=", "db@rev=0", "db@rev=-1", "db@rev=1x", "db@rev= 1", "db@rev=9223372036854775808",
        "db@index=", "db@index=x", "db@index=18446744073709551616", "@rev=1", "@oldest"}) {
    EXPECT_FALSE(ParsePoint(text)) << text;
  }
}

}  // namespace
}  // namespace etcdf::states
