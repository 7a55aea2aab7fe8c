#include "testing/wal_builder.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "checksum/crc32c.h"
#include "testing/temp_dir.h"

namespace etcdf::testing {
namespace {

constexpr char kFirstSegment[] = "member/wal/0000000000000000-0000000000000000.wal";

std::string FromHexWords(std::string_view words) {
  std::string bytes;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == ' ') continue;
    bytes += static_cast<char>(std::stoi(std::string(words.substr(i, 2)), nullptr, 16));
    ++i;
  }
  return bytes;
}

BuiltEvidence Built(std::string_view text) {
  auto evidence = BuildEvidence(text);
  EXPECT_TRUE(evidence) << evidence.error().Message();
  return evidence ? *std::move(evidence) : BuiltEvidence{};
}

// The first segment as a whole.
std::string FirstSegment(std::string_view text) { return Built(text).files[kFirstSegment]; }

std::string ErrorOf(std::string_view text) {
  const auto evidence = BuildEvidence(text);
  return evidence ? "no error" : evidence.error().Message();
}

// The head of a fresh log, byte for byte as etcd 3.5.30 wrote it in testdata/fixtures/single-3.5: a
// crc record, metadata, and the snapshot record (0, 0).
TEST(WalBuilder, TheHeadOfALogIsWhatEtcdWrites) {
  const std::string real =
      ReadFile(std::filesystem::path(ETCDF_TESTDATA) / "fixtures/single-3.5/data" / kFirstSegment);
  ASSERT_GT(real.size(), 88u);
  const std::string built = FirstSegment(
      "metadata node=15148243859031212367 cluster=7615568722906695957\n"
      "snapshot index=0 term=0\n");
  EXPECT_EQ(built, real.substr(0, built.size()));
}

TEST(WalBuilder, AnEntryIsFramedPaddedAndChained) {
  const std::string segment = FirstSegment("entry term=2 index=3 put key=a value=b\n");
  // raftpb.Entry: type 0, term 2, index 3, data: InternalRaftRequest { 4: put { 1 "a", 2 "b" } }.
  const std::string entry = FromHexWords("08 00 10 02 18 03 22 08 22 06 0a 01 61 12 01 62");
  const uint32_t crc = Crc32cExtend(0, AsBytes(entry));
  std::string record = FromHexWords("08 02 10");
  for (uint32_t rest = crc; rest != 0; rest >>= 7) {
    record += static_cast<char>(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
  }
  record += FromHexWords("1a 10") + entry;
  std::string frame(1, static_cast<char>(record.size()));
  const size_t pad = (8 - record.size() % 8) % 8;
  frame += std::string(6, '\0') + static_cast<char>(pad == 0 ? 0 : 0x80 | pad);
  frame += record + std::string(pad, '\0');
  const std::string head = FromHexWords("04 00 00 00 00 00 00 84 08 04 10 00 00 00 00 00");
  EXPECT_EQ(segment, head + frame);
}

TEST(WalBuilder, Style30DoesNotPadAndStyle37LeavesOutZeros) {
  EXPECT_EQ(FirstSegment("style 2.3\nrecord type=9 crc=0\n"),
            FromHexWords("04 00 00 00 00 00 00 00 08 04 10 00") +
                FromHexWords("04 00 00 00 00 00 00 00 08 09 10 00"));
  // Record header 08 02 10 .. and then the entry; only the entry's own bytes are compared.
  EXPECT_TRUE(FirstSegment("style 3.7\nentry term=1 index=1 noop\n")
                  .find(FromHexWords("1a 04 10 01 18 01")) != std::string::npos);
  EXPECT_TRUE(FirstSegment("style 3.6\nentry term=1 index=1 noop\n")
                  .find(FromHexWords("1a 06 08 00 10 01 18 01")) != std::string::npos);
}

TEST(WalBuilder, ACutGoesOnWithTheChainAndRepeatsTheHead) {
  const BuiltEvidence evidence = Built(
      "metadata node=1 cluster=2\n"
      "state term=1 vote=1 commit=1\n"
      "entry term=1 index=7 noop\n"
      "cut\n"
      "entry term=1 index=8 noop\n");
  EXPECT_TRUE(evidence.files.contains("member/wal/0000000000000001-0000000000000008.wal"));
  std::vector<std::string> labels;
  for (const PlacedRecord& record : evidence.records) labels.push_back(record.label);
  EXPECT_EQ(labels, (std::vector<std::string>{"crc", "metadata", "state", "entry 7", "crc",
                                              "metadata", "state", "entry 8"}));
}

TEST(WalBuilder, FlipChangesOneBitOfTheNamedPart) {
  const std::string text = "metadata node=1 cluster=2\nentry term=1 index=1 put key=a value=b\n";
  const BuiltEvidence sound = Built(text);
  const PlacedRecord& entry = sound.records.back();
  const std::string before = sound.files.at(kFirstSegment);
  struct PartCase {
    const char* part;
    size_t offset;  // from the frame
  };
  // A record's payload begins with 08 TYPE 10 CRC(5 bytes here) 1a LENGTH.
  for (const PartCase& part : {PartCase{"length", 0}, PartCase{"type", 9}, PartCase{"crc", 11},
                               PartCase{"data", 8 + 3 + 5 + 2}}) {
    std::string expected = before;
    expected[entry.offset + part.offset] =
        static_cast<char>(before[entry.offset + part.offset] ^ 4);
    EXPECT_EQ(FirstSegment(text + "flip entry=1 bit=2 part=" + part.part + "\n"), expected)
        << part.part;
  }
}

TEST(WalBuilder, DamageDoesWhatItSays) {
  const std::string text =
      "metadata node=1 cluster=2\nentry term=1 index=1 noop\nentry term=1 index=2 noop\n";
  const BuiltEvidence sound = Built(text);
  const std::string before = sound.files.at(kFirstSegment);
  const PlacedRecord last = sound.records.back();
  EXPECT_EQ(FirstSegment(text + "cut-last-record bytes=3\n"), before.substr(0, before.size() - 3));
  EXPECT_EQ(FirstSegment(text + "truncate entry=2 keep=5\n"), before.substr(0, last.offset + 5));
  EXPECT_EQ(FirstSegment(text + "truncate to=9\n"), before.substr(0, 9));
  EXPECT_EQ(FirstSegment(text + "append zeros=3 bytes=x\n"), before + 'x' + std::string(3, '\0'));
  EXPECT_EQ(FirstSegment(text + "drop entry=2\n"), before.substr(0, last.offset));
  EXPECT_EQ(FirstSegment(text + "duplicate entry=2\n"), before + before.substr(last.offset));
  EXPECT_EQ(FirstSegment(text + "preallocate bytes=4096\n").size(), 4096u);
  std::string zeroed = before;
  zeroed.replace(8, 4, 4, '\0');
  EXPECT_EQ(FirstSegment(text + "zero at=8 length=4\n"), zeroed);
  std::string long_length = before;
  long_length.replace(last.offset, 8, FromHexWords("ff 00 00 00 00 00 00 00"));
  EXPECT_EQ(FirstSegment(text + "set-length entry=2 value=255\n"), long_length);
}

TEST(WalBuilder, ZeroSectorClearsThePieceBetweenFileOffsetsDivisibleBy512) {
  const std::string text = "entry term=1 index=1 put key=a value=repeat:x*2000\n";
  const BuiltEvidence sound = Built(text);
  const std::string before = sound.files.at(kFirstSegment);
  std::string expected = before;
  expected.replace(512, 512, 512, '\0');
  EXPECT_EQ(FirstSegment(text + "zero-sector entry=1 nth=1\n"), expected);
  // The first piece begins after the frame's length.
  const uint64_t payload = sound.records.back().offset + 8;
  expected = before;
  expected.replace(payload, 512 - payload, 512 - payload, '\0');
  EXPECT_EQ(FirstSegment(text + "zero-sector entry=1\n"), expected);
}

TEST(WalBuilder, ATransactionHoldsItsBranches) {
  const std::string segment = FirstSegment(
      "entry term=1 index=1 txn {\n"
      "  if key=a target=value result=equal to=x\n"
      "  then put key=k value=v\n"
      "  else txn {\n"
      "    then delete key=d\n"
      "  }\n"
      "}\n");
  // TxnRequest { compare { 2 target VALUE, 3 key, 7 value }, success { 2 put }, failure { 4 txn }
  // }; `result` EQUAL is given and so written, though it is 0.
  const std::string txn = FromHexWords(
      "0a 0a 08 00 10 03 1a 01 61 3a 01 78"
      "12 08 12 06 0a 01 6b 12 01 76"
      "1a 09 22 07 12 05 1a 03 0a 01 64");
  EXPECT_NE(segment.find(txn), std::string::npos);
}

TEST(WalBuilder, ASnapFileCarriesTheChecksumOfItsData) {
  const std::string snap = Built("snap term=2 index=9 voters=5 data=x\n")
                               .files["member/snap/0000000000000002-0000000000000009.snap"];
  // raftpb.Snapshot { 1 data "x", 2 metadata { 1 conf_state { 1: 5, 5: false }, 2: 9, 3: 2 } }.
  const std::string inner = FromHexWords("0a 01 78 12 0a 0a 04 08 05 28 00 10 09 18 02");
  EXPECT_TRUE(snap.ends_with(FromHexWords("12 0f") + inner));
  uint32_t crc = 0;
  size_t at = 1;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(snap.at(at++));
    crc |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  EXPECT_EQ(crc, Crc32cExtend(0, AsBytes(inner)));
}

TEST(WalBuilder, MisuseNamesTheLine) {
  EXPECT_EQ(ErrorOf("metadata node=1 cluster=2\nentry tern=1 index=1 noop\n"),
            "line 2: term: the argument is missing");
  EXPECT_EQ(ErrorOf("entry term=1 index=1 put ky=a\n"), "line 1: ky: unknown argument");
  EXPECT_EQ(ErrorOf("flip entry=1\n"), "line 1: entry: there is no such record");
  EXPECT_EQ(ErrorOf("metadata node=1 cluster=2\nflip record=1 part=length\ncut\n"),
            "line 3: cut: comes too late: first records, then damage to records, then to bytes");
  EXPECT_NE(ErrorOf("entry term=1 index=1 txn {\n  then frob\n}\n"), "no error");
  EXPECT_NE(ErrorOf("entry term=1 index=1 alarm action=shout\n"), "no error");
}

}  // namespace
}  // namespace etcdf::testing
