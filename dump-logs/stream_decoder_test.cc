#include "dump-logs/stream_decoder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "testing/temp_dir.h"

namespace etcdf::dump_logs {
namespace {

using std::chrono::milliseconds;

// Long enough for a shell to start on a busy machine; only programs that hang use it up.
constexpr milliseconds kPatient{30'000};
constexpr milliseconds kShort{200};

class StreamDecoderTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  // Decoders are scripts of the shell; the command is split at spaces, so each is a file.
  std::string Script(const std::string& body) {
    const auto path = dir_.path() / ("decoder" + std::to_string(++scripts_));
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    ::chmod(path.c_str(), 0700);
    return path.string();
  }

  testing::TempDir dir_;
  int scripts_ = 0;
};

TEST_F(StreamDecoderTest, SplitsAnswersAsUpstreamDoes) {
  auto decoder = StreamDecoder::Start(
      Script("while read line; do case $line in 6f6b) echo \"OK|hex $line\";; 3c) echo plain;; "
             "*) echo 'A|b|c';; esac; done"),
      kPatient);
  ASSERT_TRUE(decoder);
  DecoderAnswer answer = decoder->Decode(AsBytes("ok"));
  EXPECT_EQ(answer.status, "OK");
  EXPECT_EQ(answer.text, "hex 6f6b\n");
  answer = decoder->Decode(AsBytes("<"));
  EXPECT_EQ(answer.status, "decoder output format is not right, print output anyway");
  EXPECT_EQ(answer.text, "plain\n");
  answer = decoder->Decode(AsBytes("x"));
  EXPECT_EQ(answer.status, "A(*WARNING: data might contain deliminator used by etcd-dump-logs)");
  EXPECT_EQ(answer.text, "bc\n");
  decoder->Finish(kPatient);
  EXPECT_EQ(decoder->failure(), "");
}

TEST_F(StreamDecoderTest, EntriesLargerThanAPipeGoThrough) {
  auto decoder =
      StreamDecoder::Start(Script("while read line; do echo \"OK|$line\"; done"), kPatient);
  ASSERT_TRUE(decoder);
  const std::vector<uint8_t> large(300'000, 0xab);
  const DecoderAnswer answer = decoder->Decode(large);
  EXPECT_EQ(answer.text.size(), large.size() * 2 + 1);
  decoder->Finish(kPatient);
}

TEST_F(StreamDecoderTest, OneThatDiesIsNamedAndNotAskedAgain) {
  auto decoder =
      StreamDecoder::Start(Script("read line; echo 'OK|first'; echo oops >&2; exit 3"), kPatient);
  ASSERT_TRUE(decoder);
  EXPECT_EQ(decoder->Decode(AsBytes("a")).status, "OK");
  EXPECT_EQ(decoder->Decode(AsBytes("b")).status, "no answer: the decoder exited with status 3");
  EXPECT_EQ(decoder->Decode(AsBytes("c")).text, "\n");
  decoder->Finish(kPatient);
  EXPECT_EQ(decoder->failure(), "exited with status 3");
  EXPECT_EQ(decoder->stderr_text(), "oops\n");
}

TEST_F(StreamDecoderTest, OneThatHangsIsKilled) {
  auto decoder = StreamDecoder::Start(Script("exec sleep 1000"), kShort);
  ASSERT_TRUE(decoder);
  EXPECT_EQ(decoder->Decode(AsBytes("a")).status,
            "no answer: the decoder gave no answer in 200 ms");
  decoder->Finish(kPatient);
}

TEST_F(StreamDecoderTest, OneThatAnswersWithoutALineEndIsKilled) {
  auto decoder = StreamDecoder::Start(Script("read line; printf short; exec sleep 1000"), kShort);
  ASSERT_TRUE(decoder);
  EXPECT_EQ(decoder->Decode(AsBytes("a")).status,
            "no answer: the decoder gave no answer in 200 ms");
}

TEST_F(StreamDecoderTest, OneThatWillNotEndIsKilled) {
  auto decoder = StreamDecoder::Start(Script("read line; echo 'OK|x'; exec sleep 1000"), kPatient);
  ASSERT_TRUE(decoder);
  EXPECT_EQ(decoder->Decode(AsBytes("a")).text, "x\n");
  decoder->Finish(kShort);
  EXPECT_EQ(decoder->failure(), "did not end after its input was closed");
}

TEST_F(StreamDecoderTest, OneThatIsNotThereIsAnError) {
  const auto decoder = StreamDecoder::Start("/no/such/decoder -x", kPatient);
  ASSERT_FALSE(decoder);
  EXPECT_EQ(decoder.error().system_errno, ENOENT);
}

}  // namespace
}  // namespace etcdf::dump_logs
