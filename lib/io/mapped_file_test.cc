#include "io/mapped_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "testing/temp_dir.h"

namespace etcdf::io {
namespace {

constexpr size_t kFileBytes = 65536;

class MappedFileTest : public ::testing::Test {
 protected:
  std::string Write(const char* name, const std::string& content) {
    std::string path = (dir_.path() / name).string();
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  testing::TempDir dir_;
};

TEST_F(MappedFileTest, GivesTheBytesOfTheFile) {
  const auto file = MappedFile::Open(Write("f", "content"));
  ASSERT_TRUE(file);
  EXPECT_EQ(AsText(file->bytes()), "content");
  EXPECT_FALSE(file->Fault());
}

TEST_F(MappedFileTest, AnEmptyFileHasNoBytesAndNoFault) {
  const auto file = MappedFile::Open(Write("f", ""));
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->bytes().empty());
  EXPECT_FALSE(file->Fault());
}

TEST_F(MappedFileTest, RefusesWhatIsNoRegularFileWithoutWaitingForIt) {
  const auto missing = MappedFile::Open((dir_.path() / "missing").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
  EXPECT_EQ(missing.error().system_errno, ENOENT);

  const std::string fifo = (dir_.path() / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {fifo, dir_.path().string(), std::string("/dev/zero")}) {
    const auto refused = MappedFile::Open(path);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().code, ErrorCode::kWrongKind) << path;
    EXPECT_EQ(refused.error().subject, path);
  }
}

TEST_F(MappedFileTest, AFileThatShrinksIsReadAsZerosAndReported) {
  const std::string path = Write("f", std::string(kFileBytes, 'x'));
  const auto file = MappedFile::Open(path);
  ASSERT_TRUE(file);
  std::filesystem::resize_file(path, 5000);

  // Every byte can be read: those that are gone are zeros.
  size_t letters = 0;
  for (const uint8_t byte : file->bytes()) letters += byte == 'x' ? 1 : 0;
  EXPECT_EQ(letters, 5000u);
  const auto fault = file->Fault();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind.id, "io.file_shrank");
  EXPECT_EQ(fault->offset, 5000u);
  EXPECT_EQ(fault->length, kFileBytes - 5000);
}

// In any order and on several threads, more pages than a process may have mappings.
TEST_F(MappedFileTest, AFileThatShrinksMayHaveMorePagesThanThereMayBeMappings) {
  constexpr uint64_t kPageBytes = 4096;
  constexpr uint64_t kPages = 140'000;
  const std::string path = Write("f", "x");
  std::filesystem::resize_file(path, kPages * kPageBytes);
  const auto file = MappedFile::Open(path);
  ASSERT_TRUE(file);
  std::filesystem::resize_file(path, 1);

  std::atomic<uint64_t> sum = 0;
  const auto read_every_other_page = [&](uint64_t thread) {
    for (uint64_t page = kPages - 1 - 2 * thread; page < kPages; page -= 8) {
      sum += file->bytes()[page * kPageBytes];
    }
  };
  {
    std::vector<std::jthread> threads;
    for (uint64_t i = 0; i < 4; ++i) threads.emplace_back(read_every_other_page, i);
  }
  EXPECT_EQ(sum, 0u);
  EXPECT_EQ(file->bytes()[0], 'x');
  const auto fault = file->Fault();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind.id, "io.file_shrank");
  EXPECT_EQ(fault->offset, 1u);
}

// The kernel reports a page it cannot deliver and a page beyond the end alike. To see what happens
// when the file's size is not to blame, it is cut, read, and given its size back.
TEST_F(MappedFileTest, APageThatCannotBeDeliveredIsReadAsZerosAndReported) {
  const std::string path = Write("f", std::string(kFileBytes, 'x'));
  const auto file = MappedFile::Open(path);
  ASSERT_TRUE(file);
  std::filesystem::resize_file(path, 8192);
  EXPECT_EQ(file->bytes()[20'000], 0);
  std::filesystem::resize_file(path, kFileBytes);
  const auto fault = file->Fault();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind.id, "io.read_error");
  EXPECT_EQ(fault->offset, 16'384u);
}

TEST_F(MappedFileTest, KnowsThatAnEtcdHoldsTheFile) {
  const std::string path = Write("f", "content");
  const int fd = ::open(path.c_str(), O_RDWR);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  ASSERT_EQ(::fcntl(fd, F_OFD_SETLK, &lock), 0);
  EXPECT_TRUE(MappedFile::Open(path)->in_use());
  ::close(fd);
  EXPECT_FALSE(MappedFile::Open(path)->in_use());
}

TEST_F(MappedFileTest, KnowsThatAnEtcdHoldsTheDatabase) {
  const std::string path = Write("f", "content");
  const int fd = ::open(path.c_str(), O_RDWR);
  ASSERT_EQ(::flock(fd, LOCK_SH), 0);  // as bbolt's tools do, which only read
  EXPECT_FALSE(MappedFile::Open(path)->in_use());
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  EXPECT_TRUE(MappedFile::Open(path)->in_use());
  EXPECT_FALSE(MappedFile::Open(Write("other", "content"))->in_use());
  ::close(fd);
  EXPECT_FALSE(MappedFile::Open(path)->in_use());
}

TEST_F(MappedFileTest, MovesWithItsMapping) {
  auto first = MappedFile::Open(Write("a", "first"));
  auto second = MappedFile::Open(Write("b", "second"));
  ASSERT_TRUE(first && second);
  *first = *std::move(second);
  EXPECT_EQ(AsText(first->bytes()), "second");
  const MappedFile moved = *std::move(first);
  EXPECT_EQ(AsText(moved.bytes()), "second");
}

}  // namespace
}  // namespace etcdf::io
