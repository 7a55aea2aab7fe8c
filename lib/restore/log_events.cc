#include "restore/log_events.h"

#include <charconv>
#include <string_view>

#include "base/bytes.h"
#include "json/json.h"

namespace etcdf::restore {
namespace {

using Kind = LogEvent::Kind;

// Field numbers of etcdserver.proto and membership.proto.
constexpr uint32_t kV2Method = 2;
constexpr uint32_t kV2Path = 3;
constexpr uint32_t kV2Value = 4;
constexpr uint32_t kAttributesMember = 1;
constexpr uint32_t kVersionText = 1;
constexpr uint32_t kDowngradeEnabled = 1;
constexpr uint32_t kDowngradeVersion = 2;
constexpr uint32_t kAlarmAction = 1;
constexpr uint32_t kAlarmMember = 2;
constexpr uint32_t kAlarmType = 3;
constexpr uint64_t kActivate = 1;
constexpr uint64_t kDeactivate = 2;

// /0/members/ID/attributes (etcd v3.6.9, server/etcdserver/server.go, storeMemberAttributeRegexp).
std::optional<uint64_t> MemberOfPath(std::string_view path) {
  constexpr std::string_view kPrefix = "/0/members/";
  constexpr std::string_view kSuffix = "/attributes";
  if (!path.starts_with(kPrefix) || !path.ends_with(kSuffix)) return std::nullopt;
  if (path.size() <= kPrefix.size() + kSuffix.size()) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  path.remove_suffix(kSuffix.size());
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), id, 16);
  const bool is_whole = error == std::errc() && end == path.data() + path.size();
  return is_whole ? std::optional(id) : std::nullopt;
}

void TakeV2Request(raft::MessageView request, LogEvent& event) {
  event.is_v2 = true;
  event.kind = Kind::kOtherV2;
  if (AsText(request.BytesOf(kV2Method)) != "PUT") return;
  const std::string_view path = AsText(request.BytesOf(kV2Path));
  if (const auto member = MemberOfPath(path)) {
    event.kind = Kind::kAttributes;
    event.node = *member;
  } else if (path == "/0/version") {
    const auto version = apply::ParseVersion(AsText(request.BytesOf(kV2Value)));
    if (!version) return;
    event.kind = Kind::kClusterVersion;
    event.version = *version;
  }
}

// An addition carries the member as JSON, and that has to name the same id (etcd v3.6.9,
// server.go, applyConfChange).
bool SaysWhoIsAdded(const wire::ConfChange& change) {
  if (change.type == wire::ConfChangeType::kRemoveNode) return true;
  std::optional<uint64_t> id = 0;  // absent reads as 0
  const bool is_json = json::Walk(AsText(change.context), [&](auto path, const auto& value) {
    if (path.size() == 1 && path[0] == "id") id = value.number;
  });
  return is_json && id == change.node_id;
}

}  // namespace

void EventReader::Take(const wire::Entry& entry, std::vector<LogEvent>& events) {
  while (!events.empty() && events.back().index_first >= entry.index) events.pop_back();
  if (!events.empty() && events.back().index_last >= entry.index) {
    events.back().index_last = entry.index - 1;
  }
  const LogEvent event{.index_first = entry.index, .index_last = entry.index};
  if (entry.type == wire::EntryType::kConfChange) {
    TakeConfChange(entry, event, events);
  } else if (entry.type == wire::EntryType::kNormal && !entry.data.empty()) {
    TakeRequest(entry, event, events);
  }
}

void EventReader::TakeConfChange(const wire::Entry& entry, LogEvent event,
                                 std::vector<LogEvent>& events) {
  const auto change = wire::DecodeConfChange(entry.data);
  event.kind = Kind::kUnreadableConfChange;
  if (change && SaysWhoIsAdded(*change)) {
    event.kind = Kind::kConfChange;
    event.change = change->type;
    event.node = change->node_id;
    event.request_id = change->id;
  }
  events.push_back(event);
}

void EventReader::TakeRequest(const wire::Entry& entry, LogEvent event,
                              std::vector<LogEvent>& events) {
  const raft::PayloadKind kind = payload_.Decode(entry.data);
  const raft::MessageView request = payload_.request();
  const std::string_view name = payload_.request_name();
  if (kind == raft::PayloadKind::kV2Request || kind == raft::PayloadKind::kUnknown) {
    TakeV2Request(request, event);
    if (event.kind == Kind::kOtherV2 && !events.empty() && events.back().kind == Kind::kOtherV2 &&
        events.back().index_last + 1 == entry.index) {
      events.back().index_last = entry.index;
      return;
    }
  } else if (name == "cluster_member_attr_set") {
    event.kind = Kind::kAttributes;
    event.node = request.Number(kAttributesMember);
  } else if (name == "cluster_version_set") {
    const auto version = apply::ParseVersion(AsText(request.BytesOf(kVersionText)));
    if (!version) return;
    event.kind = Kind::kClusterVersion;
    event.version = *version;
  } else if (name == "downgrade_info_set") {
    event.kind = Kind::kDowngrade;
    event.is_on = request.Number(kDowngradeEnabled) != 0;
    event.version =
        apply::ParseVersion(AsText(request.BytesOf(kDowngradeVersion))).value_or(apply::Version{});
  } else if (name == "alarm") {
    const uint64_t action = request.Number(kAlarmAction);
    if (action != kActivate && action != kDeactivate) return;
    event.kind = Kind::kAlarm;
    event.is_on = action == kActivate;
    event.node = request.Number(kAlarmMember);
    event.alarm = static_cast<uint32_t>(request.Number(kAlarmType));
  } else {
    return;
  }
  events.push_back(event);
}

}  // namespace etcdf::restore
