// What holds for dump-logs whatever happened to the bytes: it never crashes or hangs, and it never
// passes off a damaged log as a sound one. Each test takes a small sound log and damages it in
// every place.
//
// The answer is the JSON stream of all entries and the verdict of --verify. After damage, one of
// these:
//   * the answer is what it was, byte for byte, and the exit code is 0;
//   * a finding worse than a note is reported, and the exit code is 1;
//   * a note says that the last write was torn; the exit code is 0, and the entries are the first
//     ones of the sound log.
// And an entry that is shown without a mark of damage is one that the sound log has.
//
// The format leaves one thing open: a last segment that ends between two records is a sound log of
// fewer records.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "dump-logs/command.h"
#include "output/sink.h"
#include "testing/exhaustive.h"
#include "testing/seed.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"

namespace etcdf::dump_logs {
namespace {

constexpr std::string_view kWalDir = "member/wal/";

// Two segments with everything a log usually has: requests of several kinds, overwritten entries, a
// snapshot, padding of several lengths, preallocated space. Member ids have 64 bits, as real ones
// do.
constexpr std::string_view kLog = R"(
metadata node=0x8e3943c95e0420af cluster=0xcc6b67421a32e8c9
snapshot index=0 term=0
entry term=1 index=1 conf change=add node=0x8e3943c95e0420af context="{}"
state term=1 vote=0x8e3943c95e0420af commit=1
entry term=2 index=2 noop
entry term=2 index=3 id=0x20af000000000001 put key=/a value=1
entry term=2 index=4 id=0x20af000000000002 put key=/b value=two
state term=2 vote=0x8e3943c95e0420af commit=2
entry term=3 index=3 id=0x20af000000000003 delete key=/a
entry term=3 index=4 user=root put key=/b value=threethree lease=0x7b
cut
snapshot index=4 term=3 voters=0x8e3943c95e0420af
entry term=3 index=5 id=0x20af000000000005 lease-grant id=0x7b ttl=60
entry term=3 index=6 id=0x20af000000000006 txn {
  if key=/b target=version result=greater to=1
  then put key=/c value=v
}
state term=3 vote=0x8e3943c95e0420af commit=5
entry term=3 index=7 put key=/d value=last
state term=3 vote=0x8e3943c95e0420af commit=7
preallocate bytes=448
)";

struct ToolRun {
  app::ExitCode exit_code = app::ExitCode::kFailed;
  std::string out;
};

ToolRun RunTool(std::vector<std::string> arguments) {
  output::StringSink out, err;
  const app::ExitCode exit_code = Run(std::move(arguments), out, err);
  return {exit_code, out.text()};
}

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

// What an entry's line says of the entry itself: index, term, kind and request, not where it lies
// or whether it is committed.
std::string EntryOnly(const std::string& line) { return line.substr(0, line.find(",\"bytes\":")); }

// The verdict tells the size of the files, preallocated space included. That is no part of the
// answer.
std::string WithoutFileSize(std::string verdict) {
  const size_t begin = verdict.find(",\"bytes\":");
  if (begin != verdict.npos) verdict.erase(begin, verdict.find(',', begin + 1) - begin);
  return verdict;
}

struct Answer {
  bool in_order = false;  // the tool ended with 0 or 1, and --verify, where asked, with the same
  app::ExitCode exit_code = app::ExitCode::kFailed;
  std::string whole;                  // stdout of both runs
  std::vector<std::string> entries;   // all, in order, each by EntryOnly
  std::vector<std::string> unmarked;  // those without a mark of damage
  bool note = false;
  bool worse_than_note = false;
};

// What the tool says about "d". `range` chooses the entries to dump. Where the dump finds damage,
// --verify is not asked any more: there are many places to damage.
Answer Ask(const std::vector<std::string>& range) {
  std::vector<std::string> arguments = {"-w", "json", "--superseded", "d"};
  arguments.insert(arguments.end(), range.begin(), range.end());
  const ToolRun dump = RunTool(arguments);
  Answer answer;
  answer.exit_code = dump.exit_code;
  answer.whole = dump.out;
  answer.in_order =
      dump.exit_code == app::ExitCode::kSound || dump.exit_code == app::ExitCode::kDamage;
  for (const std::string& line : LinesOf(dump.out)) {
    if (line.starts_with("{\"finding\":")) {
      const bool note = line.find("\"severity\":\"note\"") != line.npos;
      (note ? answer.note : answer.worse_than_note) = true;
    } else if (line.starts_with("{\"index\":")) {
      answer.entries.push_back(EntryOnly(line));
      if (line.find(",\"damage\":") == line.npos) answer.unmarked.push_back(EntryOnly(line));
    }
  }
  if (answer.worse_than_note) return answer;
  const ToolRun verify = RunTool({"-w", "json", "--verify", "d"});
  answer.whole += WithoutFileSize(verify.out);
  answer.in_order = answer.in_order && verify.exit_code == dump.exit_code;
  return answer;
}

// A sound log in the working directory, as data dir "d", whose files can be damaged and mended.
class DamagedLog {
 public:
  explicit DamagedLog(std::string_view log, std::vector<std::string> range = {"--from", "0"})
      : working_(temp_.path()), range_(std::move(range)) {
    auto evidence = testing::BuildEvidence(log);
    EXPECT_TRUE(evidence) << evidence.error().Message();
    if (evidence) evidence_ = *std::move(evidence);
    EXPECT_TRUE(testing::WriteEvidence(evidence_, "d"));
    sound_ = Ask(range_);
    EXPECT_TRUE(sound_.in_order && sound_.exit_code == app::ExitCode::kSound) << sound_.whole;
    EXPECT_FALSE(sound_.note || sound_.worse_than_note) << sound_.whole;
    EXPECT_FALSE(sound_.entries.empty());
  }

  const testing::BuiltEvidence& evidence() const { return evidence_; }
  const Answer& sound() const { return sound_; }

  std::vector<std::string> Segments() const {
    std::vector<std::string> paths;
    for (const auto& [path, content] : evidence_.files) {
      if (path.starts_with(kWalDir)) paths.push_back(path);
    }
    return paths;
  }

  // Asks while `path` has this content.
  Answer AskWith(const std::string& path, std::string_view content) const {
    Write(path, content);
    Answer answer = Ask(range_);
    Write(path, evidence_.files.at(path));
    return answer;
  }

 private:
  // Overwrites in place: truncating to nothing first would make some file systems wait for the
  // disk.
  static void Write(const std::string& path, std::string_view content) {
    std::fstream file("d/" + path, std::ios::binary | std::ios::in | std::ios::out);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    std::filesystem::resize_file("d/" + path, content.size());
  }

  testing::TempDir temp_;
  testing::WorkingDir working_;
  std::vector<std::string> range_;
  testing::BuiltEvidence evidence_;
  Answer sound_;
};

bool IsPrefix(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

// The claims of this file's head about one damaged answer. Empty if they hold.
std::string WhatIsWrong(const Answer& answer, const Answer& sound) {
  if (!answer.in_order) return "the tool did not end in good order";
  if (answer.worse_than_note != (answer.exit_code == app::ExitCode::kDamage)) {
    return "exit code and findings contradict each other";
  }
  if (!answer.worse_than_note && !answer.note && answer.whole != sound.whole) {
    return "another answer, and no finding";
  }
  if (!answer.worse_than_note && answer.note && !IsPrefix(answer.entries, sound.entries)) {
    return "a mere note, and entries that are not the first of the sound log";
  }
  for (const std::string& entry : answer.unmarked) {
    if (std::ranges::find(sound.entries, entry) == sound.entries.end()) {
      return "shown as sound, but not in the log: " + entry;
    }
  }
  return "";
}

bool IsBetweenRecords(const testing::BuiltEvidence& evidence, const std::string& path, size_t at) {
  return std::ranges::any_of(evidence.records, [&](const testing::PlacedRecord& record) {
    const uint64_t end = record.offset + 8 + record.payload_bytes + record.padding_bytes;
    return path == std::string(kWalDir) + record.segment && end == at;
  });
}

TEST(DumpLogsProperty, AFlippedBitIsFoundOrHasNoMeaning) {
  const DamagedLog log(kLog);
  for (const std::string& path : log.Segments()) {
    const std::string& sound = log.evidence().files.at(path);
    for (size_t at = 0; at < sound.size(); ++at) {
      for (size_t bit = at % testing::kOneCaseIn; bit < 8; bit += testing::kOneCaseIn) {
        std::string damaged = sound;
        damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
        const Answer answer = log.AskWith(path, damaged);
        EXPECT_EQ(WhatIsWrong(answer, log.sound()), "")
            << path << " byte " << at << " bit " << bit << "\n"
            << testing::DescribeLayout(log.evidence()) << answer.whole;
      }
    }
  }
}

TEST(DumpLogsProperty, ACutIsFoundOrLeavesAShorterLog) {
  const DamagedLog log(kLog);
  const std::vector<std::string> segments = log.Segments();
  for (const std::string& path : segments) {
    const std::string& sound = log.evidence().files.at(path);
    for (size_t size = 0; size < sound.size(); ++size) {
      const Answer answer = log.AskWith(path, std::string_view(sound).substr(0, size));
      std::string wrong = WhatIsWrong(answer, log.sound());
      if (!answer.worse_than_note && path == segments.back() &&
          IsBetweenRecords(log.evidence(), path, size)) {
        wrong = IsPrefix(answer.entries, log.sound().entries) ? "" : "not the first entries";
      }
      EXPECT_EQ(wrong, "") << path << " cut to " << size << "\n"
                           << testing::DescribeLayout(log.evidence()) << answer.whole;
    }
  }
}

TEST(DumpLogsProperty, AZeroedSectorIsFound) {
  constexpr size_t kSectorBytes = 512;
  const DamagedLog log(R"(
metadata node=0x8e3943c95e0420af cluster=0xcc6b67421a32e8c9
snapshot index=0 term=0
log from=1 terms=1,1,1,1,1,1,1,1,1,1
entry term=1 index=11 put key=/long value=repeat:long*500
log from=12 terms=1,1,1,1,1,1,1,1,1,1
state term=1 vote=0x8e3943c95e0420af commit=20
cut
log from=22 terms=1,1,1,1,1,1,1,1,1,1
entry term=1 index=32 put key=/long value=repeat:longer*503
log from=33 terms=1,1,1,1,1,1,1,1,1,1,1
state term=1 vote=0x8e3943c95e0420af commit=42
)");
  for (const std::string& path : log.Segments()) {
    const std::string& sound = log.evidence().files.at(path);
    for (size_t at = 0; at < sound.size(); at += kSectorBytes) {
      const size_t length = std::min(kSectorBytes, sound.size() - at);
      std::string damaged = sound;
      damaged.replace(at, length, length, '\0');
      if (damaged == sound) continue;
      const Answer answer = log.AskWith(path, damaged);
      EXPECT_EQ(WhatIsWrong(answer, log.sound()), "") << path << " sector at " << at << "\n"
                                                      << answer.whole;
      EXPECT_NE(answer.whole, log.sound().whole) << path << " sector at " << at;
    }
  }
}

TEST(DumpLogsProperty, AFlippedBitOfASnapshotFileIsFoundOrHasNoMeaning) {
  const DamagedLog log(R"(
metadata node=1 cluster=2
snapshot index=0 term=0
log from=1 terms=1,1
snapshot index=2 term=1 voters=1
log from=3 terms=1
state term=1 vote=1 commit=3
snap term=1 index=2 voters=1 data={}
)",
                       {});  // from the snapshot on
  const std::string path = "member/snap/0000000000000001-0000000000000002.snap";
  const std::string& sound = log.evidence().files.at(path);
  for (size_t at = 0; at < sound.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = sound;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      // The dump begins at the snapshot; without it, at an older one or at the first entry.
      const Answer answer = log.AskWith(path, damaged);
      EXPECT_TRUE(answer.in_order) << "byte " << at << " bit " << bit;
      EXPECT_EQ(answer.whole == log.sound().whole, answer.exit_code == app::ExitCode::kSound)
          << "byte " << at << " bit " << bit << "\n"
          << answer.whole;
    }
  }
}

class DumpLogsRandomDamage : public testing::SeededTest {
 protected:
  // Does one of the things that happen to files.
  void Damage(std::string& file) {
    const size_t at = Below(file.size() + 1);
    const size_t length = Below(std::min<size_t>(file.size() - at, 64) + 1);
    switch (Below(6)) {
      case 0: file.replace(at, length, RandomBytes(length)); break;
      case 1: file.erase(at, length); break;
      case 2: file.insert(at, RandomBytes(Below(32))); break;
      case 3: file.insert(Below(file.size() + 1), file.substr(at, length)); break;
      case 4: file.replace(at, length, length, '\0'); break;
      case 5: file.resize(at); break;
    }
  }
};

// However much is damaged at once.
TEST_F(DumpLogsRandomDamage, TheToolEndsInGoodOrder) {
  const DamagedLog log(kLog);
  const std::vector<std::string> segments = log.Segments();
  for (int round = 0; round < 500; ++round) {
    const std::string& path = segments[Below(segments.size())];
    std::string damaged = log.evidence().files.at(path);
    for (uint64_t count = 1 + Below(4); count > 0; --count) Damage(damaged);
    const Answer answer = log.AskWith(path, damaged);
    EXPECT_TRUE(answer.in_order) << "round " << round << "\n" << answer.whole;
    EXPECT_EQ(answer.worse_than_note, answer.exit_code == app::ExitCode::kDamage)
        << "round " << round << "\n"
        << answer.whole;
  }
}

TEST_F(DumpLogsRandomDamage, NoiseIsNoLog) {
  const DamagedLog log(kLog);
  const std::string path = log.Segments().front();
  for (int round = 0; round < 200; ++round) {
    const Answer answer = log.AskWith(path, RandomBytes(1 + Below(2000)));
    EXPECT_TRUE(answer.in_order && answer.worse_than_note) << answer.whole;
  }
}

}  // namespace
}  // namespace etcdf::dump_logs
