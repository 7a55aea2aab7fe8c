#include "apply/leases.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mvcc/schema.h"
#include "wire/writer.h"

namespace etcdf::apply {
namespace {

constexpr int64_t kTtlMaxSeconds = 9'000'000'000;  // lease.MaxLeaseTTL

TableRow RowOf(const mvcc::Lease& lease) {
  wire::Writer message;
  message.Number(1, static_cast<uint64_t>(lease.id));
  message.Number(2, static_cast<uint64_t>(lease.ttl_seconds));
  message.Number(3, static_cast<uint64_t>(lease.remaining_ttl_seconds));
  return {.value = message.Take()};
}

}  // namespace

std::string Leases::KeyOf(int64_t id) {
  std::string key;
  wire::AppendBe64(key, static_cast<uint64_t>(id));
  return key;
}

bool Leases::Exists(int64_t id) const { return tables_.Has(Table::kLease, KeyOf(id)); }

void Leases::Assume(int64_t id) {
  if (id == 0 || Exists(id)) return;
  TableRow row = RowOf({.id = id});
  row.reproducible = false;
  tables_.Put(Table::kLease, KeyOf(id), std::move(row));
}

Refusal Leases::Grant(raft::MessageView request) {
  const auto ttl = static_cast<int64_t>(request.Number(1));
  const auto id = static_cast<int64_t>(request.Number(2));
  if (id == 0) return Refusal::kLeaseNotFound;
  if (rules_.limits_lease_ttl && ttl > kTtlMaxSeconds) return Refusal::kLeaseTtlTooLarge;
  if (Exists(id)) return Refusal::kLeaseExists;
  tables_.Put(Table::kLease, KeyOf(id),
              RowOf({.id = id, .ttl_seconds = std::max(ttl, rules_.lease_ttl_min_seconds)}));
  return Refusal::kNone;
}

Refusal Leases::Revoke(raft::MessageView request) {
  const auto id = static_cast<int64_t>(request.Number(1));
  if (!Exists(id)) return Refusal::kLeaseNotFound;
  if (const auto* const attached = keys_.AttachedKeys(id)) {
    const std::vector<std::string_view> keys(attached->begin(), attached->end());
    for (const std::string_view key : keys) keys_.Delete({.key = AsBytes(key), .range_end = {}});
  }
  tables_.Erase(Table::kLease, KeyOf(id));
  return Refusal::kNone;
}

bool Leases::PersistsCheckpoints() const {
  if (rules_.persists_checkpoints) return true;
  const TableRow* const agreed = tables_.Find(Table::kCluster, mvcc::kClusterVersionName);
  if (agreed == nullptr) return false;
  const auto version = ParseVersion(agreed->value);
  return version && *version >= Version{.major = 3, .minor = 6};
}

Refusal Leases::Checkpoint(raft::MessageView request) {
  if (!PersistsCheckpoints()) return Refusal::kNone;
  for (const raft::FieldView field : request) {
    if (field.schema().number != 1) continue;
    for (const raft::ValueView checkpoint : field) {
      const std::string key = KeyOf(static_cast<int64_t>(checkpoint.message().Number(1)));
      const TableRow* const row = tables_.Find(Table::kLease, key);
      if (row == nullptr) continue;
      auto lease = mvcc::DecodeLease(AsBytes(row->value));
      if (!lease) continue;
      lease->remaining_ttl_seconds = static_cast<int64_t>(checkpoint.message().Number(2));
      tables_.Put(Table::kLease, key, RowOf(*lease));
    }
  }
  return Refusal::kNone;
}

}  // namespace etcdf::apply
