#include "apply/rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

namespace etcdf::apply {
namespace {

// Whether `version` has what came into the release lines with `first_of_lines`: a release of a line
// without an entry has it if it is newer than the last of them.
bool Since(const Version& version, std::initializer_list<Version> first_of_lines) {
  for (const Version& first : first_of_lines) {
    if (version.major == first.major && version.minor == first.minor) return version >= first;
  }
  return version > *(first_of_lines.end() - 1);
}

}  // namespace

std::optional<Version> ParseVersion(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::array<uint32_t, 3> parts = {};
  const char* at = text.data();
  const char* const end = at + text.size();
  size_t read = 0;
  while (read < parts.size()) {
    const auto [behind, error] = std::from_chars(at, end, parts[read]);
    if (error != std::errc()) return std::nullopt;
    at = behind;
    ++read;
    if (at == end || *at != '.') break;
    ++at;
  }
  const bool ends = at == end || *at == '-' || *at == '+';
  if (read < 2 || !ends) return std::nullopt;
  return Version{.major = parts[0], .minor = parts[1], .patch = parts[2]};
}

Rules RulesOf(const Version& version) {
  const Version v3_2{3, 2, 0};
  const Version v3_3{3, 3, 0};
  const Version v3_4{3, 4, 0};
  const Version v3_5{3, 5, 0};
  const Version v3_6{3, 6, 0};
  const Version v3_7{3, 7, 0};
  return {
      .keeps_tombstone_at_compaction = Since(version, {{3, 4, 34}, {3, 5, 16}}),
      .drops_unasked_ranges = version < v3_7,
      .compares_with_zero = version >= v3_3,
      .limits_lease_ttl = version >= v3_2,
      .gates_follow_alarms = version >= v3_6,
      .authorises_txn_puts_fully = Since(version, {{3, 4, 44}, {3, 5, 30}, {3, 6, 11}}),
      .authorises_nested_txns = Since(version, {{3, 4, 42}, {3, 5, 28}, {3, 6, 9}}),
      .validates_permissions = Since(version, {{3, 4, 25}, {3, 5, 8}}),
      .stores_user_options = version >= v3_4,
      .hashes_passwords = version < v3_5,
      .keeps_first_member_row = version >= Version{3, 5, 1} && version < Version{3, 5, 20},
      .stores_conf_state = version >= v3_5,
      .counts_learners_by_change = version >= v3_6,
  };
}

Rules LikelyRules(const mvcc::Status& status) {
  const auto version = ParseVersion(AsText(status.cluster_version.value_or(Bytes{})));
  return version ? RulesOf(*version) : Rules{};
}

std::vector<Rules> RulesToTry(const mvcc::Status& status, std::optional<Version> version) {
  if (version) return {RulesOf(*version)};
  std::vector<Version> lines;
  for (const auto& text : {status.storage_version, status.cluster_version}) {
    const auto line = ParseVersion(AsText(text.value_or(Bytes{})));
    if (line) lines.push_back(*line);
  }
  if (lines.empty()) {
    constexpr uint32_t kNewest = 7;
    for (uint32_t minor = kNewest; minor > 0; --minor) {
      lines.push_back({.major = 3, .minor = minor});
    }
  }
  std::vector<Rules> all;
  for (const Version& line : lines) {
    for (const uint32_t patch : {UINT32_MAX, 0U}) {
      const Rules rules = RulesOf({.major = line.major, .minor = line.minor, .patch = patch});
      if (std::ranges::find(all, rules) == all.end()) all.push_back(rules);
    }
  }
  return all;
}

}  // namespace etcdf::apply
