#include "archive/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <map>

#include "base/escape.h"
#include "io/mapped_file.h"

namespace etcdf::archive {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

using Files = std::map<std::string, std::string>;
using WriterPart = int (*)(::archive*);

struct Made {
  WriterPart format = nullptr;
  WriterPart filter = nullptr;
};

// What libarchive writes of the files.
std::string Pack(const Made& made, const Files& files,
                 const std::map<std::string, std::string>& links = {}) {
  std::string out;
  ::archive* const handle = archive_write_new();
  made.format(handle);
  if (made.filter != nullptr) made.filter(handle);
  archive_write_set_bytes_in_last_block(handle, 1);
  const auto write = [](::archive* /*handle*/, void* to, const void* bytes, size_t size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  };
  archive_write_open(handle, &out, nullptr, write, nullptr);
  const auto add = [&](const std::string& name, const std::string& content, const char* link) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, link == nullptr ? AE_IFREG : AE_IFLNK);
    if (link != nullptr) archive_entry_set_symlink(entry, link);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_perm(entry, 0644);
    archive_write_header(handle, entry);
    archive_write_data(handle, content.data(), content.size());
    archive_entry_free(entry);
  };
  for (const auto& [name, content] : files) add(name, content, nullptr);
  for (const auto& [name, target] : links) add(name, "", target.c_str());
  archive_write_free(handle);
  return out;
}

const Made kTar{.format = archive_write_set_format_ustar};
const Made kZip{.format = archive_write_set_format_zip};
const Made kGzip{.format = archive_write_set_format_raw, .filter = archive_write_add_filter_gzip};

struct Outcome {
  Files files;
  std::vector<std::string> findings;
  std::optional<Error> error;
  bool all_whole = true;
};

Outcome UnpackAll(const std::string& packed, const std::string& path = "f.gz") {
  Outcome outcome;
  FindingList findings;
  io::Scratch scratch("");
  const auto unpacked = Unpack(
      AsBytes(packed), path, [](std::string_view, Bytes) { return true; }, scratch, findings);
  if (unpacked) {
    for (const UnpackedFile& file : *unpacked) {
      const auto mapped = io::MappedFile::Open(file.name, file.content);
      outcome.files[file.name] = AsText(mapped->bytes());
      outcome.all_whole = outcome.all_whole && file.is_whole;
    }
  } else {
    outcome.error = unpacked.error();
  }
  for (const Finding& finding : findings.findings()) outcome.findings.emplace_back(finding.kind.id);
  return outcome;
}

// Long enough for several blocks, and zeros within.
std::string Content() {
  std::string content;
  for (int i = 0; i < 40'000; ++i) content += std::to_string(i * 7919) + "\n";
  content.insert(100'000, std::string(50'000, '\0'));
  return content;
}

TEST(UnpackTest, ReadsEachPacking) {
  const std::string content = Content();
  for (const WriterPart filter :
       {archive_write_add_filter_gzip, archive_write_add_filter_bzip2, archive_write_add_filter_xz,
        archive_write_add_filter_zstd, archive_write_add_filter_compress}) {
    const Made alone{.format = archive_write_set_format_raw, .filter = filter};
    const Outcome one = UnpackAll(Pack(alone, {{"x", content}}), "dir/state.db.gz");
    EXPECT_EQ(one.files, (Files{{"state.db", content}}));
    EXPECT_TRUE(one.findings.empty());
    const Made tar{.format = archive_write_set_format_pax, .filter = filter};
    const Files files{{"a/db", content}, {"a/empty", ""}, {"b", "short"}};
    EXPECT_EQ(UnpackAll(Pack(tar, files)).files, files);
  }
  const Files files{{"a/db", content}, {"b", "short"}};
  EXPECT_EQ(UnpackAll(Pack(kTar, files)).files, files);
  EXPECT_EQ(UnpackAll(Pack(kZip, files)).files, files);
  std::string base64;
  AppendBase64(base64, AsBytes(content));
  EXPECT_EQ(UnpackAll(base64, "state.b64").files, (Files{{"state", content}}));
}

TEST(UnpackTest, ReadsBase64InLinesAndWithoutPadding) {
  for (const size_t length : {600u, 601u, 602u}) {
    const std::string content = Content().substr(0, length);
    std::string text;
    AppendBase64(text, AsBytes(content));
    while (text.ends_with('=')) text.pop_back();
    for (size_t at = 76; at < text.size(); at += 78) text.insert(at, "\r\n");
    EXPECT_EQ(UnpackAll(text, "x.b64").files, (Files{{"x", content}}));
  }
}

TEST(UnpackTest, ReadsSeveralGzipMembersAndPadding) {
  const std::string half = Pack(kGzip, {{"x", "one "}});
  const std::string packed = half + Pack(kGzip, {{"x", "two"}}) + std::string(100, '\0');
  const Outcome outcome = UnpackAll(packed);
  EXPECT_EQ(outcome.files, (Files{{"f", "one two"}}));
  EXPECT_TRUE(outcome.findings.empty());
}

// Written by Python's zlib.compress(b"etcd " * 200, 9).
TEST(UnpackTest, ReadsZlib) {
  std::string packed =
      "\x78\xda\x4b\x2d\x49\x4e\x51\x48\x1d\x25\x46\x89\x51\x62\x38\x13\x00\xeb\x4c\x5e\x10"s;
  std::string content;
  for (int i = 0; i < 200; ++i) content += "etcd ";
  EXPECT_EQ(UnpackAll(packed, "Incr-00000302-00000400-1764460800.zlib").files,
            (Files{{"Incr-00000302-00000400-1764460800", content}}));
  packed.back() ^= 1;  // of the Adler-32
  EXPECT_EQ(UnpackAll(packed).findings, std::vector<std::string>{"archive.damaged"});
  packed.resize(packed.size() - 6);
  EXPECT_EQ(UnpackAll(packed).findings, std::vector<std::string>{"archive.cut_short"});
  EXPECT_EQ(DetectPacking(AsBytes("x\x9c is no zlib"sv)), Packing::kNone);
}

TEST(UnpackTest, ReadsWhatIsPackedTwice) {
  const std::string content = Content();
  const std::string inner = Pack(kGzip, {{"x", content}});
  const Outcome outcome = UnpackAll(Pack(kZip, {{"day/state.db.gz", inner}}), "b.zip");
  EXPECT_EQ(outcome.files, (Files{{"day/state.db.gz/state.db", content}}));
}

TEST(UnpackTest, RefusesMoreLayersThanAnyoneMakes) {
  std::string packed = "content of no meaning";
  for (int i = 0; i < 6; ++i) packed = Pack(kZip, {{"x.zip", packed}});
  const Outcome outcome = UnpackAll(packed);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kUnsupported);
}

// 1.2 GB of zeros in 1.2 MB.
TEST(UnpackTest, RefusesABomb) {
  const std::string member = Pack(kGzip, {{"x", std::string(16 << 20, '\0')}});
  std::string packed;
  for (int i = 0; i < 75; ++i) packed += member;
  const Outcome outcome = UnpackAll(packed);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kUnsupported);
}

// Two new segments, a database of free pages.
TEST(UnpackTest, TakesZerosAsEtcdMakesThem) {
  const std::string member = Pack(kGzip, {{"x", std::string(16 << 20, '\0')}});
  std::string packed;
  for (int i = 0; i < 10; ++i) packed += member;
  const Outcome outcome = UnpackAll(packed);
  ASSERT_FALSE(outcome.error);
  EXPECT_EQ(outcome.files.at("f").size(), size_t{160} << 20);
}

TEST(UnpackTest, KeepsWhatStandsBeforeTheCut) {
  const std::string content = Content();
  for (const Made& made : {kGzip, kTar, kZip}) {
    const std::string packed = Pack(made, {{"f", content}});
    for (size_t length = 600; length < packed.size() - 2000; length += packed.size() / 7) {
      const Outcome outcome = UnpackAll(packed.substr(0, length));
      ASSERT_EQ(outcome.findings, std::vector<std::string>{"archive.cut_short"}) << length;
      if (outcome.files.empty()) continue;  // nothing of it was there yet
      EXPECT_TRUE(content.starts_with(outcome.files.at("f")));
      EXPECT_FALSE(outcome.all_whole);
    }
  }
}

TEST(UnpackTest, HoldsContentAgainstItsChecksum) {
  std::string gzip = Pack(kGzip, {{"x", Content()}});
  gzip[gzip.size() - 6] ^= 1;  // of the CRC-32
  EXPECT_EQ(UnpackAll(gzip).findings, std::vector<std::string>{"archive.damaged"});
}

TEST(UnpackTest, DoesNotFollowNamesAndLinksOutOfTheArchive) {
  const Files files{{"../../escape.db", "one"}, {"/etc/passwd", "two"}, {"a/../../b", "three"}};
  const Outcome outcome = UnpackAll(Pack(kTar, files, {{"link", "/etc/shadow"}}));
  EXPECT_EQ(outcome.files, (Files{{"escape.db", "one"}, {"etc/passwd", "two"}, {"a/b", "three"}}));
  EXPECT_EQ(outcome.findings, std::vector<std::string>(3, "archive.unsafe_name"));
}

TEST(UnpackTest, ReadsAnEmptyFile) {
  EXPECT_EQ(UnpackAll(Pack(kGzip, {{"x", ""}})).files, (Files{{"f", ""}}));
}

TEST(DetectPackingTest, TakesNoDatabaseAndNoLogForPacked) {
  for (const char* const path : {"incident-13766/m1/member/snap/db"}) {
    const auto file = io::MappedFile::Open(std::string(ETCDF_TESTDATA) + "/fixtures/" + path);
    ASSERT_TRUE(file);
    EXPECT_EQ(DetectPacking(file->bytes().first(kHeadBytes)), Packing::kNone);
  }
}

}  // namespace
}  // namespace etcdf::archive
