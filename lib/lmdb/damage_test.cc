// Damaged and hostile LMDB files: what is sound of them is read, the rest is reported, and nothing
// that a file says makes a reader leave it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>

#include "lmdb/database.h"
#include "lmdb/writer.h"
#include "testing/seed.h"
#include "testing/temp_dir.h"

namespace etcdf::lmdb {
namespace {

constexpr size_t kPageBytes = 4096;

struct Content {
  std::map<std::string, size_t> rows;  // of each bucket
  std::vector<std::string> findings;   // their ids
  std::string error;

  size_t total() const {
    size_t sum = 0;
    for (const auto& [name, count] : rows) sum += count;
    return sum;
  }
  bool Tells(std::string_view id) const {
    return std::ranges::find(findings, id) != findings.end();
  }
};

size_t CountRows(const backend::Bucket& bucket, size_t parts, FindingSink& findings) {
  size_t count = 0;
  std::array<backend::Row, 7> rows;
  for (const auto& scan : bucket.Split(parts, findings)) {
    while (const size_t read = scan->Next(rows)) count += read;
  }
  return count;
}

// Read in every way there is, which must agree.
Content ReadAll(const std::string& file) {
  Content content;
  FindingList findings;
  const auto database = OpenDatabase(AsBytes(file), "f", findings);
  if (!database) {
    content.error = database.error().Message();
    return content;
  }
  for (const Bytes name : (*database)->bucket_names()) {
    const auto bucket = (*database)->Open(name);
    const size_t rows = CountRows(*bucket, 1, findings);
    EXPECT_EQ(CountRows(*bucket, 5, findings), rows);
    const auto cursor = bucket->NewCursor(findings);
    size_t backwards = 0;
    for (bool there = cursor->Last(); there; there = cursor->Prev()) ++backwards;
    EXPECT_EQ(backwards, rows);
    cursor->Seek(name);
    content.rows[std::string(AsText(name))] = rows;
  }
  for (const Finding& finding : findings.findings()) content.findings.emplace_back(finding.kind.id);
  return content;
}

size_t Rounds() {
  const char* const asked = std::getenv("ETCDF_ROUNDS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 1000;
}

std::string Key(size_t number) {
  std::string digits = std::to_string(number);
  return std::string(8 - digits.size(), '0') + digits;
}

// Three buckets: of several levels, with values of several pages, of one leaf, and empty.
std::string SoundFile() {
  const testing::TempDir temp;
  const std::string folder = (temp.path() / "env").string();
  auto writer = Writer::Create(folder);
  EXPECT_TRUE(writer && writer->BeginBucket(AsBytes("empty")) &&
              writer->BeginBucket(AsBytes("key")));
  for (size_t i = 0; i < 600; ++i) {
    const std::string value(i % 100 == 50 ? 9000 : 400, 'v');
    EXPECT_TRUE(writer->Append(AsBytes(Key(i)), AsBytes(value)));
  }
  EXPECT_TRUE(writer->BeginBucket(AsBytes("meta")) && writer->Append(AsBytes("k"), AsBytes("v")) &&
              writer->Finish());
  return testing::ReadFile(folder + "/data.mdb");
}

class LmdbDamage : public testing::SeededTest {
 protected:
  size_t pages() const { return file_.size() / kPageBytes; }
  uint16_t FlagsOf(size_t page) const { return Load16(page * kPageBytes + 10); }
  uint16_t Load16(size_t at) const { return LoadLe16(AsBytes(file_).data() + at); }
  uint64_t Load64(size_t at) const { return LoadLe64(AsBytes(file_).data() + at); }

  template <std::unsigned_integral T>
  void Store(size_t at, T value) {
    std::string bytes;
    AppendLe(bytes, value);
    file_.replace(at, bytes.size(), bytes);
  }

  // Pages of the newest transaction are the last ones in a file that was only appended to.
  size_t LastPage(uint16_t flags) const {
    for (size_t page = pages(); page-- > 2;) {
      if (FlagsOf(page) == flags) return page * kPageBytes;
    }
    ADD_FAILURE() << "no page of the kind " << flags;
    return 0;
  }
  // The newer meta page.
  size_t Meta() const { return Load64(144) < Load64(kPageBytes + 144) ? kPageBytes : 0; }
  size_t MainLeaf() const { return Load64(Meta() + 16 + 24 + 48 + 40) * kPageBytes; }
  size_t Node(size_t page, size_t i) const { return page + Load16(page + 16 + 2 * i); }
  // The record of bucket `i`, ascending: empty, key, meta.
  size_t TreeOf(size_t i) const {
    const size_t node = Node(MainLeaf(), i);
    return node + 8 + Load16(node + 6);
  }
  size_t RootOfKey() const { return Load64(TreeOf(1) + 40) * kPageBytes; }
  uint64_t ChildOfKey(size_t i) const { return Load64(Node(RootOfKey(), i)) & 0xffff'ffff'ffff; }
  size_t LeafOfKey(size_t i) const { return ChildOfKey(i) * kPageBytes; }
  // The first node of bucket key with its value on pages of its own.
  size_t BigNode() const {
    for (size_t leaf = 0;; ++leaf) {
      const size_t page = LeafOfKey(leaf);
      for (size_t i = 0; i < (Load16(page + 12) - 16U) / 2; ++i) {
        if (Load16(Node(page, i) + 4) == 1) return Node(page, i);
      }
    }
  }

  const std::string sound_ = SoundFile();
  std::string file_ = sound_;
};

TEST_F(LmdbDamage, ASoundFileHasNoFindings) {
  const Content content = ReadAll(file_);
  EXPECT_TRUE(content.findings.empty());
  EXPECT_EQ(content.rows, (std::map<std::string, size_t>{{"empty", 0}, {"key", 600}, {"meta", 1}}));
}

// What each kind of damage costs, and what it is called. `lost`: rows of the 601, at most.
TEST_F(LmdbDamage, OfEachKindCostsNoMoreThanItMust) {
  struct Case {
    const char* name;
    std::function<void()> damage;
    const char* finding;
    size_t lost;
  };
  const size_t meta = Meta(), root = RootOfKey(), leaf = LeafOfKey(3);
  const size_t big = BigNode(), rows_of_leaf = (Load16(leaf + 12) - 16U) / 2;
  const auto big_page = big + 8 + 8;
  const Case cases[] = {
      {"newer meta page without magic", [&] { Store(meta + 16, 0U); }, "lmdb.bad_meta", 1},
      {"older meta page without magic", [&] { Store((kPageBytes - meta) + 16, 0U); },
       "lmdb.bad_meta", 0},
      {"a meta page of another version", [&] { Store(meta + 20, 999U); }, "lmdb.bad_meta", 1},
      {"a page size of 0", [&] { Store(meta + 40, 0U); }, "lmdb.bad_meta", 1},
      {"a page size of 5000", [&] { Store(meta + 40, 5000U); }, "lmdb.bad_meta", 1},
      {"a main tree of duplicate keys", [&] { Store<uint16_t>(meta + 16 + 24 + 48 + 4, 4); },
       "lmdb.bad_meta", 1},
      {"a main root beyond the file", [&] { Store(meta + 16 + 24 + 48 + 40, uint64_t{1} << 50); },
       "lmdb.bad_meta", 1},
      {"a last page beyond the file", [&] { Store(meta + 16 + 24 + 96, ~uint64_t{0}); },
       "lmdb.truncated", 0},
      {"an absurd map size", [&] { Store(meta + 16 + 16, ~uint64_t{0}); }, nullptr, 0},
      {"garbage as the tree of free pages",
       [&] { file_.replace(meta + 16 + 24 + 4, 44, std::string(44, '\xee')); }, nullptr, 0},
      {"an absurd depth", [&] { Store<uint16_t>(TreeOf(1) + 6, 65535); }, nullptr, 0},
      {"a bucket with duplicate keys", [&] { Store<uint16_t>(TreeOf(1) + 4, 4); }, "lmdb.bad_row",
       0},
      {"a bucket's root beyond the file", [&] { Store(TreeOf(1) + 40, ~uint64_t{1}); },
       "lmdb.bad_page", 600},
      {"a bucket's root is a meta page", [&] { Store(TreeOf(1) + 40, uint64_t{0}); },
       "lmdb.bad_page", 600},
      {"a bucket's root is its first leaf", [&] { Store(TreeOf(1) + 40, ChildOfKey(0)); },
       "lmdb.row_count", 599},
      {"a bucket that is a row", [&] { Store<uint16_t>(Node(MainLeaf(), 1) + 4, 0); },
       "lmdb.bad_row", 600},
      {"a bucket's record of 4 bytes", [&] { Store(Node(MainLeaf(), 1), 4U); }, "lmdb.bad_row",
       600},
      {"a branch that leads to itself",
       [&] { Store(Node(root, 3), static_cast<uint32_t>(root / kPageBytes)); }, "lmdb.bad_page",
       rows_of_leaf},
      {"a branch that leads to one leaf twice",
       [&] { Store(Node(root, 3), static_cast<uint32_t>(ChildOfKey(2))); }, "lmdb.bad_page",
       rows_of_leaf},
      {"a child beyond the file", [&] { Store<uint16_t>(Node(root, 3) + 4, 0xffff); },
       "lmdb.bad_page", rows_of_leaf},
      {"a child whose node is outside", [&] { Store<uint16_t>(root + 16 + 6, 0xfff0); },
       "lmdb.bad_page", rows_of_leaf},
      {"a page of zeros", [&] { file_.replace(leaf, kPageBytes, std::string(kPageBytes, '\0')); },
       "lmdb.bad_page", rows_of_leaf},
      {"a page of another number", [&] { Store(leaf, uint64_t{7}); }, "lmdb.bad_page",
       rows_of_leaf},
      {"a leaf of another kind", [&] { Store<uint16_t>(leaf + 10, 0x22); }, "lmdb.bad_page",
       rows_of_leaf},
      {"a leaf without rows", [&] { Store<uint16_t>(leaf + 12, 16); }, "lmdb.bad_page",
       rows_of_leaf},
      {"a leaf with more rows than fit", [&] { Store<uint16_t>(leaf + 12, 4000); }, "lmdb.bad_page",
       rows_of_leaf},
      {"a leaf that counts one row less",
       [&] { Store<uint16_t>(leaf + 12, static_cast<uint16_t>(Load16(leaf + 12) - 2)); },
       "lmdb.row_count", 1},
      {"two offsets that are the same", [&] { Store(leaf + 16, Load16(leaf + 18)); },
       "lmdb.key_order", 0},
      {"all offsets the same",
       [&] {
         for (size_t i = 1; i < rows_of_leaf; ++i) Store(leaf + 16 + 2 * i, Load16(leaf + 16));
       },
       "lmdb.key_order", 0},
      {"an offset in the header", [&] { Store<uint16_t>(leaf + 16, 3); }, "lmdb.bad_row", 1},
      {"an offset at the end", [&] { Store<uint16_t>(leaf + 16, kPageBytes - 4); }, "lmdb.bad_row",
       1},
      {"a key of 65535 bytes", [&] { Store<uint16_t>(Node(leaf, 0) + 6, 65535); }, "lmdb.bad_row",
       1},
      {"a key of no bytes", [&] { Store<uint16_t>(Node(leaf, 1) + 6, 0); }, "lmdb.key_order", 0},
      {"a value of 4 GB", [&] { Store<uint32_t>(Node(leaf, 0), ~0U); }, "lmdb.bad_row", 1},
      {"a row of duplicates", [&] { Store<uint16_t>(Node(leaf, 0) + 4, 4); }, "lmdb.bad_row", 1},
      {"a bucket within a bucket",
       [&] {
         Store<uint16_t>(Node(leaf, 0) + 4, 2);
         Store<uint32_t>(Node(leaf, 0), 48);
       },
       "lmdb.bad_row", 1},
      {"a big value beyond the file", [&] { Store(big_page, ~uint64_t{0}); }, "lmdb.bad_row", 1},
      {"a big value on a meta page", [&] { Store(big_page, uint64_t{1}); }, "lmdb.bad_row", 1},
      {"a big value on its own leaf", [&] { Store(big_page, uint64_t{leaf / kPageBytes}); },
       "lmdb.bad_row", 1},
      {"a big value of 4 GB", [&] { Store<uint32_t>(big, ~0U); }, "lmdb.bad_row", 1},
      {"overflow pages that count too few",
       [&] { Store<uint32_t>(Load64(big_page) * kPageBytes + 12, 1); }, "lmdb.bad_row", 1},
  };
  const size_t rows = 601;
  for (const Case& each : cases) {
    file_ = sound_;
    each.damage();
    const Content content = ReadAll(file_);
    EXPECT_EQ(content.error, "") << each.name;
    EXPECT_GE(content.total() + each.lost, rows) << each.name;
    if (each.finding == nullptr) {
      EXPECT_TRUE(content.findings.empty()) << each.name << ": " << content.findings[0];
    } else {
      EXPECT_TRUE(content.Tells(each.finding))
          << each.name << ": " << ::testing::PrintToString(content.findings);
    }
  }
}

TEST_F(LmdbDamage, OfBothMetaPagesLeavesNothing) {
  Store(16, 0U);
  Store(kPageBytes + 16, 0U);
  EXPECT_EQ(ReadAll(file_).error, "f: page 0: has not LMDB's magic number");
}

// Every page of a bucket claims the rows of all others, as a hostile file would.
TEST_F(LmdbDamage, NoByteIsReadForTwoRows) {
  const size_t root = RootOfKey();
  const uint64_t value_page = Load64(BigNode() + 16);
  for (size_t i = 0; i < (Load16(root + 12) - 16U) / 2; ++i) {
    const size_t leaf = LeafOfKey(i);
    for (size_t row = 0; row < (Load16(leaf + 12) - 16U) / 2; ++row) {
      const size_t node = Node(leaf, row);
      Store<uint32_t>(node, 9000);
      Store<uint16_t>(node + 4, 1);
      Store(node + 16, value_page);
    }
  }
  const Content content = ReadAll(file_);
  EXPECT_EQ(content.rows.at("key"), 1u);
  EXPECT_TRUE(content.Tells("lmdb.bad_row"));
}

// A single wrong byte outside of the meta pages, which say what the file holds, never makes rows
// disappear in silence.
TEST_F(LmdbDamage, NoSingleWrongByteLosesRowsUnsaid) {
  for (size_t at = 0; at < file_.size(); ++at) {
    const bool is_header = at % kPageBytes < 64;
    if (!is_header && (sound_[at] == 0 || sound_[at] == 'v')) continue;
    for (const int flip : {0x01, 0x80, 0xff}) {
      file_[at] = static_cast<char>(sound_[at] ^ flip);
      const Content content = ReadAll(file_);
      const bool is_meta = at < 2 * kPageBytes;
      if (!is_meta && content.findings.empty()) {
        EXPECT_EQ(content.total(), 601u) << "byte " << at;
      }
      file_[at] = sound_[at];
    }
  }
}

TEST_F(LmdbDamage, ACutFileIsReadAsFarAsItGoes) {
  size_t most = 0;
  for (size_t size = 0; size < sound_.size(); size += 1000) {
    const Content content = ReadAll(sound_.substr(0, size));
    EXPECT_TRUE(!content.error.empty() || !content.findings.empty()) << size;
    most = std::max(most, content.total());
  }
  EXPECT_GT(most, 0u);
}

// By dice: bytes, numbers that pages hold elsewhere, whole pages in the place of others.
TEST_F(LmdbDamage, AnyMixtureIsReadWithoutHarm) {
  std::mt19937_64& dice = random();
  for (size_t round = 0; round < Rounds(); ++round) {
    file_ = sound_;
    for (size_t i = 0; i <= dice() % 8; ++i) {
      const size_t page = dice() % pages() * kPageBytes;
      const size_t in_page = page + (dice() % 2 == 0 ? dice() % 64 : dice() % (kPageBytes - 8));
      switch (dice() % 5) {
        case 0: file_[in_page] = static_cast<char>(dice()); break;
        case 1:
          Store<uint16_t>(in_page,
                          static_cast<uint16_t>(dice() % 64 == 0 ? 0xffff : dice() % 4200));
          break;
        case 2: Store<uint64_t>(in_page, dice() % (pages() + 2)); break;
        case 3:
          file_.replace(page, kPageBytes, file_, dice() % pages() * kPageBytes, kPageBytes);
          break;
        case 4: Store<uint64_t>(page, page / kPageBytes); break;
        default: break;
      }
    }
    if (dice() % 16 == 0) file_.resize(dice() % file_.size());
    ReadAll(file_);
  }
}

}  // namespace
}  // namespace etcdf::lmdb
