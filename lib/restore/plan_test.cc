#include "restore/plan.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace etcdf::restore {
namespace {

class PlanTest : public ::testing::Test {
 protected:
  // A member of a cluster of three that can be started.
  Candidate& Add(uint64_t node) {
    Candidate& candidate = best_.candidates.emplace_back();
    candidate.identity = {.node_id = node, .cluster_id = 9};
    candidate.voters = {1, 2, 3};
    candidate.forecasts.push_back({.version = {.major = 3, .minor = 5, .patch = 30}});
    candidate.last_term = 2;
    candidate.last_index = 20;
    candidate.revision = 10;
    candidate.shares_log = true;
    return candidate;
  }

  static void Remark(Candidate& candidate, Weight weight, Matter matter, Remedy remedy) {
    candidate.forecasts.front().remarks.push_back(
        {.matter = matter, .weight = weight, .remedy = remedy});
  }

  // "start 0 1/3, join_anew 2"
  std::string Steps() const {
    std::string text;
    for (const Step& step : MakePlan(best_).steps) {
      text += (text.empty() ? "" : ", ") + std::string(DeedName(step.deed));
      if (step.deed == Deed::kCopyAll) continue;
      if (step.deed != Deed::kStartOthers) text += " " + std::to_string(step.member);
      if (step.voters > 0)
        text += " " + std::to_string(step.count) + "/" + std::to_string(step.voters);
      if (step.is_last_resort) text += "!";
    }
    return text;
  }

  BestMember best_;
};

TEST_F(PlanTest, AllAreStartedTheBestFirst) {
  for (const uint64_t node : {1U, 2U, 3U}) Add(node);
  best_.candidates[1].last_index = 19;
  best_.best = {2, 0};
  EXPECT_EQ(Steps(), "copy_all, start 2 1/3, start 0 2/3, start 1 3/3");
}

TEST_F(PlanTest, WhoIsRefutedJoinsAnew) {
  for (const uint64_t node : {1U, 2U, 3U}) Add(node);
  best_.candidates[0].objections.push_back({.kind = Objection::Kind::kStandsAlone});
  best_.best = {1, 2};
  EXPECT_EQ(Steps(), "copy_all, start 1 1/3, start 2 2/3, join_anew 0");
}

// It may have acknowledged what it no longer has, and vote twice.
TEST_F(PlanTest, WhoWasPutBackJoinsAnew) {
  for (const uint64_t node : {1U, 2U, 3U}) Add(node);
  best_.candidates[0].put_back = PutBack{.log_end = 7};
  best_.candidates[0].objections.push_back({.kind = Objection::Kind::kSuspect});
  best_.best = {1, 2};
  EXPECT_EQ(Steps(), "copy_all, start 1 1/3, start 2 2/3, join_anew 0");
}

TEST_F(PlanTest, OneThatIsLeftBeginsTheClusterAnew) {
  for (const uint64_t node : {1U, 2U, 3U}) Add(node);
  for (const size_t i : {0U, 2U}) {
    Remark(best_.candidates[i], Weight::kStops, Matter::kLogUnreadable, Remedy::kNone);
  }
  best_.best = {1};
  EXPECT_EQ(Steps(), "copy_all, start_alone 1, join_anew 0, join_anew 2");
}

// Neither of two states has a majority: one of them is taken.
TEST_F(PlanTest, TwoStates) {
  for (const uint64_t node : {1U, 2U, 3U, 4U}) Add(node).voters = {1, 2, 3, 4};
  best_.candidates[1].differs = best_.candidates[3].differs = true;
  best_.best = {0, 2};
  EXPECT_EQ(Steps(), "copy_all, start_alone 0, join_anew 1, join_anew 2, join_anew 3");
}

// The directories of the others may be somewhere else.
TEST_F(PlanTest, OneOfThreeIsHere) {
  Add(2);
  best_.best = {0};
  EXPECT_EQ(Steps(), "copy_all, start 0 1/3, start_others 1/2, start_alone 0!");
}

TEST_F(PlanTest, AMemberOfOne) {
  Add(1).voters = {1};
  best_.best = {0};
  EXPECT_EQ(Steps(), "copy_all, start 0 1/1");
}

TEST_F(PlanTest, VotersThatAreNotKnown) {
  Add(1).voters.clear();
  best_.best = {0};
  EXPECT_EQ(Steps(), "copy_all, start 0");
}

TEST_F(PlanTest, OneNodeIsStartedOnce) {
  for (const uint64_t node : {1U, 1U, 2U}) Add(node);
  best_.best = {0, 2};
  EXPECT_EQ(Steps(), "copy_all, start 0 1/3, start 2 2/3");
}

TEST_F(PlanTest, StrangersTakeNoPart) {
  for (const uint64_t node : {1U, 2U, 3U}) Add(node);
  best_.candidates[2].shares_log = false;
  best_.best = {0, 1};
  EXPECT_EQ(Steps(), "copy_all, start 0 1/3, start 1 2/3");
}

TEST_F(PlanTest, MendedBeforeAndAfter) {
  Candidate& one = Add(1);
  one.voters = {1};
  Remark(one, Weight::kHarms, Matter::kDatabaseMissing, Remedy::kMakeEmptyDatabase);
  Remark(one, Weight::kHarms, Matter::kAlarmNoSpace, Remedy::kDisarmAlarm);
  best_.best = {0};
  EXPECT_EQ(Steps(), "copy_all, mend 0, start 0 1/1, mend 0");
}

TEST_F(PlanTest, NoneServesAsItIs) {
  Candidate& one = Add(1);
  Remark(one, Weight::kStops, Matter::kVersionTooNew, Remedy::kNewerVersion);
  EXPECT_EQ(Steps(), "copy_all, mend 0, ask_again 0");
  one.forecasts.front().remarks.front().remedy = Remedy::kNone;
  EXPECT_EQ(Steps(), "copy_all, restore 0");
  one.objections.push_back({.kind = Objection::Kind::kDamaged});
  EXPECT_EQ(Steps(), "copy_all");
  EXPECT_FALSE(MakePlan(best_).from);
}

// Of two backups, the one that has more.
TEST_F(PlanTest, RestoredFromADatabase) {
  for (const int64_t revision : {5, 8}) {
    Candidate& backup = best_.candidates.emplace_back();
    backup.revision = revision;
  }
  EXPECT_EQ(Steps(), "copy_all, restore 1");
}

}  // namespace
}  // namespace etcdf::restore
