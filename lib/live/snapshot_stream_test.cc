#include "live/snapshot_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/escape.h"

namespace etcdf::live {
namespace {

std::string Object(uint64_t remaining_bytes, Bytes piece) {
  std::string object =
      R"({"result":{"remaining_bytes":")" + std::to_string(remaining_bytes) + R"(","blob":")";
  AppendBase64(object, piece);
  return object + "\"}}\n";
}

// As the maintenance server sends a database: pieces, then the sum.
std::string StreamOf(std::string_view database, size_t piece_bytes) {
  std::string stream;
  for (size_t at = 0; at < database.size(); at += piece_bytes) {
    const std::string_view piece = database.substr(at, piece_bytes);
    stream += Object(database.size() - at - piece.size(), AsBytes(piece));
  }
  return stream + Object(0, Sha256Of(AsBytes(database)));
}

struct Pulled {
  std::string content;
  Result<uint64_t> size_bytes;
};

Pulled Pull(std::string_view stream_text, size_t step_bytes) {
  std::string content;
  SnapshotStream stream([&](Bytes piece) {
    content += AsText(piece);
    return Result<void>();
  });
  for (size_t at = 0; at < stream_text.size(); at += step_bytes) {
    if (auto fed = stream.Feed(stream_text.substr(at, step_bytes)); !fed) {
      return {content, Fail(std::move(fed).error())};
    }
  }
  return {content, stream.Finish()};
}

std::string Database(size_t size_bytes) {
  std::string database;
  for (size_t i = 0; i < size_bytes; ++i) database += static_cast<char>(i * i >> 3);
  return database;
}

std::string WhyNot(std::string_view stream_text) {
  const Pulled pulled = Pull(stream_text, stream_text.size() + 1);
  return pulled.size_bytes ? "it is whole" : pulled.size_bytes.error().Message();
}

TEST(SnapshotStream, GivesTheDatabaseAndItsSumHoweverItArrives) {
  for (const size_t size_bytes : {1U, 31U, 32U, 33U, 100U, 4096U}) {
    const std::string database = Database(size_bytes);
    const Sha256Digest sum = Sha256Of(AsBytes(database));
    for (const size_t piece_bytes : {1U, 7U, 32U, 40U, 4096U}) {
      if (size_bytes / piece_bytes > 200) continue;
      const std::string text = StreamOf(database, piece_bytes);
      for (const size_t step_bytes : {size_t{1}, size_t{100}, text.size()}) {
        const Pulled pulled = Pull(text, step_bytes);
        ASSERT_TRUE(pulled.size_bytes) << pulled.size_bytes.error().Message();
        ASSERT_EQ(*pulled.size_bytes, size_bytes);
        ASSERT_EQ(pulled.content, database + std::string(AsText(sum)));
      }
    }
  }
}

TEST(SnapshotStream, IsReadByItsContentNotItsLayout) {
  const Sha256Digest sum = Sha256Of(AsBytes("foobar"));
  std::string sum_text;
  AppendBase64(sum_text, sum);
  // grpc-gateway 2 puts blanks in, leaves zeros out or in, and 3.6 adds a version.
  const std::string text = R"( {"result": {"version":"3.6.0 } \" {", "blob":"Zm9v",)"
                           R"( "remaining_bytes":3}}{"result":{"blob":"YmFy"}})"
                           "\r\n"
                           R"({"result":{"remaining_bytes":"0","blob":")" +
                           sum_text + "\"}}  ";
  const Pulled pulled = Pull(text, 3);
  ASSERT_TRUE(pulled.size_bytes) << pulled.size_bytes.error().Message();
  EXPECT_EQ(*pulled.size_bytes, 6u);
}

TEST(SnapshotStream, EndsEarlyNowhereUnnoticed) {
  const std::string text = StreamOf(Database(200), 64);
  // The last byte is a newline, which nobody needs.
  for (size_t size = 0; size + 1 < text.size(); ++size) {
    ASSERT_EQ(WhyNot(text.substr(0, size)), "the snapshot ends before it is whole") << size;
  }
}

TEST(SnapshotStream, AChangedByteIsNoticed) {
  const std::string database = Database(200);
  std::string changed = database;
  changed[100] ^= 1;
  std::string text;
  text += Object(0, AsBytes(changed));
  text += Object(0, Sha256Of(AsBytes(database)));
  EXPECT_EQ(WhyNot(text), "the snapshot does not match its SHA-256");
}

TEST(SnapshotStream, TheMembersOwnWordsAreKeptWhenItBreaksOff) {
  const std::string text = Object(100, AsBytes("foo")) +
                           R"({"error":{"grpc_code":13,"http_code":500,)"
                           R"("message":"read db: input/output error"}})";
  EXPECT_EQ(WhyNot(text), "read db: input/output error: the member breaks the snapshot off");
}

TEST(SnapshotStream, AServerThatNeverEndsIsCutOff) {
  EXPECT_EQ(WhyNot(Object(8, AsBytes("foo")) + Object(8, Bytes())),
            "a piece of the snapshot is empty: the member has no more");
  std::string longer = Object(2, AsBytes("foo"));
  for (int i = 0; i < 20; ++i) longer += Object(2, AsBytes("foo"));
  EXPECT_EQ(WhyNot(longer), "the snapshot is longer than announced");
  EXPECT_EQ(WhyNot(Object(UINT64_MAX, AsBytes("foo"))),
            "the snapshot announced is too large to be true");
  EXPECT_EQ(WhyNot(R"({"result":{"blob":")" + std::string(ObjectSplitter::kMaxObjectBytes, 'A')),
            "an object of the answer is too long");
}

TEST(SnapshotStream, ALongObjectInSmallPiecesIsCutOffToo) {
  const std::string piece(1000, 'A');
  ObjectSplitter splitter;
  const auto take = [](std::string_view) { return Result<void>(); };
  ASSERT_TRUE(splitter.Feed("{\"a\":\"", take));
  size_t fed_bytes = 6;
  while (splitter.Feed(piece, take)) {
    fed_bytes += piece.size();
    ASSERT_LE(fed_bytes, ObjectSplitter::kMaxObjectBytes);
  }
}

TEST(SnapshotStream, WhatIsNoSuchStreamIsRefused) {
  EXPECT_EQ(WhyNot("<html>"), "the answer is no stream of JSON objects");
  EXPECT_EQ(WhyNot("[]"), "the answer is no stream of JSON objects");
  EXPECT_EQ(WhyNot("{]}"), "not JSON");
  for (const char* object :
       {"{}", R"({"result":{}})", R"({"result":{"blob":7}})", R"({"result":{"blob":"Zm9"}})",
        R"({"result":"Zm9v"})", R"({"result":{"remaining_bytes":-1,"blob":"Zm9v"}})"}) {
    EXPECT_EQ(WhyNot(object), "an object of the answer is no piece of a snapshot") << object;
  }
}

TEST(SnapshotStream, AWriterThatFailsEndsIt) {
  SnapshotStream stream(
      [](Bytes) -> Result<void> { return Fail({.code = ErrorCode::kIo, .what = "no space"}); });
  const auto fed = stream.Feed(StreamOf("foobar", 3));
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().Message(), "no space");
}

}  // namespace
}  // namespace etcdf::live
