#include "digest/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "checksum/sha256.h"

namespace etcdf::digest {
namespace {

WideFingerprint Sum(uint64_t number) { return {.low = number * 3, .high = ~number}; }

// A member of few revisions, with something in every field.
Digest SmallDigest() {
  Digest digest;
  digest.facts = {.name = "m1",
                  .node_id = 0x8e3943c95e0420af,
                  .size_bytes = 212'992,
                  .revision = 40,
                  .compact_revision = 7,
                  .hash = 4'294'967'295,
                  .commit = 0,
                  .is_damaged = true};
  digest.database.history = RangeSums({.after = 7, .until = 40});
  for (uint64_t revision = 8; revision <= 40; ++revision) {
    digest.database.history.Add(revision, Sum(revision));
  }
  digest.database.compacted_state = Sum(7);
  digest.database.buckets = {{.name = "auth", .rows = 2, .sum = Sum(100)},
                             {.name = "lease", .rows = UINT64_MAX, .sum = Sum(101)}};
  digest.log = RangeSums({.after = 2, .until = 5});
  digest.log.Add(4, Sum(4));
  return digest;
}

// What stands before the checksum, with the right one behind it, as damage never would.
std::vector<uint8_t> Signed(Bytes content) {
  std::vector<uint8_t> file(content.begin(), content.end());
  const Sha256Digest checksum = Sha256Of(content);
  file.insert(file.end(), checksum.begin(), checksum.end());
  return file;
}

std::string MessageOf(Bytes file) {
  const auto digest = Decode(file);
  return digest ? "no error" : digest.error().Message();
}

constexpr const char* kDamaged = "a digest that is damaged or cut short: make it again";

TEST(Digest, ReadsBackWhatItWrote) {
  const Digest digest = SmallDigest();
  const auto file = Encode(digest);
  EXPECT_TRUE(LooksLikeDigest(file));
  const auto read = Decode(file);
  ASSERT_TRUE(read) << read.error().Message();
  EXPECT_EQ(read->facts, digest.facts);
  EXPECT_FALSE(read->facts.term);
  EXPECT_EQ(read->facts.commit, 0u);
  EXPECT_EQ(read->database.history.span(), digest.database.history.span());
  EXPECT_EQ(read->database.compacted_state, digest.database.compacted_state);
  EXPECT_EQ(read->database.buckets, digest.database.buckets);
  const Comparison history = Compare(read->database.history, digest.database.history);
  EXPECT_EQ(history.compared, (Span{7, 40}));
  EXPECT_TRUE(history.differing.empty());
  const Comparison log = Compare(read->log, digest.log);
  EXPECT_EQ(log.compared, (Span{2, 5}));
  EXPECT_TRUE(log.differing.empty());
  EXPECT_EQ(Encode(*read), file);
}

// The layout that docs/digest.md promises, by hand.
TEST(Digest, HasTheLayoutThatIsDocumented) {
  Digest digest;
  digest.facts = {.name = "ab", .cluster_id = 0x0102};
  digest.database.history = RangeSums({.after = 4, .until = 5});
  digest.database.history.Add(5, {.low = 1, .high = 2});
  const auto number = [](uint8_t value) {
    std::string text(8, '\0');
    text[0] = static_cast<char>(value);
    return text;
  };
  std::string expected = std::string(
                             "\x89"
                             "ETCDFD\n") +
                         number(1);
  expected +=
      "\x02"
      "ab" +
      number(2) + number(0);
  expected += std::string("\x02\x01\0\0\0\0\0\0", 8);
  for (int i = 2; i < 15; ++i) expected += number(0);
  expected += number(4) + number(5) + number(1) + number(2);  // history
  expected += number(0) + number(0);                          // compacted state
  expected += number(0);                                      // buckets
  expected += number(0) + number(0);                          // log
  const auto file = Encode(digest);
  ASSERT_EQ(file.size(), expected.size() + 32);
  EXPECT_EQ(AsText(Bytes(file).first(expected.size())), expected);
  EXPECT_TRUE(Equal(Bytes(file).last(32), Sha256Of(AsBytes(expected))));
}

TEST(Digest, EveryByteThatIsFlippedIsNoticed) {
  auto file = Encode(SmallDigest());
  for (size_t at = 0; at < file.size(); ++at) {
    file[at] ^= 0x10;
    ASSERT_EQ(MessageOf(file), at < 8 ? "is not a digest of hashcheck" : kDamaged) << at;
    file[at] ^= 0x10;
  }
}

TEST(Digest, ACutIsNoticedWhereverItIs) {
  const auto file = Encode(SmallDigest());
  for (size_t size = 0; size < file.size(); ++size) {
    ASSERT_NE(MessageOf(Bytes(file).first(size)), "no error") << size;
  }
  auto longer = file;
  longer.push_back(0);
  EXPECT_EQ(MessageOf(longer), kDamaged);
}

TEST(Digest, ALaterVersionIsNamedAsSuch) {
  auto file = Encode(SmallDigest());
  file[8] = 2;
  EXPECT_EQ(MessageOf(Signed(Bytes(file).first(file.size() - 32))),
            "a digest of a later version: compare it with the hashcheck that wrote it");
}

// Whoever can sign can also lie: no count may lead beyond the file or into all memory.
TEST(Digest, NoNumberInItIsBelieved) {
  const auto file = Encode(SmallDigest());
  const Bytes content = Bytes(file).first(file.size() - 32);
  for (size_t at = 16; at + 8 <= content.size(); ++at) {
    std::vector<uint8_t> changed(content.begin(), content.end());
    StoreLe64(changed.data() + at, UINT64_MAX);
    const auto digest = Decode(Signed(changed));
    const size_t blocks = digest ? digest->database.history.blocks().size() : 0;
    EXPECT_LE(blocks, file.size() / 16) << at;
  }
}

}  // namespace
}  // namespace etcdf::digest
