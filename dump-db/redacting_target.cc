#include "dump-db/redacting_target.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kubernetes/hide_leaves.h"
#include "kubernetes/leaf_filler.h"
#include "mvcc/key_value.h"
#include "mvcc/schema.h"
#include "objects/hide_value.h"
#include "wire/reader.h"

namespace etcdf::dump_db {
namespace {

using kubernetes::Within;

class RedactingTarget : public RowTarget {
 public:
  RedactingTarget(const objects::Tools& tools, std::unique_ptr<RowTarget> target)
      : tools_(tools), hider_(tools.schema(), tools.ids()), target_(std::move(target)) {}

  Result<void> BeginBucket(Bytes name) override {
    bucket_ = AsText(name);
    return target_->BeginBucket(name);
  }

  Result<void> Append(Bytes key, Bytes value) override {
    if (IsOpen()) return target_->Append(key, value);
    row_.assign(value.begin(), value.end());
    if (bucket_ == mvcc::kKeyBucket) {
      HideKeyValue(row_);
    } else if (bucket_ == mvcc::kAuthUsersBucket) {
      HidePassword(row_);
    } else {
      hider_.HideWhole(row_);
    }
    return target_->Append(key, row_);
  }

  Result<void> Finish() override { return target_->Finish(); }

 private:
  // Of the buckets of etcd's own, those that hold nothing of its users'.
  bool IsOpen() const {
    constexpr std::array kOpen = {mvcc::kMetaBucket,           mvcc::kLeaseBucket,
                                  mvcc::kAlarmBucket,          mvcc::kAuthBucket,
                                  mvcc::kAuthRolesBucket,      mvcc::kMembersBucket,
                                  mvcc::kMembersRemovedBucket, mvcc::kClusterBucket};
    return std::ranges::find(kOpen, bucket_) != kOpen.end();
  }

  void HideKeyValue(std::span<uint8_t> row) const {
    const auto kv = mvcc::ParseKeyValue(row);
    if (!kv) return hider_.HideWhole(row);
    wire::Reader reader(row);
    for (wire::Field field; reader.Next(field);) {
      if (field.type != wire::Type::kBytes || field.number == 1) continue;
      objects::HideValue(tools_, kv->key, Within(row, field.bytes));
    }
  }

  // authpb.User: 2 is the password's hash.
  void HidePassword(std::span<uint8_t> row) const {
    wire::Reader reader(row);
    std::vector<Bytes> passwords;
    for (wire::Field field; reader.Next(field);) {
      if (field.type == wire::Type::kBytes && field.number == 2) passwords.push_back(field.bytes);
    }
    if (!reader.ok()) return hider_.HideWhole(row);
    for (const Bytes password : passwords) hider_.HideWhole(Within(row, password));
  }

  const objects::Tools& tools_;
  kubernetes::LeafHider hider_;
  std::unique_ptr<RowTarget> target_;
  std::string bucket_;
  std::vector<uint8_t> row_;
};

}  // namespace

std::unique_ptr<RowTarget> NewRedacting(const objects::Tools& tools,
                                        std::unique_ptr<RowTarget> target) {
  return std::make_unique<RedactingTarget>(tools, std::move(target));
}

}  // namespace etcdf::dump_db
