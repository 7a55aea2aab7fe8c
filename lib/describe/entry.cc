#include "describe/entry.h"

#include <algorithm>

#include "base/escape.h"
#include "describe/json.h"
#include "raft/request_id.h"

namespace etcdf::describe {

std::string_view KindOf(const EntryView& view) {
  if (view.entry.type == wire::EntryType::kConfChange) return "conf_change";
  if (view.entry.type == wire::EntryType::kConfChangeV2) return "conf_change_v2";
  if (view.entry.type != wire::EntryType::kNormal) return "unknown";
  switch (view.payload.kind()) {
    case raft::PayloadKind::kEmpty: return "noop";
    case raft::PayloadKind::kV2Request: return "v2";
    case raft::PayloadKind::kUnknown: return "unknown";
    case raft::PayloadKind::kInternal: break;
  }
  return view.payload.request_name().empty() ? "unknown" : view.payload.request_name();
}

bool HasRequest(const EntryView& view) {
  return view.entry.type != wire::EntryType::kNormal ||
         view.payload.kind() == raft::PayloadKind::kInternal ||
         view.payload.kind() == raft::PayloadKind::kV2Request;
}

void WriteRequest(output::JsonWriter& json, const EntryView& view,
                  const output::ValueFormat& values) {
  const wire::Entry& entry = view.entry;
  const auto named = [&](std::string_view name, auto write) {
    json.BeginObject();
    json.Name(name);
    if (!write()) json.Null();
    json.EndObject();
  };
  if (entry.type == wire::EntryType::kConfChange) {
    return named("conf_change", [&] { return WriteConfChangeJson(json, entry.data); });
  }
  if (entry.type != wire::EntryType::kNormal) {
    return named("conf_change_v2", [&] { return WriteConfChangeV2Json(json, entry.data); });
  }
  switch (view.payload.kind()) {
    case raft::PayloadKind::kEmpty:
    case raft::PayloadKind::kUnknown: return;
    case raft::PayloadKind::kInternal: return WriteJson(json, view.payload.message(), values);
    case raft::PayloadKind::kV2Request:
      return named("v2", [&] {
        WriteJson(json, view.payload.message(), values);
        return true;
      });
  }
}

uint64_t RequestIdOf(const EntryView& view) {
  if (view.entry.type == wire::EntryType::kNormal) return view.payload.request_id();
  const auto change = wire::DecodeConfChange(view.entry.data);
  return change ? change->id : 0;
}

std::string ProposerText(uint64_t request_id, const std::vector<uint64_t>& member_ids) {
  if (request_id == 0) return {};
  const auto fits = [&](uint64_t id) { return raft::MayComeFrom(request_id, id); };
  const auto found = std::ranges::find_if(member_ids, fits);
  if (found != member_ids.end() && std::ranges::count_if(member_ids, fits) == 1) {
    return HexId(*found);
  }
  return "...." + FixedHex(raft::OriginOf(request_id).member_low_bits, 4);
}

}  // namespace etcdf::describe
