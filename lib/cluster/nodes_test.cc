#include "cluster/nodes.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mvcc/schema.h"
#include "testing/built_log.h"
#include "testing/memory_database.h"
#include "wire/writer.h"

namespace etcdf::cluster {
namespace {

constexpr size_t kNoVote = compare::Nodes::kNoVote;

constexpr std::string_view kEntry = "entry term=1 index=1 noop\nstate term=1 vote=1 commit=1\n";

// As `snapshot restore` begins it.
constexpr std::string_view kTwoFounders = R"(entry term=1 index=1 conf change=add node=1
entry term=1 index=2 conf change=add node=2
state term=1 vote=1 commit=2
snapshot index=2 term=1
)";

// Members with logs, and bare databases, which do not say whose they are.
class NodesTest : public ::testing::Test {
 protected:
  void AddNode(const std::string& node, std::string_view entries = kEntry) {
    logs_.emplace_back("metadata node=" + node + " cluster=9\nsnapshot index=0 term=0\n" +
                       std::string(entries));
    AddDatabase().log = logs_.back().Open();
  }

  Member& AddDatabase() {
    Member& member = kept_.emplace_back();
    auto database = std::make_unique<testing::MemoryDatabase>();
    std::string index;
    wire::AppendBe64(index, 2 + kept_.size());
    database->Put(mvcc::kMetaBucket, mvcc::kConsistentIndexName, index);
    member.database.database = std::move(database);
    member.database.path = "m" + std::to_string(kept_.size());
    return member;
  }

  compare::Nodes Count() {
    std::vector<Member*> members;
    for (Member& member : kept_) {
      member.status = mvcc::ReadStatus(member.StoreOnDisk());
      members.push_back(&member);
    }
    return CountNodes(members);
  }

 private:
  std::deque<Member> kept_;
  std::deque<testing::BuiltLog> logs_;
};

TEST_F(NodesTest, TwoStatesOfANodeAreOneWitness) {
  AddNode("1");
  AddNode("2");
  AddNode("1");
  const compare::Nodes nodes = Count();
  EXPECT_EQ(nodes.count(), 2u);
  EXPECT_EQ(nodes.Of(2), nodes.Of(0));
}

// It may be a copy of one of the nodes, as they are all here.
TEST_F(NodesTest, ABareDatabaseBesideAllFoundersHasNoVote) {
  AddNode("1", kTwoFounders);
  AddNode("2", kTwoFounders);
  AddDatabase();
  const compare::Nodes nodes = Count();
  EXPECT_EQ(nodes.count(), 2u);
  EXPECT_EQ(nodes.Of(2), kNoVote);
}

TEST_F(NodesTest, ABareDatabaseInPlaceOfAFounderHasAVote) {
  AddNode("1", kTwoFounders);
  AddDatabase();
  EXPECT_EQ(Count().count(), 2u);
}

}  // namespace
}  // namespace etcdf::cluster
