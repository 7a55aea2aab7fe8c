// Sentences about kinds of anomalies; testdata/hashcheck/audit.test has them from real evidence.
#include "hashcheck/views/audit_words.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::hashcheck {
namespace {

using audit::Anomaly;
using audit::AnomalyKind;
using audit::AuditVerdict;

class AuditWords : public ::testing::Test {
 protected:
  AuditWords() {
    options_.audit = true;
    member_.name = "m1";
    audits_.push_back({.member = &member_, .consistent_index = 90});
    report().verdict = AuditVerdict::kAnomalous;
    report().index_first = 1;
    report().index_last = 90;
  }

  audit::AuditReport& report() { return audits_.front().report; }

  std::vector<Point> Points() const {
    const ViewContext context{.options = options_,
                              .members = members_,
                              .comparison = comparison_,
                              .audits = audits_,
                              .best = best_,
                              .origins = origins_};
    return TellAudits(context).front().points;
  }

  // Of one anomaly.
  Point Tell(Anomaly anomaly) {
    report().anomalies = {std::move(anomaly)};
    return Points().front();
  }

  Options options_;
  Member member_;
  std::vector<std::unique_ptr<Member>> members_;
  Comparison comparison_;
  std::vector<MemberAudit> audits_;
  std::optional<restore::BestMember> best_;
  std::vector<restore::Origin> origins_;
};

TEST_F(AuditWords, ARangeAppliedTwice) {
  const Point point = Tell({.kind = AnomalyKind::kAppliedTwice,
                            .index_first = 5,
                            .index_last = 9,
                            .revision = 12,
                            .revisions = 4,
                            .found = {{.revision = {.main = 12}, .key = "a", .value = "1"}},
                            .consequences = 2});
  EXPECT_EQ(point.headline, "entries 5 to 9 were applied twice: once more at revision 12");
  EXPECT_EQ(point.details,
            (std::vector<std::string>{
                R"(stored: put "a" = "1", version 0, created at 0)",
                "from revision 12 on it is 4 revisions ahead of its log",
                "as a consequence 2 later entries had another effect than intended"}));
}

TEST_F(AuditWords, TiesAreNamed) {
  const Point point = Tell({.kind = AnomalyKind::kSkipped,
                            .index_first = 3,
                            .index_last = 3,
                            .ties = {3, 4, 5},
                            .term = 2,
                            .request = "put",
                            .revision = 4,
                            .revisions = -1});
  EXPECT_EQ(point.headline,
            "entry 3, term 2 (put) counts as applied (consistent index 90) but left no revision: "
            "skipped");
  EXPECT_EQ(point.details.front(),
            "or another entry in its place, as nothing stored tells them apart: 3, 4, 5");
}

TEST_F(AuditWords, WhatElseItMayHaveBeenIsNamed) {
  const Point point = Tell({.kind = AnomalyKind::kAppliedTwice,
                            .index_first = 3,
                            .index_last = 3,
                            .ties = {3},
                            .other_kinds = {AnomalyKind::kExtraRevisions}});
  EXPECT_EQ(point.details.front(),
            "or, as nothing stored tells them apart: a write that is in no entry, and whose row is "
            "compacted");
}

TEST_F(AuditWords, TheWitnessIsNamed) {
  Member peer;
  peer.name = "m2";
  audits_.front().peers = {&peer};
  const Point point = Tell(
      {.kind = AnomalyKind::kSkipped, .index_first = 3, .index_last = 3, .settled_by = size_t{0}});
  EXPECT_EQ(point.details.front(),
            "it was this and nothing like it, by the database of m2, to which the same happened "
            "and which still holds more of it");
  report().start = audit::AuditStart::kPeerRows;
  report().start_revision = 5;
  report().start_peer = 0;
  EXPECT_EQ(Points().back().details.front(),
            "the log was applied to the state in the database of m2 as of revision 5");
}

TEST_F(AuditWords, WhatIsInNoEntry) {
  EXPECT_EQ(Tell({.kind = AnomalyKind::kUnlogged, .index_first = 7, .revision = 8}).headline,
            "a write that is in no entry at revision 8, in front of entry 7");
  EXPECT_EQ(Tell({.kind = AnomalyKind::kUnlogged, .revision = 8}).headline,
            "a write that is in no entry at revision 8, behind the last entry");
  EXPECT_EQ(Tell({.kind = AnomalyKind::kExtraRevisions, .index_first = 7, .revisions = 3}).headline,
            "3 revisions passed that no entry explains, in front of entry 7; what they held is "
            "compacted");
}

TEST_F(AuditWords, ValuesAreShownAsAskedFor) {
  options_.values.redact = true;
  const Point point =
      Tell({.kind = AnomalyKind::kAppliedDifferently,
            .index_first = 3,
            .index_last = 3,
            .expected = {{.key = "k", .value = "secret"}},
            .found = {{.key = "k\x1b", .value = "secret, too"}, {.tombstone = true, .key = "d"}}});
  for (const std::string& detail : point.details) {
    EXPECT_EQ(detail.find("secret"), std::string::npos) << detail;
    EXPECT_EQ(detail.find('\x1b'), std::string::npos) << detail;
  }
  EXPECT_EQ(point.details.back(), R"(stored: delete "d")");
}

TEST_F(AuditWords, LongListsAreCut) {
  report().anomalies.assign(20, {.kind = AnomalyKind::kSkipped, .index_first = 1, .index_last = 1});
  EXPECT_EQ(Points().size(), 8 + 1);
  EXPECT_EQ(Points().back().details.front(),
            "so much for the first 8 of 20 anomalies; --all shows them all");
  options_.all = true;
  EXPECT_EQ(Points().size(), 20 + 1);
}

TEST_F(AuditWords, BlindIsNotVerified) {
  report() = {.verdict = AuditVerdict::kExplained,
              .index_first = 1,
              .index_last = 9,
              .start = audit::AuditStart::kOwnRows,
              .start_revision = 5,
              .verified = 4,
              .blind = 3,
              .without_rows = 1,
              .untold = 1};
  EXPECT_EQ(Points().front().details,
            (std::vector<std::string>{
                "the log was applied to the database's own state as of revision 5",
                "entries 1 to 9: 4 verified, 3 blind (what they wrote is compacted), 1 without a "
                "row, 1 that the files do not tell the outcome of",
                "not covered: entries 10 to 90 count as applied, and the log that can be read ends "
                "before them"}));
}

TEST_F(AuditWords, MembersOfWhomTheSameIsSaidShareAStory) {
  Member other{.name = "m2", .source = {}};
  audits_.push_back({.member = &other, .consistent_index = 90, .report = report()});
  const ViewContext context{.options = options_,
                            .members = members_,
                            .comparison = comparison_,
                            .audits = audits_,
                            .best = best_,
                            .origins = origins_};
  ASSERT_EQ(TellAudits(context).size(), 1);
  EXPECT_EQ(TellAudits(context).front().Names(), "m1 m2");
}

}  // namespace
}  // namespace etcdf::hashcheck
