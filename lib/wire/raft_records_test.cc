#include "wire/raft_records.h"

#include <gtest/gtest.h>

#include <string>

#include "raft/message.h"
#include "testing/proto_writer.h"
#include "testing/protobuf_twin.h"
#include "testing/seed.h"

namespace etcdf::wire {
namespace {

using std::string_literals::operator""s;
using testing::ProtoWriter;
using testing::TwinSubject;

std::string EntryBytes() {
  return ProtoWriter().Number(1, 1).Number(2, 3).Number(3, 300).Bytes(4, "data").bytes();
}

TEST(DecodeEntry, ReadsWhatEtcdWrites) {
  const std::string bytes = EntryBytes();
  const auto entry = DecodeEntry(AsBytes(bytes));
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->type, EntryType::kConfChange);
  EXPECT_EQ(entry->term, 3u);
  EXPECT_EQ(entry->index, 300u);
  EXPECT_TRUE(entry->has_data);
  EXPECT_EQ(AsText(entry->data), "data");
}

TEST(DecodeEntry, ReadsWhatEtcd37LeavesOutAsZero) {
  const std::string bytes = ProtoWriter().Number(2, 3).Number(3, 300).bytes();
  const auto entry = DecodeEntry(AsBytes(bytes));
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->type, EntryType::kNormal);
  EXPECT_EQ(entry->index, 300u);
  EXPECT_FALSE(entry->has_data);
  EXPECT_TRUE(DecodeEntry({}).has_value());
}

TEST(DecodeEntry, TellsEmptyDataFromNone) {
  const std::string bytes = ProtoWriter().Number(2, 3).Bytes(4, "").bytes();
  const auto entry = DecodeEntry(AsBytes(bytes));
  ASSERT_TRUE(entry.has_value());
  EXPECT_TRUE(entry->has_data);
  EXPECT_TRUE(entry->data.empty());
}

TEST(DecodeEntry, TakesFieldsInAnyOrderTwiceAndUnknown) {
  const std::string bytes = ProtoWriter()
                                .Bytes(4, "first")
                                .Number(3, 1)
                                .Number(9, 5)
                                .Bytes(4, "last")
                                .Number(3, 2)
                                .bytes();
  const auto entry = DecodeEntry(AsBytes(bytes));
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(AsText(entry->data), "last");
  EXPECT_EQ(entry->index, 2u);
}

TEST(DecodeEntry, RefusesOtherWireTypesAndCutMessages) {
  EXPECT_FALSE(DecodeEntry(AsBytes(ProtoWriter().Bytes(2, "x").bytes())).has_value());
  EXPECT_FALSE(DecodeEntry(AsBytes(ProtoWriter().Number(4, 1).bytes())).has_value());
  const std::string bytes = EntryBytes();
  // The fields end after 2, 4 and 7 bytes.
  for (size_t size = 1; size < bytes.size(); ++size) {
    const bool between_fields = size == 2 || size == 4 || size == 7;
    EXPECT_EQ(DecodeEntry(AsBytes(bytes).first(size)).has_value(), between_fields) << size;
  }
}

TEST(DecodeEntry, TakesTenByteVarintsAndDropsTheirSuperfluousBits) {
  const std::string bytes = "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s;
  const auto entry = DecodeEntry(AsBytes(bytes));
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->term, UINT64_MAX);
  const std::string eleven = "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s;
  EXPECT_FALSE(DecodeEntry(AsBytes(eleven)).has_value());
}

TEST(DecodeWalSnapshot, TellsAnAbsentConfStateFromAnEmptyOne) {
  const std::string initial = ProtoWriter().Number(1, 0).Number(2, 0).bytes();
  ASSERT_TRUE(DecodeWalSnapshot(AsBytes(initial)).has_value());
  EXPECT_FALSE(DecodeWalSnapshot(AsBytes(initial))->conf_state.has_value());
  const std::string empty = ProtoWriter().Number(1, 7).Bytes(3, "").bytes();
  EXPECT_TRUE(DecodeWalSnapshot(AsBytes(empty))->conf_state.has_value());
}

TEST(DecodeConfState, TakesListsPlainAndPacked) {
  const std::string bytes =
      ProtoWriter().Number(1, 7).Bytes(1, "\x08\xff\x01").Number(2, 9).Number(5, 1).bytes();
  const auto state = DecodeConfState(AsBytes(bytes));
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->voters, (std::vector<uint64_t>{7, 8, 255}));
  EXPECT_EQ(state->learners, (std::vector<uint64_t>{9}));
  EXPECT_TRUE(state->auto_leave);
  EXPECT_FALSE(DecodeConfState(AsBytes(ProtoWriter().Bytes(1, "\xff").bytes())).has_value());
}

TEST(DecodeRaftSnapshot, ReadsTheMetadataThatEtcdWrites) {
  const std::string conf_state = "\x08\x07\x28\x00"s;  // auto_leave stands even when false
  const std::string metadata =
      ProtoWriter().Bytes(1, conf_state).Number(2, 51).Number(3, 2).bytes();
  const std::string bytes = ProtoWriter().Bytes(1, "{}").Bytes(2, metadata).bytes();
  const auto snapshot = DecodeRaftSnapshot(AsBytes(bytes));
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(AsText(snapshot->data), "{}");
  EXPECT_EQ(snapshot->index, 51u);
  EXPECT_EQ(snapshot->term, 2u);
  EXPECT_EQ(snapshot->conf_state.voters, (std::vector<uint64_t>{7}));
  const std::string envelope = ProtoWriter().Number(1, 0xffffffff).Bytes(2, bytes).bytes();
  EXPECT_EQ(DecodeSnapEnvelope(AsBytes(envelope))->crc, 0xffffffffu);
  EXPECT_TRUE(Equal(DecodeSnapEnvelope(AsBytes(envelope))->data, AsBytes(bytes)));
}

// raft/message.h reads the same messages by their schemas, and is itself held to protobuf.
using RaftRecordsAgainstMessage = testing::SeededTest;

std::string Numbers(std::string_view name, const std::vector<uint64_t>& values) {
  std::string text;
  for (const uint64_t value : values) text += std::string(name) + std::to_string(value) + ";";
  return text;
}

bool IsSame(const ConfState& state, raft::MessageView message) {
  const std::string dump = testing::Dump(message);
  return dump.substr(0, dump.find("auto_leave")) ==
             Numbers("voters=", state.voters) + Numbers("learners=", state.learners) +
                 Numbers("voters_outgoing=", state.voters_outgoing) +
                 Numbers("learners_next=", state.learners_next) &&
         state.auto_leave == (message.Number(5) != 0);
}

// Whether the decoder that belongs to the subject agrees with what the schema reads.
::testing::AssertionResult Agrees(const TwinSubject& subject, std::string_view bytes) {
  raft::Message message;
  const bool accepted =
      message.Parse(*subject.schema, AsBytes(bytes)) == raft::ParseVerdict::kAccepted;
  const raft::MessageView root = message.root();
  const auto compare = [&](bool ours_accepts, auto same) -> ::testing::AssertionResult {
    if (ours_accepts != accepted) {
      return ::testing::AssertionFailure() << "accepted: " << ours_accepts << ", not " << accepted;
    }
    if (accepted && !same()) return ::testing::AssertionFailure() << testing::Dump(root);
    return ::testing::AssertionSuccess();
  };
  if (subject.schema == &raft::EntrySchema()) {
    const auto entry = DecodeEntry(AsBytes(bytes));
    const auto slowly = DecodeEntryInAnyOrder(AsBytes(bytes));
    if (entry.has_value() != slowly.has_value()) {
      return ::testing::AssertionFailure() << "the fast path has a verdict of its own";
    }
    return compare(entry.has_value(), [&] {
      return static_cast<uint64_t>(entry->type) == root.Number(1) &&
             entry->term == root.Number(2) && entry->index == root.Number(3) &&
             Equal(entry->data, root.BytesOf(4)) && entry->has_data == root.Has(4) &&
             slowly->type == entry->type && slowly->index == entry->index &&
             slowly->term == entry->term && Equal(slowly->data, entry->data);
    });
  }
  if (subject.schema == &raft::HardStateSchema()) {
    const auto state = DecodeHardState(AsBytes(bytes));
    return compare(state.has_value(), [&] {
      return state->term == root.Number(1) && state->vote == root.Number(2) &&
             state->commit == root.Number(3);
    });
  }
  if (subject.schema == &raft::MetadataSchema()) {
    const auto metadata = DecodeMetadata(AsBytes(bytes));
    return compare(metadata.has_value(), [&] {
      return metadata->node_id == root.Number(1) && metadata->cluster_id == root.Number(2);
    });
  }
  if (subject.schema == &raft::ConfChangeSchema()) {
    const auto change = DecodeConfChange(AsBytes(bytes));
    return compare(change.has_value(), [&] {
      return change->id == root.Number(1) &&
             static_cast<uint64_t>(change->type) == root.Number(2) &&
             change->node_id == root.Number(3) && Equal(change->context, root.BytesOf(4));
    });
  }
  if (subject.schema == &raft::ConfStateSchema()) {
    const auto state = DecodeConfState(AsBytes(bytes));
    return compare(state.has_value(), [&] { return IsSame(*state, root); });
  }
  if (subject.schema == &raft::WalSnapshotSchema()) {
    const auto snapshot = DecodeWalSnapshot(AsBytes(bytes));
    return compare(snapshot.has_value(), [&] {
      return snapshot->index == root.Number(1) && snapshot->term == root.Number(2) &&
             snapshot->conf_state.has_value() == root.Has(3) &&
             (!root.Has(3) || IsSame(*snapshot->conf_state, root.Child(3)));
    });
  }
  return ::testing::AssertionSuccess();
}

TEST_F(RaftRecordsAgainstMessage, SoundAndDamagedRecordsReadTheSame) {
  for (const TwinSubject& subject : testing::TwinSubjects()) {
    for (int i = 0; i < 1000; ++i) {
      const std::string sound =
          testing::RandomMessage(*subject.prototype, random())->SerializeAsString();
      ASSERT_TRUE(Agrees(subject, sound)) << subject.schema->name;
      ASSERT_TRUE(Agrees(subject, testing::Mutated(sound, random()))) << subject.schema->name;
      ASSERT_TRUE(Agrees(subject, sound + sound)) << subject.schema->name;
    }
  }
}

}  // namespace
}  // namespace etcdf::wire
