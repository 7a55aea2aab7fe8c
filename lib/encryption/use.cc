#include "encryption/use.h"

#include <algorithm>
#include <utility>

namespace etcdf::encryption {
namespace {

// A name of a key may hold colons, and the first bytes of what is encrypted may by accident look
// like more of it: rarely. A name that is but once in so many rows as a shorter one is that one.
constexpr uint64_t kAccident = 20;

bool IsFrontOf(const std::string& front, const std::string& name) {
  return name.size() > front.size() && name.starts_with(front) && name[front.size()] == ':';
}

bool IsExpected(const Use& use, const Config& config) {
  const Rule* const rule = config.RuleFor(use.resource);
  if (rule == nullptr) return use.provider == Provider::kIdentity;
  const WritesWith writes = WritingKey(*rule);
  const bool opens = use.provider == Provider::kKms || use.history_closed == 0;
  return use.provider == writes.provider && use.key_name == writes.key_name && opens;
}

}  // namespace

WritesWith WritingKey(const Rule& rule) {
  const Keyring& first = rule.keyrings.front();
  return {first.provider, first.keys.empty() ? std::string_view() : first.keys.front().name};
}

void UseTally::Add(const UsedRow& row, const Opener::Result& opened) {
  const bool is_closed = opened.opening != Opening::kClear && opened.opening != Opening::kOpened;
  const Use use{
      .resource = row.resource,
      .provider = opened.sealed ? opened.sealed->provider : Provider::kIdentity,
      .key_name = std::string(opened.sealed ? opened.sealed->key_name : std::string_view()),
      .live = row.is_live ? 1U : 0U,
      .history = 1,
      .live_closed = is_closed && row.is_live ? 1U : 0U,
      .history_closed = is_closed ? 1U : 0U,
      .revision_first = row.revision,
      .revision_last = row.revision};
  const auto [found, is_new] = uses_.try_emplace({use.resource, use.provider, use.key_name}, use);
  Use& kept = found->second;
  if (!is_new) AddTo(kept, use);
  // Rows come in order, so that hardly any is older than the one that is kept.
  Example& example = row.is_live ? kept.live_example : kept.history_example;
  if (example.key.empty() || row.revision < example.revision) {
    example = {.key = std::string(row.key), .revision = row.revision};
  }
}

void UseTally::AddTo(Use& use, const Use& other) {
  use.live += other.live;
  use.history += other.history;
  use.live_closed += other.live_closed;
  use.history_closed += other.history_closed;
  use.revision_first = std::min(use.revision_first, other.revision_first);
  use.revision_last = std::max(use.revision_last, other.revision_last);
  use.live_example.Take(other.live_example);
  use.history_example.Take(other.history_example);
}

void UseTally::Merge(const UseTally& other) {
  for (const auto& [id, use] : other.uses_) {
    const auto [found, is_new] = uses_.try_emplace(id, use);
    if (!is_new) AddTo(found->second, use);
  }
}

std::vector<Use> UseTally::Finish(const Config* config) const {
  std::map<std::pair<Provider, std::string>, uint64_t> rows_by_key;
  for (const auto& [id, use] : uses_) rows_by_key[{use.provider, use.key_name}] += use.history;
  const auto real_name = [&](const Use& use) {
    for (const auto& [key, rows] : rows_by_key) {
      const uint64_t own = rows_by_key[{use.provider, use.key_name}];
      if (key.first == use.provider && IsFrontOf(key.second, use.key_name) &&
          own * kAccident < rows) {
        return key.second;
      }
    }
    return use.key_name;
  };
  std::map<Id, Use> merged;
  for (const auto& [id, use] : uses_) {
    Use named = use;
    named.key_name = real_name(use);
    const auto [found, is_new] =
        merged.try_emplace({named.resource, named.provider, named.key_name}, named);
    if (!is_new) AddTo(found->second, named);
  }
  std::vector<Use> uses;
  for (auto& [id, use] : merged) {
    if (config != nullptr) use.expected = IsExpected(use, *config);
    uses.push_back(std::move(use));
  }
  return uses;
}

}  // namespace etcdf::encryption
