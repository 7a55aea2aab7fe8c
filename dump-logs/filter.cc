#include "dump-logs/filter.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "raft/key_range.h"
#include "raft/request_id.h"

namespace etcdf::dump_logs {
namespace {

// Upstream's names for single kinds of request, and the field of InternalRaftRequest each selects.
struct RequestType {
  std::string_view name;
  uint32_t field;
};
constexpr std::array kRequestTypes = {
    RequestType{"IRRRange", 3},       RequestType{"IRRPut", 4},
    RequestType{"IRRDeleteRange", 5}, RequestType{"IRRTxn", 6},
    RequestType{"IRRCompaction", 7},  RequestType{"IRRLeaseGrant", 8},
    RequestType{"IRRLeaseRevoke", 9}, RequestType{"IRRLeaseCheckpoint", 11},
};

template <typename List, typename Value>
bool Contains(const List& list, const Value& value) {
  return std::ranges::find(list, value) != list.end();
}

}  // namespace

EntryFilter::EntryFilter(const Criteria& criteria) : criteria_(criteria) {
  std::string_view rest = criteria.entry_types;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const auto request = std::ranges::find(kRequestTypes, name, &RequestType::name);
    if (request != kRequestTypes.end()) {
      request_fields_.push_back(request->field);
    } else if (name == "ConfigChange") {
      conf_changes_ = true;
    } else if (name == "Normal") {
      internal_requests_ = v2_requests_ = unknown_payloads_ = true;
    } else if (name == "Request") {
      v2_requests_ = true;
    } else if (name == "InternalRaftRequest") {
      internal_requests_ = true;
    } else {
      unknown_types_.emplace_back(name);
    }
  }
  asks_for_requests_ = !criteria.keys.empty() || !criteria.prefixes.empty() ||
                       !criteria.leases.empty() || !criteria.users.empty() ||
                       !criteria.proposers.empty();
}

bool EntryFilter::Passes(const wire::Entry& entry, const raft::Payload& payload) const {
  if (!PassesType(entry, payload)) return false;
  if (entry.data.size() < criteria_.min_size_bytes) return false;
  if (!criteria_.terms.empty() && !Contains(criteria_.terms, entry.term)) return false;
  if (!asks_for_requests_) return true;
  return entry.type == wire::EntryType::kNormal && PassesRequest(payload);
}

bool EntryFilter::PassesType(const wire::Entry& entry, const raft::Payload& payload) const {
  if (entry.type != wire::EntryType::kNormal) return conf_changes_;
  switch (payload.kind()) {
    case raft::PayloadKind::kV2Request: return v2_requests_;
    case raft::PayloadKind::kUnknown: return unknown_payloads_;
    case raft::PayloadKind::kEmpty:
    case raft::PayloadKind::kInternal: break;
  }
  return internal_requests_ || std::ranges::any_of(request_fields_, [&](uint32_t field) {
           return payload.message().Has(field);
         });
}

bool EntryFilter::PassesRequest(const raft::Payload& payload) const {
  const Criteria& c = criteria_;
  if (!c.users.empty() && !Contains(c.users, AsText(payload.username()))) return false;
  if (!c.proposers.empty()) {
    const uint64_t id = payload.request_id();
    if (id == 0 || !Contains(c.proposers, raft::OriginOf(id).member_low_bits)) return false;
  }
  const raft::MessageView message = payload.message();
  if (!c.leases.empty() &&
      raft::VisitLeases(message, [&](int64_t lease) { return !Contains(c.leases, lease); })) {
    return false;
  }
  const auto misses_keys = [&](const raft::KeyUse& use) {
    return std::ranges::none_of(
        c.keys, [&](const std::string& key) { return use.range.Covers(AsBytes(key)); });
  };
  const auto misses_prefixes = [&](const raft::KeyUse& use) {
    return std::ranges::none_of(c.prefixes, [&](const std::string& prefix) {
      return use.range.CoversSomeOf(AsBytes(prefix));
    });
  };
  if (!c.keys.empty() && raft::VisitKeys(message, misses_keys)) return false;
  return c.prefixes.empty() || !raft::VisitKeys(message, misses_prefixes);
}

std::optional<wal::IndexRange> LastThatPass(const wal::Log& log, const EntryFilter& filter,
                                            uint64_t count, uint64_t until) {
  if (count == 0) return wal::IndexRange{.after = log.summary().entries.index_last};
  std::vector<wal::LogEntry> entries;
  raft::Payload payload;
  for (auto chunk = log.chunks().rbegin(); chunk != log.chunks().rend(); ++chunk) {
    log.ReadChunk(*chunk, entries);
    for (auto logged = entries.rbegin(); logged != entries.rend(); ++logged) {
      const uint64_t index = logged->entry.index;
      if (logged->superseded_by || !logged->may_supersede || index > until) continue;
      if (logged->entry.type == wire::EntryType::kNormal) payload.Decode(logged->entry.data);
      if (filter.Passes(logged->entry, payload) && --count == 0) {
        return wal::IndexRange{.after = index - 1, .until = until};
      }
    }
  }
  return std::nullopt;
}

}  // namespace etcdf::dump_logs
