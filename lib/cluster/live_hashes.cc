#include "cluster/live_hashes.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/threads.h"

namespace etcdf::cluster {
namespace {

constexpr std::chrono::milliseconds kMoment{200};

template <typename Ask>
void AskAll(std::span<Member* const> running, Ask ask) {
  RunOnThreads(running.size(), running.size(), [&](size_t i) { ask(*running[i]); });
}

}  // namespace

bool AskForHashes(std::span<Member* const> running, int64_t revision) {
  AskAll(running, [revision](Member& member) {
    const auto hash = member.running->HashKv(revision);
    member.hash_kv = hash ? std::optional(*hash) : std::nullopt;
    member.mute = hash ? std::nullopt : std::optional(hash.error());
  });
  const Member* first = nullptr;
  for (const Member* member : running) {
    if (member->mute && member->mute->code == ErrorCode::kNotFound) return false;
    if (!member->hash_kv) continue;
    if (first == nullptr) first = member;
    if (member->hash_kv->compact_revision != first->hash_kv->compact_revision) return false;
  }
  return true;
}

void Refresh(std::span<Member* const> running) {
  std::this_thread::sleep_for(kMoment);
  AskAll(running, [](Member& member) {
    if (auto asked = member.running->Refresh(); !asked) member.mute = asked.error();
  });
}

}  // namespace etcdf::cluster
