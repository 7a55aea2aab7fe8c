#include "dating/store_times.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "dating/findings.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::dating {
namespace {

constexpr Micros kStart = 1'796'000'000 * kSecond;

std::string Time(Micros time) { return TimeText(time); }
std::string Stamp(Micros time) { return TimeText(time).substr(0, 19) + "Z"; }

// A store to which objects are written, each at its moment.
class Written {
 public:
  // The revision it became.
  int64_t Put(const std::string& key, const std::string& value) {
    const uint64_t version = ++versions_[key];
    testing::ProtoWriter row;
    row.Bytes(1, key).Number(2, 1).Number(3, static_cast<uint64_t>(++revision_));
    row.Number(4, version).Bytes(5, value);
    database_.Put("key", RowKey(), row.bytes());
    return revision_;
  }
  int64_t Delete(const std::string& key) {
    versions_.erase(key);
    ++revision_;
    database_.Put("key", RowKey() + "t", testing::ProtoWriter().Bytes(1, key).bytes());
    return revision_;
  }
  // Rows before the revision are gone, but for the newest of each key.
  void Forget(int64_t from, int64_t to) {
    const int64_t now = revision_;
    for (revision_ = from; revision_ <= to; ++revision_) database_.Erase("key", RowKey());
    revision_ = now;
  }
  int64_t Object(const std::string& name, Micros created, Micros changed) {
    return Put("/registry/configmaps/shop/" + name,
               R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"creationTimestamp":")" +
                   Stamp(created) + R"(","managedFields":[{"manager":"helm","time":")" +
                   Stamp(changed) + R"("}],"name":")" + name + R"("}})");
  }
  // `now`: by the clock of the API server.
  int64_t Lease(const std::string& holder, Micros renewed, Micros now = 0) {
    return Put("/registry/leases/kube-node-lease/" + holder,
               R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{)"
               R"("creationTimestamp":")" +
                   Stamp(leases_.emplace(holder, now == 0 ? renewed : now).first->second) +
                   R"("},"spec":{"holderIdentity":")" + holder + R"(_0a1b","renewTime":")" +
                   Time(renewed) + R"("}})");
  }

  Verdict Date() const { return DateStore(Store(), tools_); }
  Result<RevisionAt> By(Micros time) const { return NewestNotAfter(Store(), tools_, time * 1000); }
  mvcc::Store Store() const {
    return {.database = database_, .file = file_, .findings = findings_};
  }
  testing::MemoryDatabase& database() { return database_; }

 private:
  std::string RowKey() const {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(revision_ >> shift);
    return key + '_' + std::string(8, '\0');
  }

  testing::MemoryDatabase database_;
  std::map<std::string, uint64_t> versions_;
  std::map<std::string, Micros> leases_;  // when each was made
  int64_t revision_ = 1;
  std::string file_ = "db";
  mutable FindingList findings_;
  objects::Tools tools_ = *objects::Tools::Load({});
};

TEST(StoreTimesTest, AStampThatWasThereBeforeBoundsFromBelowAlone) {
  Written store;
  store.Object("a", kStart, kStart);
  const int64_t stale = store.Object("a", kStart, kStart);  // took a field away
  const Line line = store.Date().line;
  EXPECT_EQ(line.At(static_cast<uint64_t>(stale)).not_before->time, kStart);
  EXPECT_FALSE(line.At(static_cast<uint64_t>(stale)).not_after);
  ASSERT_TRUE(line.At(2).not_after);
  EXPECT_EQ(line.At(2).not_after->time, kStart + kSecond + kLongestServerLag);
}

TEST(StoreTimesTest, AStampWhoseRowBeforeIsCompactedMayBeOld) {
  Written store;
  const int64_t first = store.Object("a", kStart, kStart);
  const int64_t second = store.Object("a", kStart, kStart + 5 * kSecond);
  store.Forget(first, first);
  EXPECT_FALSE(store.Date().line.At(static_cast<uint64_t>(second)).not_after);
}

TEST(StoreTimesTest, WhatIsRenewedWasDoneBeforeTheNextRenewal) {
  Written store;
  const int64_t first = store.Lease("node-1", kStart);
  const int64_t between = store.Put("other", "x");
  store.Lease("node-2", kStart + kSecond);
  const int64_t next = store.Lease("node-1", kStart + 3 * kSecond);
  const Line line = store.Date().line;
  const Interval at = line.At(static_cast<uint64_t>(first));
  ASSERT_TRUE(at.not_before && at.not_after);
  EXPECT_EQ(at.not_before->time, kStart);
  // As far as stamps of whole seconds tell, the clock may be a second late.
  EXPECT_EQ(at.not_after->time, kStart + 3 * kSecond + kSecond);
  EXPECT_EQ(at.not_after->source, Source::kLease);
  EXPECT_EQ(line.At(static_cast<uint64_t>(between)).not_before->time, kStart);
  // Of the last renewals no more is known than when their writers would have given up.
  EXPECT_EQ(line.At(static_cast<uint64_t>(next)).not_after->time,
            kStart + 3 * kSecond + kSecond + kLongestClientLag);
}

TEST(StoreTimesTest, ALeaseThatIsChangedButNotRenewedTellsNothing) {
  Written store;
  store.Lease("node-1", kStart);
  const int64_t changed = store.Lease("node-1", kStart);
  EXPECT_FALSE(store.Date().line.At(static_cast<uint64_t>(changed)).not_after);
}

TEST(StoreTimesTest, WebhooksThatTakeTheirTimeMakeNoFalseBound) {
  Written store;
  Micros now = kStart;
  std::map<int64_t, Micros> truth;
  for (int i = 0; i < 300; ++i) {
    now += kSecond;
    truth[store.Lease("node-" + std::to_string(i % 3), now)] = now;
    now += 100'000;
    // Every tenth write was stamped long before it reached the store.
    const Micros late = i % 10 == 3 ? 8 * kSecond : 0;
    truth[store.Object("o" + std::to_string(i), now - late, now - late)] = now;
  }
  const Verdict verdict = store.Date();
  EXPECT_GE(verdict.server_lag, 7 * kSecond);
  EXPECT_LE(verdict.server_lag, 13 * kSecond);
  for (const auto& [revision, time] : truth) {
    const Interval at = verdict.line.At(static_cast<uint64_t>(revision));
    EXPECT_LE(at.not_before ? at.not_before->time : time, time) << revision;
    EXPECT_GE(at.not_after ? at.not_after->time : time, time) << revision;
  }
}

TEST(StoreTimesTest, TheNewestRevisionThatIsSurelyNotLater) {
  Written store;
  std::map<int64_t, Micros> truth;
  for (int i = 0; i < 100; ++i) {
    const Micros now = kStart + i * kSecond;
    truth[store.Lease("node-" + std::to_string(i % 4), now)] = now;
  }
  const Micros asked = kStart + 50 * kSecond + 500'000;
  const auto found = store.By(asked);
  ASSERT_TRUE(found);
  EXPECT_LE(found->interval.not_after->time, asked);
  EXPECT_LE(truth[found->revision], asked);
  EXPECT_GE(truth[found->revision], asked - 6 * kSecond);
}

TEST(StoreTimesTest, BeforeTheHistoryNothingIsFound) {
  Written store;
  for (int i = 0; i < 100; ++i) store.Lease("node-1", kStart + i * kSecond);
  EXPECT_EQ(store.By(kStart - kSecond).error().code, ErrorCode::kNotFound);
  // Revisions up to 80 are compacted: what is left of them is no state of the store.
  store.database().Put("meta", "finishedCompactRev",
                       std::string("\0\0\0\0\0\0\0\x50_\0\0\0\0\0\0\0\0", 17));
  EXPECT_EQ(store.By(kStart + 40 * kSecond).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store.By(kStart + 90 * kSecond));
}

TEST(StoreTimesTest, OtherProgramsKeysDateNothing) {
  Written store;
  store.Put("a", "1");
  store.Put("b", "{\"metadata\":{\"creationTimestamp\":7},\"kind\":\"Lease\"}");
  store.Delete("a");
  EXPECT_TRUE(store.Date().line.empty());
}

TEST(ParseMicrosTest, PartsOfSecondsAndWhatIsNoTime) {
  EXPECT_EQ(ParseMicros("2026-11-30T07:11:25.629051Z"),
            ParseMicros("2026-11-30T07:11:25Z") + 629'051);
  EXPECT_EQ(ParseMicros("2026-11-30T07:11:25.5Z"), ParseMicros("2026-11-30T07:11:25Z") + 500'000);
  EXPECT_EQ(ParseMicros("2026-11-30T08:11:25+01:00"), ParseMicros("2026-11-30T07:11:25Z"));
  for (const char* text : {"", "null", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "2026"}) {
    EXPECT_EQ(ParseMicros(text), 0) << text;
  }
}

TEST(FindingsTest, ClocksThatAreOffAreNamed) {
  Written store;
  for (int i = 0; i < 200; ++i) {
    const Micros now = kStart + i * kSecond;
    store.Object("o" + std::to_string(i), now, now);
    const std::string node = "node-" + std::to_string(i % 4);
    store.Lease(node, now + 1000 + (node == "node-2" ? 2400 * kSecond : 0), now);
  }
  FindingList findings;
  ReportClocks(store.Date(), "db", findings);
  ASSERT_EQ(findings.findings().size(), 1U) << FindingText(findings.findings().front());
  EXPECT_EQ(findings.findings()[0].kind.id, "dating.clock_off");
  EXPECT_NE(findings.findings()[0].what.find("node-2"), std::string::npos);
  EXPECT_NE(findings.findings()[0].what.find("seconds ahead"), std::string::npos)
      << findings.findings()[0].what;
}

TEST(FindingsTest, AClockThatIsSetRightIsUsedFromThenOn) {
  Written store;
  for (int i = 0; i < 200; ++i) {
    const Micros now = kStart + i * kSecond;
    store.Object("o" + std::to_string(i), now, now);
    const std::string node = "node-" + std::to_string(i % 4);
    store.Lease(node, now + 1000 + (node == "node-2" && i < 40 ? 2400 * kSecond : 0), now);
  }
  FindingList findings;
  const Verdict verdict = store.Date();
  ReportClocks(verdict, "db", findings);
  ASSERT_EQ(findings.findings().size(), 1U);
  EXPECT_EQ(findings.findings()[0].kind.id, "dating.times_left_out");
  EXPECT_EQ(findings.findings()[0].what,
            "10 times of the clock of node-2 of 50 contradict those of others");
}

}  // namespace
}  // namespace etcdf::dating
