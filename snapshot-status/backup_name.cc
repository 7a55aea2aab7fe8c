#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "snapshot-status/backups.h"

namespace etcdf::snapshot_status {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits of a name in groups, each with what stands before it.
struct Group {
  std::string_view digits;
  char before = 0;
};

std::vector<Group> GroupsOf(std::string_view name) {
  std::vector<Group> groups;
  for (size_t at = 0; at < name.size();) {
    if (!IsDigit(name[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < name.size() && IsDigit(name[end])) ++end;
    groups.push_back(
        {.digits = name.substr(at, end - at), .before = at == 0 ? '\0' : name[at - 1]});
    at = end;
  }
  return groups;
}

int64_t NumberOf(std::string_view digits) {
  int64_t number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

// Year, month, day, hour, minute, second; the last three may be missing.
std::optional<int64_t> TimeOf(const std::array<int64_t, 6>& parts) {
  using std::chrono::day, std::chrono::month, std::chrono::year;
  const std::chrono::year_month_day date{year(static_cast<int>(parts[0])),
                                         month(static_cast<unsigned>(parts[1])),
                                         day(static_cast<unsigned>(parts[2]))};
  if (!date.ok() || parts[0] < 2013 || parts[0] > 2200) return std::nullopt;
  if (parts[3] > 23 || parts[4] > 59 || parts[5] > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return int64_t{days} * 86'400 + parts[3] * 3600 + parts[4] * 60 + parts[5];
}

// All digits from group `first` on that can belong to a time, without what stands between.
std::optional<int64_t> DateFrom(const std::vector<Group>& groups, size_t first) {
  constexpr std::string_view kBetween = "-_:.T ";
  std::string digits;
  for (size_t i = first; i < groups.size() && digits.size() < 14; ++i) {
    const Group& group = groups[i];
    const bool fits = i == first || kBetween.find(group.before) != std::string_view::npos;
    const bool is_pair = group.digits.size() % 2 == 0;
    if (!fits || !is_pair || digits.size() + group.digits.size() > 14) break;
    digits += group.digits;
  }
  for (const size_t length : {size_t{14}, size_t{12}, size_t{8}}) {
    if (digits.size() < length) continue;
    std::array<int64_t, 6> parts = {NumberOf(std::string_view(digits).substr(0, 4))};
    for (size_t part = 1, at = 4; at < length; ++part, at += 2) {
      parts.at(part) = NumberOf(std::string_view(digits).substr(at, 2));
    }
    if (const auto time = TimeOf(parts)) return time;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> TimeInName(std::string_view file_name) {
  constexpr int64_t kFirst = 1'370'000'000;  // June 2013: etcd is younger
  constexpr int64_t kLast = 7'258'118'400;   // the year 2200
  const std::vector<Group> groups = GroupsOf(file_name);
  for (size_t i = 0; i < groups.size(); ++i) {
    if (const auto time = DateFrom(groups, i)) return time;
  }
  for (const Group& group : groups) {
    const size_t length = group.digits.size();
    if (length != 10 && length != 13) continue;
    const int64_t number = NumberOf(group.digits) / (length == 13 ? 1000 : 1);
    if (number >= kFirst && number <= kLast) return number;
  }
  return std::nullopt;
}

bool LooksLikeBackupName(std::string_view file_name) {
  constexpr auto kWords = std::to_array<std::string_view>({"snapshot", "snap", "etcd", "backup"});
  std::string name(file_name);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  if (name.find(".db") != std::string::npos) return true;
  const bool is_called_so = std::ranges::any_of(
      kWords, [&](std::string_view word) { return name.find(word) != std::string::npos; });
  return is_called_so && TimeInName(name).has_value();
}

}  // namespace etcdf::snapshot_status
