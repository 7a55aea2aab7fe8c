#include "delta/chain.h"

#include <gtest/gtest.h>

#include "base/escape.h"
#include "checksum/sha256.h"
#include "mvcc/key_value.h"
#include "mvcc/revision.h"

namespace etcdf::delta {
namespace {

std::string Put(const std::string& key, int64_t revision, const std::string& value) {
  std::string text = R"({"etcdEvent":{"kv":{"key":")";
  AppendBase64(text, AsBytes(key));
  text += R"(","create_revision":)" + std::to_string(revision) + R"(,"mod_revision":)" +
          std::to_string(revision) + R"(,"version":1,"value":")";
  AppendBase64(text, AsBytes(value));
  return text + R"("}},"time":"2026-11-30T00:00:00Z"})";
}

std::string Delete(const std::string& key, int64_t revision) {
  std::string text = R"({"etcdEvent":{"type":1,"kv":{"key":")";
  AppendBase64(text, AsBytes(key));
  return text + R"(","mod_revision":)" + std::to_string(revision) +
         R"(}},"time":"2026-11-30T00:00:00Z"})";
}

std::string File(const std::vector<std::string>& events) {
  std::string text = "[";
  for (const std::string& event : events) text += (text == "[" ? "" : ",") + event;
  text += "]";
  const Sha256Digest sha = Sha256Of(AsBytes(text));
  text.append(sha.begin(), sha.end());
  return text;
}

struct Outcome {
  bool goes_on = false;
  std::vector<std::string> rows;  // "3_1t a"
  std::vector<std::string> findings;
};

Outcome Take(const std::string& content, uint64_t first, uint64_t last, int64_t known = 2) {
  Rows rows(known);
  FindingList findings;
  Outcome outcome;
  outcome.goes_on =
      rows.Take({.revision_first = first, .revision_last = last}, AsBytes(content), "f", findings);
  for (const backend::Row& row : rows.All()) {
    const auto key = mvcc::ParseRowKey(row.key);
    const auto value = mvcc::ParseKeyValue(row.value);
    outcome.rows.push_back(mvcc::RevisionText(key->revision) + (key->tombstone ? "t " : " ") +
                           std::string(AsText(value->key)));
  }
  for (const Finding& finding : findings.findings()) outcome.findings.emplace_back(finding.kind.id);
  return outcome;
}

using Texts = std::vector<std::string>;

TEST(LinkNameTest, ReadsWhatTheToolWrites) {
  const auto full = ParseLinkName("Full-00000000-00000302-1764460800.gz");
  ASSERT_TRUE(full);
  EXPECT_TRUE(full->is_full);
  EXPECT_EQ(full->revision_last, 302u);
  EXPECT_EQ(full->created, 1764460800);
  EXPECT_TRUE(ParseLinkName("Incr-00000303-00000311-1764461100"));
  EXPECT_TRUE(ParseLinkName("Incr-123456789-123456790-1764461100.gz.final"));
  for (const char* const other : {"Full-1-2", "Full-1-2-x", "Incr-1-2-3x", "full-1-2-3",
                                  "Full--1-2-3", "Full-99999999999999999999-2-3"}) {
    EXPECT_FALSE(ParseLinkName(other)) << other;
  }
}

TEST(FindChainTest, TakesTheNewestSnapshotAndWhatFollows) {
  const Texts names{"Incr-11-20-5", "notes",       "Full-0-10-1",
                    "Incr-31-40-9", "Full-0-30-8", "Incr-21-30-7"};
  EXPECT_EQ(FindChain(names), (std::vector<size_t>{4, 3}));
  EXPECT_TRUE(FindChain({"Incr-11-20-5"}).empty());
}

TEST(RowsTest, AreThoseThatEtcdWouldStore) {
  const Outcome outcome =
      Take(File({Put("a", 3, "x"), Put("b", 3, "y"), Delete("a", 4), Put("c", 5, "z")}), 3, 5);
  EXPECT_TRUE(outcome.goes_on);
  EXPECT_EQ(outcome.rows, (Texts{"3 a", "3_1 b", "4t a", "5 c"}));
  EXPECT_TRUE(outcome.findings.empty());
}

// A snapshot is taken after its revision was read, and may hold later ones.
TEST(RowsTest, BeginAfterWhatIsKnown) {
  const Outcome outcome = Take(File({Put("a", 3, "x"), Put("b", 4, "y")}), 3, 4, 3);
  EXPECT_TRUE(outcome.goes_on);
  EXPECT_EQ(outcome.rows, (Texts{"4 b"}));
}

TEST(RowsTest, EndAtAGap) {
  const std::string later = File({Put("a", 5, "x")});
  EXPECT_EQ(Take(later, 5, 5).findings, Texts{"delta.gap"});
  const Outcome within = Take(File({Put("a", 3, "x"), Put("b", 5, "y")}), 3, 5);
  EXPECT_FALSE(within.goes_on);
  EXPECT_EQ(within.rows, Texts{"3 a"});
  EXPECT_EQ(within.findings, Texts{"delta.gap"});
}

TEST(RowsTest, AreNotTakenFromAFileThatWasChanged) {
  std::string content = File({Put("a", 3, "x")});
  for (size_t at = 0; at < content.size(); at += 5) {
    content[at] ^= 1;
    const Outcome outcome = Take(content, 3, 3);
    EXPECT_FALSE(outcome.goes_on);
    EXPECT_TRUE(outcome.rows.empty());
    EXPECT_EQ(outcome.findings, Texts{"delta.sha256_mismatch"});
    content[at] ^= 1;
  }
  for (size_t length = 0; length < content.size(); ++length) {
    EXPECT_EQ(Take(content.substr(0, length), 3, 3).findings, Texts{"delta.sha256_mismatch"});
  }
}

TEST(RowsTest, TellOfContentThatIsNoEvents) {
  EXPECT_EQ(Take(File({"{}"}), 3, 3).findings, Texts{"delta.other_range"});
  EXPECT_EQ(Take(File({"not json"}), 3, 3).findings, Texts{"delta.undecodable"});
  EXPECT_EQ(Take(File({Put("a", 4, "x"), Put("b", 3, "y")}), 3, 4).findings,
            Texts{"delta.undecodable"});
  EXPECT_EQ(Take(File({Put("a", 3, "x")}), 3, 9).findings, Texts{"delta.other_range"});
}

}  // namespace
}  // namespace etcdf::delta
