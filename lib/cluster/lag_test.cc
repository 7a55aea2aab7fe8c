#include "cluster/lag.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "apply/member_store.h"
#include "apply/tables.h"
#include "mvcc/schema.h"
#include "testing/built_log.h"
#include "testing/memory_database.h"
#include "wire/writer.h"

namespace etcdf::cluster {
namespace {

using Answer = compare::LagWitness::Answer;
using Side = compare::RowDifference::Side;

std::string Number(uint64_t number) {
  std::string bytes;
  wire::AppendBe64(bytes, number);
  return bytes;
}

std::string Lease(uint64_t id, uint64_t ttl) {
  wire::Writer lease;
  lease.Number(1, id);
  lease.Number(2, ttl);
  return lease.Take();
}

std::string User(std::string_view password, std::string_view role) {
  wire::Writer user;
  user.Text(1, "u");
  if (!password.empty()) user.Text(2, password);
  if (!role.empty()) user.Text(3, role);
  return user.Take();
}

// Members of one cluster, of which some have logs.
class LagTest : public ::testing::Test {
 protected:
  enum class Etcd : uint8_t { k34, k35 };

  // Its database, to put rows into.
  testing::MemoryDatabase& Add(Etcd etcd, uint64_t applied, std::string_view log = {}) {
    Member& member = kept_.emplace_back();
    auto database = std::make_unique<testing::MemoryDatabase>();
    testing::MemoryDatabase& rows = *database;
    rows.Put(mvcc::kMetaBucket, mvcc::kConsistentIndexName, Number(applied));
    if (etcd == Etcd::k35) rows.Put(mvcc::kMetaBucket, mvcc::kTermName, Number(1));
    rows.Put(mvcc::kClusterBucket, mvcc::kClusterVersionName,
             etcd == Etcd::k35 ? "3.5.0" : "3.4.0");
    member.database.database = std::move(database);
    if (!log.empty()) {
      logs_.emplace_back("metadata node=1 cluster=2\nsnapshot index=0 term=0\n" + std::string(log));
      member.log = logs_.back().Open();
    }
    return rows;
  }

  Lag& Witness() {
    if (!lag_) {
      for (Member& member : kept_) {
        member.status = mvcc::ReadStatus(member.StoreOnDisk());
        members_.push_back(&member);
      }
      lag_.emplace(members_);
    }
    return *lag_;
  }

  // Of the members 0 and 1, which have these rows; empty: none.
  Answer Explains(std::string_view bucket, std::string_view key, const std::string& of_0,
                  const std::string& of_1) {
    const auto side = [](size_t member, const std::string& row) {
      return Side{.member = member, .present = !row.empty(), .value = AsBytes(row)};
    };
    return Witness().Explains(bucket, AsBytes(key), side(0, of_0), side(1, of_1));
  }

  std::deque<Member> kept_;

 private:
  std::deque<testing::BuiltLog> logs_;
  std::vector<Member*> members_;
  std::optional<Lag> lag_;
};

constexpr std::string_view kGrants = R"(entry term=1 index=1 put key=a value=1
entry term=1 index=2 lease-grant id=7 ttl=60
entry term=1 index=3 put key=b value=2
state term=1 vote=1 commit=3
)";

TEST_F(LagTest, AnEntryBetweenExplainsItsRowAndNoOther) {
  Add(Etcd::k35, 1);
  Add(Etcd::k35, 3, kGrants);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(7), {}, Lease(7, 60)), Answer::kYes);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(8), {}, Lease(8, 60)), Answer::kNo);
  // The one that has yet to apply the entry does not have its row.
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(7), Lease(7, 60), {}), Answer::kNo);
  EXPECT_EQ(Explains("of somebody else", "row", {}, "x"), Answer::kNo);
}

TEST_F(LagTest, WithoutALogNobodyCanTell) {
  Add(Etcd::k35, 1);
  Add(Etcd::k35, 3);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(7), {}, Lease(7, 60)), Answer::kUnknown);
}

TEST_F(LagTest, ALogReachesBetweenTwoMembersOrDoesNot) {
  Add(Etcd::k35, 1);
  Add(Etcd::k35, 3, kGrants);
  Add(Etcd::k35, 3);
  Add(Etcd::k35, 9);
  EXPECT_TRUE(Witness().ReachesBetween(0, 1));
  EXPECT_TRUE(Witness().ReachesBetween(2, 0));
  EXPECT_TRUE(Witness().ReachesBetween(1, 2));
  EXPECT_FALSE(Witness().ReachesBetween(3, 1));
}

TEST_F(LagTest, AtOneIndexNothingIsLag) {
  Add(Etcd::k35, 3);
  Add(Etcd::k35, 3, kGrants);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(7), {}, Lease(7, 60)), Answer::kNo);
}

// Up to 3.4 the index moves with keys only: the lease of the entry after it may be there or not.
TEST_F(LagTest, OfAnOlderEtcdASmallBucketMayBeAheadOfTheIndex) {
  Add(Etcd::k34, 1, kGrants);
  Add(Etcd::k34, 1, kGrants);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(7), {}, Lease(7, 60)), Answer::kYes);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(8), {}, Lease(8, 60)), Answer::kNo);
}

// An entry that writes keys moves the index: what comes after it is not there yet.
TEST_F(LagTest, OfAnOlderEtcdNoBucketIsAheadOfTheNextWrite) {
  constexpr std::string_view kLater = R"(entry term=1 index=1 put key=a value=1
entry term=1 index=2 lease-grant id=7 ttl=60
entry term=1 index=3 put key=b value=2
entry term=1 index=4 lease-grant id=8 ttl=60
state term=1 vote=1 commit=4
)";
  Add(Etcd::k34, 1);
  Add(Etcd::k34, 1, kLater);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(7), Lease(7, 60), {}), Answer::kYes);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(8), Lease(8, 60), {}), Answer::kNo);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(9), Lease(9, 60), {}), Answer::kNo);
}

// Nor after the index of another that has more keys, whatever the entries between write.
TEST_F(LagTest, OfAnOlderEtcdNoBucketIsAheadOfOneWithMoreRevisions) {
  constexpr std::string_view kTransaction = R"(entry term=1 index=1 put key=a value=1
entry term=1 index=2 lease-grant id=7 ttl=60
entry term=1 index=3 txn {
then put key=b value=2
}
entry term=1 index=4 noop
state term=1 vote=1 commit=4
)";
  Add(Etcd::k34, 1);
  Add(Etcd::k34, 3, kTransaction)
      .Put(mvcc::kMetaBucket, mvcc::kFinishedCompactName, Number(5) + "_" + Number(0));
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(9), Lease(9, 60), {}), Answer::kNo);
}

// No log shows the next write: a bare database may hold what no log tells.
TEST_F(LagTest, OfAnOlderEtcdWithoutTheNextWriteNobodyCanTell) {
  Add(Etcd::k34, 3);
  Add(Etcd::k34, 3, kGrants);
  EXPECT_EQ(Explains(mvcc::kLeaseBucket, Number(9), Lease(9, 60), {}), Answer::kUnknown);
}

// A user of before the log, to whom an entry gives a role.
constexpr std::string_view kGivesRole = R"(entry term=1 index=1 put key=a value=1
entry term=1 index=2 auth-user-grant-role user=u role=r
entry term=1 index=3 put key=b value=2
state term=1 vote=1 commit=3
)";

class LagOfUsers : public LagTest {
 protected:
  void AddBoth(Etcd etcd) {
    for (const uint64_t applied : {1U, 3U}) {
      testing::MemoryDatabase& rows = Add(etcd, applied, kGivesRole);
      rows.Put(mvcc::kAuthRolesBucket, "r", "\x0a\x01r");
      rows.Put(mvcc::kAuthUsersBucket, "u", applied == 1 ? User("hash", {}) : User("other", "r"));
    }
  }
};

TEST_F(LagOfUsers, LagAndSaltTogetherExplainARow) {
  AddBoth(Etcd::k34);
  const std::string low = User("hash", {});
  EXPECT_EQ(Explains(mvcc::kAuthUsersBucket, "u", low, User("hash", "r")), Answer::kYes);
  EXPECT_EQ(Explains(mvcc::kAuthUsersBucket, "u", low, User("other", "r")), Answer::kYes);
  EXPECT_NE(Explains(mvcc::kAuthUsersBucket, "u", low, User("other", "s")), Answer::kYes);
}

TEST_F(LagOfUsers, AMissingPasswordIsNoOtherSalt) {
  AddBoth(Etcd::k34);
  EXPECT_NE(Explains(mvcc::kAuthUsersBucket, "u", User("hash", {}), User({}, "r")), Answer::kYes);
}

// Rolled forward, a member has no hash of a password that an entry gave in clear.
TEST_F(LagOfUsers, OneThatWasRolledForwardLacksTheHashThatTheLogDoesNotTell) {
  AddBoth(Etcd::k34);
  auto store = std::make_unique<apply::MemberStore>(apply::Rules());
  store->PutRow(apply::Table::kAuthUsers, "u", {.value = User({}, "r"), .reproducible = false});
  kept_[1].rolled = Rolled{.from = 1, .state = {.index = 3, .store = std::move(store)}};
  const auto explains = [this](const std::string& of_0, const std::string& of_1) {
    return Explains(mvcc::kAuthUsersBucket, "u", of_0, of_1);
  };
  EXPECT_EQ(explains(User("hash", "r"), User({}, "r")), Answer::kYes);
  EXPECT_EQ(explains(User("hash", {}), User({}, "r")), Answer::kYes);
  // The other one has no password.
  EXPECT_NE(explains(User({}, "s"), User("hash", "s")), Answer::kYes);
}

TEST_F(LagOfUsers, SinceAllHaveOneHashAnotherIsADifference) {
  AddBoth(Etcd::k35);
  const std::string low = User("hash", {});
  EXPECT_EQ(Explains(mvcc::kAuthUsersBucket, "u", low, User("hash", "r")), Answer::kYes);
  EXPECT_EQ(Explains(mvcc::kAuthUsersBucket, "u", low, User("other", "r")), Answer::kNo);
  EXPECT_EQ(Explains(mvcc::kAuthUsersBucket, "u", low, User({}, "r")), Answer::kNo);
}

// Rolled forward, and the log does not tell what was counted before.
TEST_F(LagTest, ARevisionOfUsersThatIsNotKnownIsNoDifference) {
  Add(Etcd::k34, 3, kGrants);
  Add(Etcd::k35, 3, kGrants);
  auto store = std::make_unique<apply::MemberStore>(apply::Rules());
  store->PutRow(apply::Table::kAuth, mvcc::kAuthRevisionName,
                {.value = Number(2), .reproducible = false});
  kept_[0].rolled = Rolled{.from = 1, .state = {.index = 3, .store = std::move(store)}};
  EXPECT_EQ(Explains(mvcc::kAuthBucket, mvcc::kAuthRevisionName, Number(2), Number(3)),
            Answer::kUnknown);
  EXPECT_EQ(Explains(mvcc::kAuthBucket, mvcc::kAuthEnabledName, "\x01", {}), Answer::kNo);
}

TEST_F(LagTest, TheLogTellsWhetherEachMemberSaltsByItself) {
  Add(Etcd::k35, 1, R"(entry term=1 index=1 auth-user-add name=plain password=p
entry term=1 index=2 auth-user-add name=hashed hashed_password=h
state term=1 vote=1 commit=2
)");
  EXPECT_EQ(Witness().Salts(AsBytes("plain")), Answer::kYes);
  EXPECT_EQ(Witness().Salts(AsBytes("hashed")), Answer::kNo);
  EXPECT_EQ(Witness().Salts(AsBytes("unheard of")), Answer::kNo);  // by the cluster's version
}

}  // namespace
}  // namespace etcdf::cluster
