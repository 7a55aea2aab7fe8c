#include "dating/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace etcdf::dating {
namespace {

constexpr Micros kStart = 1'796'000'000 * kSecond;
constexpr Micros kMinute = 60 * kSecond;

// A history made of what really happened: the truth by construction.
class History {
 public:
  explicit History(unsigned seed) : dice_(seed) {}

  // The next revision, so long after the one before.
  void Pass(Micros time) {
    now_ += time;
    times_.push_back(now_);
  }
  void Stamp(Micros error = 0) {
    const Micros shown = now_ + error;
    Read(kApiServer, shown - shown % kSecond, Source::kManaged);
  }
  void Lease(const std::string& node, Micros error = 0) {
    uint64_t& last = leases_[node];
    judge_.Add({.place = times_.size(),
                .time = now_ + error - 50,
                .clock = *judge_.ClockOf(node),
                .source = Source::kLease,
                .freshness = Freshness::kOfWrite,
                .done_place = last});
    last = times_.size();
  }
  void Event(const std::string& node, Micros error = 0, Micros late = 0) {
    const Micros shown = now_ + error - late;
    Read(*judge_.ClockOf(node), shown - shown % kSecond, Source::kEvent);
  }
  void Read(Clock clock, Micros time, Source source, Freshness freshness = Freshness::kOfWrite) {
    judge_.Add({.place = times_.size(),
                .time = time,
                .clock = clock,
                .source = source,
                .freshness = freshness});
  }
  unsigned Dice(unsigned sides) { return static_cast<unsigned>(dice_() % sides); }

  Judge& judge() { return judge_; }
  Micros now() const { return now_; }
  // How many revisions lie outside of their intervals, and the median width of these.
  struct Score {
    size_t wrong = 0;
    size_t open = 0;
    Micros median = 0;
  };
  Score ScoreOf(const Line& line) const {
    Score score;
    std::vector<Micros> widths;
    for (size_t i = 0; i < times_.size(); ++i) {
      const Interval at = line.At(i + 1);
      const bool early = at.not_before && times_[i] < at.not_before->time;
      const bool late = at.not_after && times_[i] > at.not_after->time;
      if (early || late) ++score.wrong;
      if (at.not_before && at.not_after) {
        widths.push_back(at.not_after->time - at.not_before->time);
      } else {
        ++score.open;
      }
    }
    std::ranges::sort(widths);
    if (!widths.empty()) score.median = widths[widths.size() / 2];
    return score;
  }

 private:
  std::mt19937 dice_;
  Judge judge_;
  Micros now_ = kStart;
  std::vector<Micros> times_;
  std::map<std::string, uint64_t> leases_;  // where each was renewed last
};

// Some minutes of a cluster of four nodes; those in `errors` have wrong clocks.
void Live(History& history, const std::map<std::string, Micros>& errors, Micros server_error = 0,
          size_t writes = 2000) {
  for (size_t i = 0; i < writes; ++i) {
    history.Pass(static_cast<Micros>(history.Dice(400'000)) + 100);
    const std::string node = "node-" + std::to_string(history.Dice(4));
    const auto found = errors.find(node);
    const Micros error = found == errors.end() ? 0 : found->second;
    switch (history.Dice(4)) {
      case 0:
        history.Lease(node, error);
        history.Stamp(server_error);
        break;
      case 1:
        history.Event(node, error);
        history.Stamp(server_error);
        break;
      case 2: history.Stamp(server_error); break;
      default: break;  // a deletion
    }
  }
}

TEST(JudgeTest, ClocksThatAgreeAreAllBelieved) {
  History history(1);
  Live(history, {});
  const Verdict verdict = history.judge().Finish();
  for (const JudgedClock& clock : verdict.clocks) {
    EXPECT_TRUE(clock.believed) << clock.name;
    EXPECT_EQ(clock.unused, 0U) << clock.name;
  }
  const History::Score score = history.ScoreOf(verdict.line);
  EXPECT_EQ(score.wrong, 0U);
  EXPECT_LE(score.median, 4 * kSecond);
}

TEST(JudgeTest, ANodeThatIsFarOffIsNamedAndMovesNothing) {
  for (const Micros error : {40 * kMinute, -40 * kMinute, 5 * kSecond, -6 * kSecond}) {
    History history(2);
    Live(history, {{"node-1", error}});
    const Verdict verdict = history.judge().Finish();
    EXPECT_EQ(history.ScoreOf(verdict.line).wrong, 0U) << error;
    for (const JudgedClock& clock : verdict.clocks) {
      EXPECT_EQ(clock.believed, clock.name != "node-1") << clock.name << " " << error;
      if (clock.name != "node-1") continue;
      EXPECT_LE(*clock.ahead_least, error);
      EXPECT_GE(*clock.ahead_most, error);
    }
  }
}

TEST(JudgeTest, ClocksThatCountAsRightMakeNoFalseBound) {
  for (const Micros error :
       {-kTolerance * 3 / 4, -kSecond, -kSecond / 3, kSecond / 2, kSecond, kTolerance * 3 / 4}) {
    History history(9);
    Live(history, {{"node-1", error}, {"node-2", -error / 2}});
    const Verdict verdict = history.judge().Finish();
    EXPECT_EQ(history.ScoreOf(verdict.line).wrong, 0U) << error;
    for (const JudgedClock& clock : verdict.clocks) EXPECT_TRUE(clock.believed) << error;
  }
}

TEST(JudgeTest, AStormOfOneNodeDoesNotOutvoteTheOthers) {
  History history(3);
  Live(history, {{"node-2", 40 * kMinute}});
  for (size_t i = 0; i < 5000; ++i) {
    history.Pass(2000);
    history.Event("node-2", 40 * kMinute);
    history.Stamp();
  }
  Live(history, {{"node-2", 40 * kMinute}});
  const Verdict verdict = history.judge().Finish();
  EXPECT_EQ(history.ScoreOf(verdict.line).wrong, 0U);
}

TEST(JudgeTest, ServersThatAllOthersContradictAreNotBelieved) {
  History history(4);
  Live(history, {}, 30 * kMinute);
  const Verdict verdict = history.judge().Finish();
  EXPECT_FALSE(verdict.clocks[kApiServer].believed);
  EXPECT_GE(*verdict.clocks[kApiServer].ahead_most, 30 * kMinute - kTolerance);
  const History::Score score = history.ScoreOf(verdict.line);
  EXPECT_EQ(score.wrong, 0U);
  EXPECT_LE(score.median, 10 * kSecond);
}

TEST(JudgeTest, OneClientAgainstTheServersIsNotBelieved) {
  History history(5);
  for (size_t i = 0; i < 100; ++i) {
    history.Pass(kSecond);
    history.Stamp();
    history.Lease("node-1", kMinute);
  }
  const Verdict verdict = history.judge().Finish();
  EXPECT_TRUE(verdict.clocks[kApiServer].believed);
  EXPECT_FALSE(verdict.clocks[1].believed);
}

TEST(JudgeTest, SomeStampsOfAServerThatIsFarOffAreLeftOut) {
  for (const Micros error : {40 * kMinute, -40 * kMinute}) {
    History history(6);
    for (size_t i = 0; i < 3000; ++i) {
      history.Pass(static_cast<Micros>(history.Dice(400'000)) + 100);
      // The last ones tell, else the first of them could be right.
      history.Stamp(history.Dice(3) == 0 && i > 5 && i < 2990 ? error : 0);
    }
    const Verdict verdict = history.judge().Finish();
    EXPECT_EQ(history.ScoreOf(verdict.line).wrong, 0U);
    EXPECT_GT(verdict.clocks[kApiServer].unused, 100U);
  }
}

TEST(JudgeTest, AClockThatIsSetRightIsBelievedFromThenOn) {
  History history(7);
  Live(history, {{"node-3", 10 * kMinute}}, 0, 300);
  Live(history, {}, 0, 3000);
  const Verdict verdict = history.judge().Finish();
  EXPECT_EQ(history.ScoreOf(verdict.line).wrong, 0U);
  for (const JudgedClock& clock : verdict.clocks) {
    EXPECT_TRUE(clock.believed);
    EXPECT_EQ(clock.unused > 0, clock.name == "node-3");
  }
}

TEST(JudgeTest, ATimeThatMayBeLongPastIsALowerBoundOnly) {
  Judge judge;
  judge.Add({.place = 5, .time = kStart, .freshness = Freshness::kStale});
  const Line line = judge.Finish().line;
  EXPECT_FALSE(line.At(4).not_before);
  EXPECT_FALSE(line.At(4).not_after);
  ASSERT_TRUE(line.At(6).not_before);
  EXPECT_EQ(line.At(6).not_before->time, kStart);
  EXPECT_EQ(line.At(6).not_before->place, 5U);
  EXPECT_FALSE(line.At(5).not_after);
}

TEST(JudgeTest, FileTimesCountWhereNothingContradictsThem) {
  Judge judge;
  judge.Add({.place = 5, .time = kStart, .freshness = Freshness::kOfWrite});
  judge.AddLatest({.place = 9, .time = kStart + 2 * kMinute, .source = Source::kFileTime});
  EXPECT_EQ(judge.Finish().line.At(9).not_after->source, Source::kFileTime);
  EXPECT_EQ(judge.Finish().line.At(5).not_after->source, Source::kCreation);
  judge.AddLatest({.place = 9, .time = kStart - kMinute, .source = Source::kFileTime});
  EXPECT_EQ(judge.Finish().line.At(9).not_after->time, kStart + 2 * kMinute);
}

TEST(JudgeTest, WhatIsNoTimeIsPassedOver) {
  Judge judge;
  for (const Micros time : {Micros{0}, kLatest + 1, std::numeric_limits<Micros>::max(),
                            std::numeric_limits<Micros>::min()}) {
    judge.Add({.place = 1, .time = time, .freshness = Freshness::kOfWrite});
  }
  judge.Add({.place = 1, .time = kStart, .clock = 7, .freshness = Freshness::kOfWrite});
  EXPECT_TRUE(judge.Finish().line.empty());
}

TEST(LineTest, PlacesByTime) {
  History history(8);
  Live(history, {}, 0, 500);
  const Line line = history.judge().Finish().line;
  const Micros middle = kStart + (history.now() - kStart) / 2;
  const auto by = line.LastSurelyBy(middle);
  ASSERT_TRUE(by);
  EXPECT_LE(line.At(*by).not_after->time, middle);
  const auto from = line.FirstSurelyFrom(middle);
  ASSERT_TRUE(from);
  EXPECT_GE(line.At(*from).not_before->time, middle);
  EXPECT_LT(*by, *from);
  EXPECT_FALSE(line.LastSurelyBy(kStart - kMinute));
  EXPECT_FALSE(line.FirstSurelyFrom(history.now() + kMinute));
}

}  // namespace
}  // namespace etcdf::dating
