#include "salvage/key_rows.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "mvcc/parallel_scan.h"
#include "salvage/outlook.h"
#include "testing/bolt_builder.h"
#include "testing/seed.h"

namespace etcdf::salvage {
namespace {

bool GoOn() { return true; }

// What a row says, in one text.
std::string TextOf(const mvcc::KeyRow& row) {
  return std::string(AsText(row.kv.key)) + "=" + std::string(AsText(row.kv.value)) +
         (row.at.tombstone ? " deleted" : " " + std::to_string(row.kv.version));
}

class SalvageProperty : public testing::SeededTest {
 protected:
  // Three transactions; what the earlier ones wrote is on free pages, or on those of the other meta
  // page's tree.
  std::string RandomFile() {
    std::string text = "file\n";
    int64_t revision = 2;
    for (int transaction = 0; transaction < 3; ++transaction) {
      text += "bucket name=key inline=no leaf_rows=" + std::to_string(2 + Below(6)) + " {\n";
      for (uint64_t puts = 20 + Below(60); puts > 0; --puts, ++revision) {
        text += "put rev=" + std::to_string(revision) + " key=k" + std::to_string(Below(30)) +
                " value=v" + std::to_string(random()()) + "\n";
      }
      text += "}\nbucket name=meta {\nmeta consistent_index=" + std::to_string(revision) + "\n}\n";
      if (transaction < 2) text += "commit\n";
    }
    const auto built = testing::BuildDatabase(text);
    EXPECT_TRUE(built) << built.error().Message() << "\n" << text;
    return built ? built->bytes : std::string();
  }

  // The pages that hold each revision, read without anything of this module; and the row.
  struct Known {
    std::set<uint64_t> pages;
    std::string text;
  };
  static std::map<mvcc::Revision, Known> RowsOf(const bolt::File& file) {
    std::map<mvcc::Revision, Known> known;
    for (uint64_t id = 2; id < file.page_count(); ++id) {
      const bolt::PageRead read = file.Read(id);
      if (read.fault != bolt::PageFault::kNone || !read.page.is_leaf()) continue;
      for (size_t i = 0; i < read.page.header.count; ++i) {
        const auto row = bolt::LeafRowAt(read.page, i);
        const auto at = row ? mvcc::ParseRowKey(row->key) : std::nullopt;
        const auto kv = at ? mvcc::ParseKeyValue(row->value) : std::nullopt;
        if (!kv) continue;
        Known& of_revision = known[at->revision];
        of_revision.pages.insert(id);
        of_revision.text = TextOf({.at = *at, .kv = *kv});
      }
    }
    return known;
  }
};

TEST_F(SalvageProperty, FindsAllThatLiesOnPagesLeftAlone) {
  for (int round = 0; round < 200; ++round) {
    std::string bytes = RandomFile();
    const auto sound = bolt::File::OverBytes(AsBytes(bytes), "db");
    ASSERT_TRUE(sound);
    const auto known = RowsOf(**sound);
    const uint64_t page_size = (*sound)->page_size();
    const uint64_t pages = (*sound)->page_count();
    // A page of zeros, or another page's content in its place: whole sectors go wrong.
    std::set<uint64_t> harmed;
    for (uint64_t harms = Below(pages / 2); harms > 0; --harms) {
      const uint64_t id = 2 + Below(pages - 2);
      const uint64_t other = Below(pages);
      const std::string content =
          Below(2) == 0 ? std::string(page_size, '\0') : bytes.substr(other * page_size, page_size);
      bytes.replace(id * page_size, page_size, content);
      harmed.insert(id);
    }
    const auto file = bolt::File::OverBytes(AsBytes(bytes), "db");
    ASSERT_TRUE(file);
    const KeyRows found(**file, GoOn);
    std::map<mvcc::Revision, std::string> texts;
    for (const FoundRow& row : found.rows()) texts[row.at.revision] = TextOf(found.Content(row));
    for (const auto& [revision, row] : known) {
      const bool is_left =
          std::ranges::any_of(row.pages, [&](uint64_t page) { return !harmed.contains(page); });
      const auto at = texts.find(revision);
      ASSERT_TRUE(at != texts.end() || !is_left) << "round " << round << " " << revision.main;
      if (at == texts.end()) continue;
      ASSERT_EQ(at->second, row.text) << "round " << round;
      texts.erase(at);
    }
    ASSERT_TRUE(texts.empty()) << "round " << round << ": a revision nobody wrote";
    ASSERT_EQ(found.counts().conflicts, 0U) << "round " << round;
  }
}

TEST_F(SalvageProperty, ASoundTreeIsCertainAndWhole) {
  for (int round = 0; round < 50; ++round) {
    const std::string bytes = RandomFile();
    const auto file = bolt::File::OverBytes(AsBytes(bytes), "db");
    ASSERT_TRUE(file);
    mvcc::UnheardFindings unheard;
    const Outlook outlook = LookInto(**file, unheard);
    ASSERT_TRUE(outlook.is_whole);
    const KeyRows found(**file, GoOn);
    for (const FoundRow& row : found.rows()) {
      ASSERT_EQ(row.confidence, Confidence::kCertain);
      ASSERT_EQ(outlook.Of(row), Standing::kStored);
    }
    ASSERT_EQ(FindMissing(outlook.compact_revision, found.rows()).count, 0U);
  }
}

// A free page with overflow whose second page is a leaf again: the row that lies across both may be
// made of two.
TEST(KeyRows, DoubtsARowThatAnotherPageMayHaveReached) {
  const auto built = testing::BuildDatabase(
      "file\n"
      "bucket name=key inline=no {\nput rev=2 key=k value=" +
      std::string(6000, 'x') +
      "\n}\n"
      "commit\n"
      "bucket name=key {\ndelete key=\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02_"
      "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"\nput rev=3 key=k value=1\n}\n"
      "commit\n"
      "bucket name=key {\nput rev=4 key=k value=2\n}\n");
  ASSERT_TRUE(built) << built.error().Message();
  const auto place = std::ranges::find(built->pages, 2U, &testing::PlacedPage::pages);
  ASSERT_NE(place, built->pages.end());
  const auto confidence_of_row = [&](const std::string& bytes) -> std::optional<Confidence> {
    const auto file = bolt::File::OverBytes(AsBytes(bytes), "db");
    const KeyRows found(**file, GoOn);
    for (const FoundRow& row : found.rows()) {
      if (row.at.revision.main == 2) return row.confidence;
    }
    return std::nullopt;
  };
  EXPECT_EQ(confidence_of_row(built->bytes), Confidence::kLikely);
  std::string reused = built->bytes;
  const size_t second = (place->id + 1) * 4096;
  reused[second] = static_cast<char>(place->id + 1);
  std::fill_n(reused.begin() + static_cast<ptrdiff_t>(second) + 1, 7, '\0');
  reused[second + 8] = 2;  // a leaf
  reused[second + 9] = 0;
  EXPECT_EQ(confidence_of_row(reused), Confidence::kDoubtful);
}

}  // namespace
}  // namespace etcdf::salvage
