#include "raft/schema.h"

#include <gtest/gtest.h>

#include "testing/protobuf_twin.h"

namespace etcdf::raft {
namespace {

TEST(Schema, FieldsAreFoundByNumberAndNameAndNothingElseIs) {
  for (const auto& subject : testing::TwinSubjects()) {
    const MessageSchema& schema = *subject.schema;
    const auto& type = *subject.prototype->GetDescriptor();
    ASSERT_EQ(schema.fields.size(), static_cast<size_t>(type.field_count()));
    for (uint32_t number = 0; number < 20'000; ++number) {
      const auto* const expected = type.FindFieldByNumber(static_cast<int>(number));
      const FieldSchema* const found = schema.FindNumber(number);
      ASSERT_EQ(found != nullptr, expected != nullptr) << schema.name << ' ' << number;
      if (found == nullptr) continue;
      EXPECT_EQ(found->name, expected->name());
      EXPECT_EQ(found->position, expected->index());
      EXPECT_EQ(schema.FindName(expected->name()), found);
    }
    EXPECT_EQ(schema.FindNumber(UINT32_MAX), nullptr);
    EXPECT_EQ(schema.FindName("no_such_field"), nullptr);
  }
}

// Upstream's text begins with the header although its number is 100.
TEST(Schema, TheHeaderIsDeclaredFirst) {
  EXPECT_EQ(InternalRaftRequestSchema().fields.front().name, "header");
  EXPECT_EQ(InternalRaftRequestSchema().fields.front().number, 100u);
}

TEST(Schema, TransactionsMayHoldTransactions) {
  const MessageSchema& txn = *InternalRaftRequestSchema().FindName("txn")->message;
  const MessageSchema& op = *txn.FindName("success")->message;
  EXPECT_EQ(op.FindName("request_txn")->message, &txn);
  EXPECT_NE(op.FindName("request_txn")->oneof, 0);
  EXPECT_EQ(op.FindName("request_txn")->oneof, op.FindName("request_put")->oneof);
}

TEST(Schema, EnumNumbersWithoutANameHaveNone) {
  const EnumSchema& types = *ConfChangeSchema().FindName("type")->enumeration;
  EXPECT_EQ(types.Name(3), "ConfChangeAddLearnerNode");
  EXPECT_EQ(types.Name(4), "");
  EXPECT_EQ(types.Name(-1), "");
}

// Every field whose name speaks of a password or a token is marked as such, wherever it is.
TEST(Schema, PasswordsAndTokensAreMarked) {
  size_t marked = 0;
  const auto check = [&](const MessageSchema& schema) {
    for (const FieldSchema& field : schema.fields) {
      const bool is_password = field.name == "password" || field.name == "hashedPassword";
      const bool is_token = field.name.find("token") != std::string_view::npos;
      EXPECT_EQ(field.meaning == Meaning::kSecret, is_password) << schema.name << field.name;
      EXPECT_EQ(field.meaning == Meaning::kToken, is_token) << schema.name << field.name;
      marked += is_password || is_token ? 1 : 0;
    }
  };
  for (const FieldSchema& field : InternalRaftRequestSchema().fields) {
    if (field.message != nullptr) check(*field.message);
  }
  check(UserSchema());
  EXPECT_EQ(marked, 7u);  // add and change: two each; authenticate: two; a stored user: one
}

}  // namespace
}  // namespace etcdf::raft
