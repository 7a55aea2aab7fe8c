#include "testing/bolt_builder.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "checksum/sha256.h"

namespace etcdf::testing {
namespace {

constexpr size_t kPage = 4096;

BuiltDatabase Built(std::string_view text) {
  auto database = BuildDatabase(text);
  EXPECT_TRUE(database) << database.error().Message();
  return database ? *std::move(database) : BuiltDatabase{};
}

std::string HexOf(const BuiltDatabase& database, size_t at, size_t length) {
  std::string hex;
  AppendHex(hex, AsBytes(std::string_view(database.bytes).substr(at, length)));
  return hex;
}

const uint8_t* At(const BuiltDatabase& database, size_t at) {
  return AsBytes(database.bytes).subspan(at).data();
}

// bbolt v1.4.3, internal/common: what the structs of page.go, meta.go, bucket.go, inode.go are in
// memory, and so in the file.
TEST(BoltBuilder, EveryPageIsAsBboltLaysItOut) {
  const BuiltDatabase database =
      Built("bucket name=b inline=no {\n row key=k1 value=v\n row key=k2\n}");
  ASSERT_EQ(database.bytes.size(), 4 * kPage);
  EXPECT_EQ(DescribePages(database),
            "page 2: leaf of b, 2 rows\npage 3: leaf of the root, 1 rows\n");
  // Meta 0: page header, then magic, version, page size, flags, root 3, sequence, no freelist, high
  // water mark 4, txid 2.
  EXPECT_EQ(HexOf(database, 0, 16), "00000000000000000400000000000000");
  EXPECT_EQ(HexOf(database, 16, 56),
            "edda0ced020000000010000000000000"
            "0300000000000000"
            "0000000000000000"
            "ffffffffffffffff"
            "0400000000000000"
            "0200000000000000");
  EXPECT_EQ(LoadLe64(At(database, kPage + 16 + 48)), 1u);  // meta 1 is the transaction before
  EXPECT_EQ(HexOf(database, 2 * kPage, 16 + 32 + 5),
            "02000000000000000200020000000000"
            "00000000200000000200000001000000"
            "00000000130000000200000000000000"
            "6b31766b32");
  EXPECT_EQ(HexOf(database, 3 * kPage, 16 + 16 + 17),
            "03000000000000000200010000000000"
            "01000000100000000100000010000000"
            "62"
            "02000000000000000000000000000000");
}

TEST(BoltBuilder, TheMetaChecksumIsFnv1a) {
  const BuiltDatabase database = Built("etcd");
  uint64_t hash = 14695981039346656037u;  // the parameters of the FNV specification
  for (size_t i = 0; i < 56; ++i) hash = (hash ^ *At(database, 16 + i)) * 1099511628211u;
  EXPECT_EQ(LoadLe64(At(database, 16 + 56)), hash);
}

TEST(BoltBuilder, ASmallBucketIsInline) {
  const BuiltDatabase database = Built("bucket name=b sequence=7 {\n row key=k value=v\n}");
  EXPECT_EQ(DescribePages(database), "page 2: leaf of the root, 1 rows\n");
  EXPECT_EQ(HexOf(database, 2 * kPage + 16, 16 + 1 + 16 + 16 + 16 + 2),
            "01000000100000000100000032000000"
            "62"
            "00000000000000000700000000000000"
            "00000000000000000200010000000000"
            "00000000100000000100000001000000"
            "6b76");
  // A quarter of a page is the limit (bbolt v1.4.3, bucket.go, inlineable).
  const auto pages_with = [](size_t value_bytes) {
    return Built("bucket name=b {\n row key=k value=repeat:x*" + std::to_string(value_bytes) +
                 "\n}")
        .pages.size();
  };
  EXPECT_EQ(pages_with(kPage / 4 - 16 - 16 - 1), 1u);
  EXPECT_EQ(pages_with(kPage / 4 - 16 - 16), 2u);
}

TEST(BoltBuilder, PagesSplitAndBranchesLeadToThem) {
  const BuiltDatabase database = Built(
      "file page_size=1024\nbucket name=key leaf_rows=2 branch_rows=2 {\n"
      " puts from=2 count=7\n}");
  EXPECT_EQ(DescribePages(database),
            "page 2: leaf of key, 2 rows\npage 3: leaf of key, 2 rows\n"
            "page 4: leaf of key, 2 rows\npage 5: leaf of key, 1 rows\n"
            "page 6: branch of key, 2 children\npage 7: branch of key, 2 children\n"
            "page 8: branch of key, 2 children\npage 9: leaf of the root, 1 rows\n");
  // The first element of the last branch: its key is the smallest below it, its child page 6.
  EXPECT_EQ(HexOf(database, size_t{8} * 1024 + 16, 16 + 16),
            "20000000110000000600000000000000"
            "21000000110000000700000000000000");
  EXPECT_EQ(HexOf(database, size_t{8} * 1024 + 48, 17), "00000000000000025f0000000000000000");
}

TEST(BoltBuilder, ALargeRowOverflowsItsPage) {
  const BuiltDatabase database = Built("bucket name=b {\n row key=k value=repeat:x*9000\n}");
  EXPECT_EQ(DescribePages(database),
            "page 2..4: leaf of b, 1 rows\npage 5: leaf of the root, 1 rows\n");
  EXPECT_EQ(LoadLe32(At(database, 2 * kPage + 12)), 2u);
}

TEST(BoltBuilder, ACommitLeavesTheOlderStateBehindTheOtherMeta) {
  const BuiltDatabase database =
      Built("file freelist=array\nfree pages=1\nput rev=2 key=a\ncommit\nput rev=3 key=b\n");
  EXPECT_EQ(DescribePages(database),
            "page 2: free\npage 3: leaf of the root, 1 rows\npage 4: freelist\n"
            "page 5: leaf of the root, 1 rows\npage 6: freelist\n");
  EXPECT_EQ(LoadLe64(At(database, 16 + 16)), 3u);          // meta 0, txid 2
  EXPECT_EQ(LoadLe64(At(database, kPage + 16 + 16)), 5u);  // meta 1, txid 3
  EXPECT_EQ(LoadLe64(At(database, kPage + 16 + 48)), 3u);
  EXPECT_EQ(HexOf(database, 6 * kPage + 8, 8 + 24),
            "1000030000000000"
            "0200000000000000"
            "0300000000000000"
            "0400000000000000");
}

TEST(BoltBuilder, PutsCountTheirVersions) {
  const BuiltDatabase database = Built(
      "bucket name=key inline=no {\n put rev=2 key=a value=x\n put rev=3 key=a lease=9\n"
      " tombstone rev=4 key=a\n put rev=5 sub=1 key=a\n}");
  // KeyValue: 1 key, 2 create, 3 mod, 4 version, 5 value, 6 lease (etcd, api/mvccpb/kv.proto).
  EXPECT_EQ(HexOf(database, 2 * kPage + 16 + 64, 17 + 12 + 17 + 11 + 18 + 3 + 17 + 9),
            "00000000000000025f0000000000000000"
            "0a0161100218022001"
            "2a0178"
            "00000000000000035f0000000000000000"
            "0a0161100218032002"
            "3009"
            "00000000000000045f000000000000000074"
            "0a0161"
            "00000000000000055f0000000000000001"
            "0a0161100518052001");
}

TEST(BoltBuilder, DamageIsDoneToTheFinishedFile) {
  const BuiltDatabase sound = Built("put rev=2 key=a");
  const BuiltDatabase damaged = Built(
      "put rev=2 key=a\nset page=2 field=count value=9\nset page=2 element=0 field=vsize value=5\n"
      "set meta=1 field=root value=77\nset meta=0 field=txid value=8 checksum=keep\n"
      "flip at=9000 bit=7\nsha256\n");
  EXPECT_EQ(LoadLe16(At(damaged, 2 * kPage + 10)), 9u);
  EXPECT_EQ(LoadLe32(At(damaged, 2 * kPage + 16 + 12)), 5u);
  EXPECT_EQ(LoadLe64(At(damaged, kPage + 16 + 16)), 77u);
  EXPECT_NE(LoadLe64(At(damaged, kPage + 72)), LoadLe64(At(sound, kPage + 72)));
  EXPECT_EQ(LoadLe64(At(damaged, 72)), LoadLe64(At(sound, 72)));
  EXPECT_EQ(damaged.bytes[9000], '\x80');
  ASSERT_EQ(damaged.bytes.size(), sound.bytes.size() + 32);
  const auto digest =
      Sha256Of(AsBytes(std::string_view(damaged.bytes).substr(0, sound.bytes.size())));
  EXPECT_EQ(std::string_view(damaged.bytes).substr(sound.bytes.size()), AsText(digest));
}

TEST(BoltBuilder, AMistakeInTheTextIsAnErrorWithItsLine) {
  for (const char* text :
       {"etcd\nnonsense", "etcd\nfile txid=3", "flip at=1\netcd",
        "etcd\nset page=999 field=id value=1", "etcd\nset page=2 field=nothing value=1",
        "etcd\nrow key=a", "bucket name=b {\n delete key=a\n}", "bucket name=b {\n commit\n}",
        "etcd\noverwrite at=8191 bytes=repeat:x*99999", "file page_size=100",
        "bucket name=b leaf_rows=0 {\n}", "put rev=2 key=a colour=red"}) {
    const auto database = BuildDatabase(text);
    ASSERT_FALSE(database) << text;
    EXPECT_TRUE(database.error().subject.starts_with("line ")) << database.error().Message();
  }
}

}  // namespace
}  // namespace etcdf::testing
