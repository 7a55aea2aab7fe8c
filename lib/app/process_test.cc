#include "app/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace etcdf::app {
namespace {

TEST(ExitStatus, AFullDiskIsAFailureWhateverWasFound) {
  const int fd = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(fd, 0);
  output::FdSink out(fd);
  EXPECT_FALSE(out.Write("text"));
  output::StringSink err;
  EXPECT_EQ(ExitStatus(ExitCode::kSound, "dump-logs", out, err), 2);
  EXPECT_EQ(err.text(), "dump-logs: cannot write the output: No space left on device\n");
  ::close(fd);
}

TEST(ExitStatus, ABrokenPipeChangesNothing) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  output::FdSink out(ends[1]);
  EXPECT_FALSE(out.Write("text"));
  output::StringSink err;
  EXPECT_EQ(ExitStatus(ExitCode::kDamage, "dump-logs", out, err), 1);
  EXPECT_EQ(err.text(), "");
  ::close(ends[1]);
}

}  // namespace
}  // namespace etcdf::app
