#include "compare/buckets.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mvcc/schema.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::compare {
namespace {

using testing::MemoryDatabase;
using testing::ProtoWriter;

// What the logs are made to say.
struct Logs final : LagWitness {
  Answer explains = Answer::kNo;
  size_t of_member = 2;  // of the pairs of this one only
  Answer salts = Answer::kYes;
  bool is_restored = false;

  Answer Explains(std::string_view, Bytes, const RowDifference::Side& a,
                  const RowDifference::Side& b) override {
    return a.member == of_member || b.member == of_member ? explains : Answer::kNo;
  }
  Answer Salts(Bytes) override { return salts; }
  bool RestoredBetween(size_t, size_t) override { return is_restored; }
  bool ReachesBetween(size_t, size_t) override { return explains != Answer::kUnknown; }
};

struct Case {
  MemoryDatabase a;
  MemoryDatabase b;
  MemoryDatabase c;
  Logs logs;

  std::vector<BucketComparison> Compare() {
    const std::string file = "db";
    FindingList findings;
    std::vector<mvcc::Store> members;
    for (const MemoryDatabase* database : {&a, &b, &c}) {
      members.push_back({.database = *database, .file = file, .findings = findings});
    }
    return CompareBuckets(members, Nodes(members.size()), logs);
  }

  void PutAll(std::string_view bucket, std::string_view key, std::string_view value) {
    for (MemoryDatabase* database : {&a, &b, &c}) database->Put(bucket, key, value);
  }
};

std::string Lease(uint64_t id, uint64_t ttl, uint64_t remaining) {
  return ProtoWriter().Number(1, id).Number(2, ttl).Number(3, remaining).bytes();
}

std::string User(std::string_view password, std::string_view role) {
  return ProtoWriter().Bytes(1, "u").Bytes(2, password).Bytes(3, role).bytes();
}

TEST(Buckets, ALeaseThatOneMemberLacksIsADifference) {
  Case members;
  const std::string id(8, '\1');
  members.PutAll(mvcc::kLeaseBucket, id, Lease(1, 60, 0));
  EXPECT_EQ(members.Compare().front().verdict, BucketVerdict::kSame);

  members.b.Erase(mvcc::kLeaseBucket, id);
  const auto buckets = members.Compare();
  ASSERT_EQ(buckets.size(), 1U);
  EXPECT_EQ(buckets[0].verdict, BucketVerdict::kDifferent);
  EXPECT_EQ(buckets[0].rows_guilty, 1U);
  EXPECT_EQ(buckets[0].differences[0].minority, std::vector<size_t>{1});
  EXPECT_FALSE(buckets[0].differences[0].sides[1].present);
}

TEST(Buckets, ARowThatAnEntryExplainsIsInnocentAndOnlyThat) {
  Case members;
  members.PutAll(mvcc::kLeaseBucket, "12345678", Lease(1, 60, 0));
  members.c.Erase(mvcc::kLeaseBucket, "12345678");
  members.logs.explains = LagWitness::Answer::kYes;
  auto buckets = members.Compare();
  EXPECT_EQ(buckets[0].verdict, BucketVerdict::kBenign);
  EXPECT_EQ(buckets[0].differences[0].innocence, Innocence::kLag);

  members.logs.explains = LagWitness::Answer::kUnknown;
  buckets = members.Compare();
  EXPECT_EQ(buckets[0].verdict, BucketVerdict::kNotCompared);
  EXPECT_EQ(buckets[0].rows_unknown, 1U);
  EXPECT_TRUE(buckets[0].unknown.Has(0, 2));
  EXPECT_FALSE(buckets[0].unknown.Has(0, 1));
}

TEST(Buckets, WhatExcusesOneMemberDoesNotExcuseTheOthers) {
  Case members;
  members.PutAll(mvcc::kAlarmBucket, "alarm", "");
  members.a.Erase(mvcc::kAlarmBucket, "alarm");
  members.logs.explains = LagWitness::Answer::kUnknown;
  const auto buckets = members.Compare();
  EXPECT_EQ(buckets[0].verdict, BucketVerdict::kDifferent);
  EXPECT_TRUE(buckets[0].parted.Has(0, 1));
  EXPECT_TRUE(buckets[0].unknown.Has(0, 2));
  EXPECT_FALSE(buckets[0].parted.Has(1, 2));
}

TEST(Buckets, ARestoreWritesItsOwnMembers) {
  Case members;
  members.a.Put(mvcc::kMembersBucket, "1", R"({"id":1,"peerURLs":["http://a:2380"]})");
  members.a.Put(mvcc::kLeaseBucket, "12345678", Lease(1, 60, 0));
  members.logs.is_restored = true;
  const auto buckets = members.Compare();
  EXPECT_EQ(buckets[0].name, mvcc::kLeaseBucket);
  EXPECT_EQ(buckets[0].verdict, BucketVerdict::kDifferent);
  EXPECT_EQ(buckets[1].differences[0].innocence, Innocence::kRestored);
}

TEST(Buckets, TheTimeALeaseHasLeftMayDiffer) {
  Case members;
  members.PutAll(mvcc::kLeaseBucket, "12345678", Lease(1, 60, 0));
  members.b.Put(mvcc::kLeaseBucket, "12345678", Lease(1, 60, 30));
  EXPECT_EQ(members.Compare()[0].differences[0].innocence, Innocence::kRemainingTtl);

  members.logs.explains = LagWitness::Answer::kUnknown;
  members.logs.of_member = 1;
  EXPECT_EQ(members.Compare()[0].verdict, BucketVerdict::kNotCompared);
  members.logs.explains = LagWitness::Answer::kNo;

  members.b.Put(mvcc::kLeaseBucket, "12345678", Lease(1, 60, 61));  // more than it was granted
  EXPECT_EQ(members.Compare()[0].verdict, BucketVerdict::kDifferent);

  members.b.Put(mvcc::kLeaseBucket, "12345678", Lease(1, 90, 30));
  EXPECT_EQ(members.Compare()[0].verdict, BucketVerdict::kDifferent);
}

TEST(Buckets, AnotherSaltIsInnocentAnotherRoleIsNot) {
  Case members;
  const auto password = [](char salt, char hash) {
    return "$2a$10$" + std::string(22, salt) + std::string(31, hash);
  };
  members.PutAll(mvcc::kAuthUsersBucket, "u", User(password('a', 'x'), "root"));
  members.b.Put(mvcc::kAuthUsersBucket, "u", User(password('b', 'y'), "root"));
  auto buckets = members.Compare();
  EXPECT_EQ(buckets[0].verdict, BucketVerdict::kBenign);
  EXPECT_EQ(buckets[0].differences[0].innocence, Innocence::kBcryptSalt);

  members.b.Put(mvcc::kAuthUsersBucket, "u", User(password('b', 'y'), "other"));
  buckets = members.Compare();
  EXPECT_EQ(buckets[0].verdict, BucketVerdict::kDifferent);
  EXPECT_EQ(buckets[0].differences[0].minority, std::vector<size_t>{1});

  // Where the log holds the hash, another one is a difference.
  members.b.Put(mvcc::kAuthUsersBucket, "u", User(password('b', 'y'), "root"));
  members.logs.salts = LagWitness::Answer::kNo;
  EXPECT_EQ(members.Compare()[0].verdict, BucketVerdict::kDifferent);
  members.logs.salts = LagWitness::Answer::kUnknown;
  EXPECT_EQ(members.Compare()[0].differences[0].doubt, RowDoubt::kSalt);
  members.logs.salts = LagWitness::Answer::kYes;

  // Another salt alone, or another hash alone, is no doing of bcrypt's.
  for (const std::string& harmed : {password('b', 'x'), password('a', 'y')}) {
    members.b.Put(mvcc::kAuthUsersBucket, "u", User(harmed, "root"));
    EXPECT_EQ(members.Compare()[0].verdict, BucketVerdict::kDifferent) << harmed;
  }
}

TEST(Buckets, WhatAMemberNotesOfItselfIsItsOwn) {
  Case members;
  members.PutAll(mvcc::kMetaBucket, mvcc::kConsistentIndexName, std::string(8, '\1'));
  members.c.Put(mvcc::kMetaBucket, mvcc::kConsistentIndexName, std::string(8, '\2'));
  const auto buckets = members.Compare();
  EXPECT_EQ(buckets[0].verdict, BucketVerdict::kBenign);
  EXPECT_EQ(buckets[0].differences[0].innocence, Innocence::kOwn);
}

TEST(Buckets, HowFarEachHasCompactedIsNoDifference) {
  Case members;
  members.PutAll(mvcc::kMetaBucket, mvcc::kScheduledCompactName, "12345678_12345678");
  members.b.Erase(mvcc::kMetaBucket, mvcc::kScheduledCompactName);
  EXPECT_EQ(members.Compare()[0].differences[0].innocence, Innocence::kCompaction);
}

TEST(Buckets, VotersInAnotherOrderAreTheSameVoters) {
  Case members;
  members.PutAll(mvcc::kMetaBucket, mvcc::kConfStateName,
                 R"({"voters":[1,2,3],"learners":[4],"auto_leave":false})");
  members.b.Put(mvcc::kMetaBucket, mvcc::kConfStateName, R"({"voters":[3,1,2],"learners":[4]})");
  EXPECT_EQ(members.Compare()[0].differences[0].innocence, Innocence::kOrder);

  // A learner here, a voter there.
  members.b.Put(mvcc::kMetaBucket, mvcc::kConfStateName,
                R"({"voters":[3,1,2,4],"auto_leave":false})");
  EXPECT_EQ(members.Compare()[0].verdict, BucketVerdict::kDifferent);
  EXPECT_EQ(members.Compare()[0].differences[0].minority, std::vector<size_t>{1});

  members.logs.explains = LagWitness::Answer::kYes;
  members.logs.of_member = 1;
  EXPECT_EQ(members.Compare()[0].differences[0].innocence, Innocence::kLag);

  members.logs.explains = LagWitness::Answer::kNo;
  members.b.Put(mvcc::kMetaBucket, mvcc::kConfStateName, "no JSON");
  EXPECT_EQ(members.Compare()[0].verdict, BucketVerdict::kDifferent);

  members.b.Erase(mvcc::kMetaBucket, mvcc::kConfStateName);
  EXPECT_EQ(members.Compare()[0].differences[0].innocence, Innocence::kOwn);
}

TEST(Buckets, ANameAndClientUrlsMayBeMissingOrOldSince35) {
  Case members;
  members.PutAll(
      mvcc::kMembersBucket, "1",
      R"({"id":1,"peerURLs":["http://a:2380"],"name":"a","clientURLs":["http://a:2379"]})");
  members.b.Put(mvcc::kMembersBucket, "1", R"({"id":1,"peerURLs":["http://a:2380"]})");
  EXPECT_EQ(members.Compare()[0].differences[0].innocence, Innocence::kAttributes);

  members.b.Put(mvcc::kMembersBucket, "1", R"({"id":1,"peerURLs":["http://b:2380"]})");
  EXPECT_EQ(members.Compare()[0].verdict, BucketVerdict::kDifferent);
  EXPECT_EQ(members.Compare()[0].differences[0].minority, std::vector<size_t>{1});
}

TEST(Buckets, GuiltyRowsComeFirst) {
  Case members;
  members.PutAll(mvcc::kLeaseBucket, "1", Lease(1, 60, 0));
  members.PutAll(mvcc::kLeaseBucket, "2", Lease(2, 60, 0));
  members.b.Put(mvcc::kLeaseBucket, "1", Lease(1, 60, 9));
  members.b.Erase(mvcc::kLeaseBucket, "2");
  const auto buckets = members.Compare();
  ASSERT_EQ(buckets[0].differences.size(), 2U);
  EXPECT_EQ(AsText(buckets[0].differences[0].key), "2");
  EXPECT_EQ(buckets[0].rows_differing, 2U);
}

}  // namespace
}  // namespace etcdf::compare
