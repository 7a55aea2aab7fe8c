#include "wal/credible.h"

#include "wire/reader.h"

namespace etcdf::wal {
namespace {

constexpr uint64_t kTermLimit = uint64_t{1} << 32;
// Raft counts on from the last index.
constexpr uint64_t kIndexLimit = UINT64_MAX;

constexpr uint32_t kHardStateFields = 3;

}  // namespace

bool IsCredible(const wire::Entry& entry) {
  return entry.type >= wire::EntryType::kNormal && entry.type <= wire::EntryType::kConfChangeV2 &&
         entry.term > 0 && entry.term < kTermLimit && entry.index > 0 && entry.index < kIndexLimit;
}

bool IsCredible(const wire::HardState& state, Bytes message) {
  wire::Reader reader(message);
  wire::Field field;
  while (reader.Next(field)) {
    if (field.number > kHardStateFields) return false;
  }
  return state.term > 0 && state.term < kTermLimit;
}

// The first record of a log is a snapshot of index 0 and term 0.
bool IsCredible(const wire::WalSnapshot& snapshot) {
  return snapshot.term < kTermLimit && snapshot.index < kIndexLimit &&
         (snapshot.term > 0 || snapshot.index == 0);
}

}  // namespace etcdf::wal
