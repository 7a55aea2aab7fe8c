#include "apply/member_store.h"

#include <optional>
#include <string>
#include <utility>

#include "mvcc/schema.h"
#include "wire/writer.h"

namespace etcdf::apply {
namespace {

// Numbers of the fields of InternalRaftRequest. Those of auth are auth.h's to know.
enum Request : uint32_t {
  kV2 = 2,
  kRange = 3,
  kPut = 4,
  kDeleteRange = 5,
  kTxn = 6,
  kCompaction = 7,
  kLeaseGrant = 8,
  kLeaseRevoke = 9,
  kAlarm = 10,
  kLeaseCheckpoint = 11,
  kClusterVersion = 1300,
  kMemberAttributes = 1301,
  kDowngrade = 1302,
};

// AlarmRequest and AlarmMember.
enum AlarmAction : uint64_t { kActivate = 1, kDeactivate = 2 };
enum AlarmKind : uint64_t { kNone = 0, kNoSpace = 1, kCorrupt = 2 };

bool HasPut(raft::MessageView txn) {
  for (const bool succeeded : {true, false}) {
    bool found = false;
    ForEachOp(txn, succeeded, [&](uint32_t kind, raft::MessageView) {
      found = found || kind == kOpPut;
      return Refusal::kNone;
    });
    if (found) return true;
  }
  return false;
}

std::string DowngradeJson(bool enabled, std::string_view version) {
  std::string text = "{\"target-version\":";
  AppendGoJsonText(text, enabled ? version : std::string_view());
  text += enabled ? ",\"enabled\":true}" : ",\"enabled\":false}";
  return text;
}

}  // namespace

std::string AlarmKey(uint64_t member, uint64_t kind) {
  wire::Writer message;
  message.Number(1, member);
  message.Number(2, kind);
  return message.Take();
}

MemberStore::MemberStore(const Rules& rules, KeyStore::History history)
    : rules_(rules), keys_(history) {
  auth_.Initialise();
  tables_.Settle();
}

Outcome MemberStore::Apply(const wire::Entry& entry) {
  if (entry.type == wire::EntryType::kNormal) payload_.Decode(entry.data);
  return Apply(entry, payload_);
}

Outcome MemberStore::Apply(const wire::Entry& entry, const raft::Payload& payload) {
  index_ = entry.index;
  term_ = entry.term;
  const size_t before = tables_.mark();
  Outcome outcome;
  switch (entry.type) {
    case wire::EntryType::kNormal: outcome.refusal = ApplyRequest(payload, outcome); break;
    case wire::EntryType::kConfChange: outcome.refusal = ApplyConfChange(entry.data); break;
    default: outcome.refusal = Refusal::kServerStops; break;
  }
  outcome.rows = keys_.Commit();
  outcome.changed_tables = tables_.mark() != before;
  return outcome;
}

Refusal MemberStore::ApplyConfChange(Bytes data) {
  const auto change = wire::DecodeConfChange(data);
  return change ? members_.Apply(*change) : Refusal::kServerStops;
}

Refusal MemberStore::ApplyRequest(const raft::Payload& payload, Outcome& outcome) {
  if (payload.kind() == raft::PayloadKind::kEmpty) return Refusal::kNone;
  if (payload.kind() == raft::PayloadKind::kUnknown) return Refusal::kServerStops;
  const uint32_t number = payload.request_number();
  const raft::MessageView request = payload.request();
  switch (number) {
    case kV2: return ApplyV2(request);
    case kClusterVersion:
    case kMemberAttributes:
    case kDowngrade: return ApplyToCluster(number, request);
    default: break;
  }
  const Requester requester{.user = payload.username(), .auth_revision = payload.auth_revision()};
  Refusal refusal = CheckGates(number, request);
  if (refusal == Refusal::kNone && !gates_.skips_auth) {
    refusal = CheckAccess(number, request, requester);
  }
  if (refusal != Refusal::kNone) return refusal;
  return ApplyToStore(number, request, outcome);
}

// Of all that the v2 API could do, only two things reach the database (apply_v2.go, Put).
Refusal MemberStore::ApplyV2(raft::MessageView request) {
  const bool conditional = request.Has(8) || request.Number(7) != 0 || !request.BytesOf(6).empty();
  if (AsText(request.BytesOf(2)) != "PUT" || conditional) return Refusal::kNone;
  const std::string_view path = AsText(request.BytesOf(3));
  const std::string_view value = AsText(request.BytesOf(4));
  if (path == "/0/version") {
    tables_.Put(Table::kCluster, mvcc::kClusterVersionName, {.value = std::string(value)});
    return Refusal::kNone;
  }
  return members_.SetAttributesByPath(path, value);
}

Refusal MemberStore::ApplyToCluster(uint32_t number, raft::MessageView request) {
  if (number == kClusterVersion) {
    tables_.Put(Table::kCluster, mvcc::kClusterVersionName,
                {.value = std::string(AsText(request.BytesOf(1)))});
    return Refusal::kNone;
  }
  if (number == kDowngrade) {
    tables_.Put(Table::kCluster, mvcc::kDowngradeName,
                {.value = DowngradeJson(request.Number(1) != 0, AsText(request.BytesOf(2)))});
    return Refusal::kNone;
  }
  const raft::MessageView given = request.Child(2);
  Members::Attributes attributes{.name = std::string(AsText(given.BytesOf(1))), .client_urls = {}};
  for (const raft::FieldView field : given) {
    if (field.schema().number != 2) continue;
    for (const raft::ValueView url : field) {
      attributes.client_urls.emplace_back(AsText(url.bytes()));
    }
  }
  return members_.SetAttributes(request.Number(1), std::move(attributes));
}

Refusal MemberStore::CheckGates(uint32_t number, raft::MessageView request) const {
  if (gates_.corrupt && number >= kRange && number <= kLeaseRevoke) return Refusal::kCorrupt;
  if (!gates_.no_space) return Refusal::kNone;
  const bool grows = number == kPut || number == kLeaseGrant || (number == kTxn && HasPut(request));
  return grows ? Refusal::kNoSpace : Refusal::kNone;
}

Refusal MemberStore::CheckAccess(uint32_t number, raft::MessageView request,
                                 const Requester& requester) const {
  if (!auth_.enabled()) return Refusal::kNone;
  if (Auth::NeedsAdmin(number)) return auth_.CheckAdmin(requester);
  switch (number) {
    case kPut: return access_.CheckPut(requester, request);
    case kDeleteRange: return access_.CheckDelete(requester, request);
    case kTxn: return access_.CheckTxn(requester, request);
    case kLeaseRevoke:
      return access_.CheckLeaseKeys(requester, static_cast<int64_t>(request.Number(1)));
    default: return Refusal::kNone;
  }
}

Refusal MemberStore::ApplyToStore(uint32_t number, raft::MessageView request, Outcome& outcome) {
  switch (number) {
    case kPut: return requests_.Put(request);
    case kDeleteRange: return requests_.Delete(request);
    case kTxn: {
      const auto verdict = requests_.Txn(request);
      outcome.refused_by_proposer = verdict.refused_by_proposer;
      return verdict.refusal;
    }
    case kCompaction: return Compact(request, outcome);
    case kLeaseGrant: return leases_.Grant(request);
    case kLeaseRevoke: return leases_.Revoke(request);
    case kLeaseCheckpoint: return leases_.Checkpoint(request);
    case kAlarm: return ChangeAlarm(request);
    default: return auth_.Apply(number, request);
  }
}

Refusal MemberStore::Compact(raft::MessageView request, Outcome& outcome) {
  const auto revision = static_cast<int64_t>(request.Number(1));
  if (revision <= keys_.compact_revision()) return Refusal::kCompacted;
  if (revision > keys_.current_revision()) return Refusal::kFutureRevision;
  keys_.Compact(revision);
  outcome.compacted = true;
  return Refusal::kNone;
}

bool MemberStore::HasAlarm(uint64_t kind) const {
  for (const auto& [key, row] : tables_.rows(Table::kAlarm)) {
    wire::Reader reader(AsBytes(key));
    wire::Field field;
    while (reader.Next(field)) {
      if (field.number == 2 && field.type == wire::Type::kVarint && field.value == kind)
        return true;
    }
  }
  return false;
}

Refusal MemberStore::ChangeAlarm(raft::MessageView request) {
  const uint64_t action = request.Number(1);
  const uint64_t kind = request.Number(3);
  const std::string key = AlarmKey(request.Number(2), kind);
  const bool stored = tables_.Has(Table::kAlarm, key);
  if (action == kActivate && kind != kNone && !stored) {
    const bool first_of_kind = !HasAlarm(kind);
    tables_.Put(Table::kAlarm, key, {});
    if (rules_.gates_follow_alarms) {
      gates_ = GatesOfAlarms();
    } else if (first_of_kind && (kind == kNoSpace || kind == kCorrupt)) {
      gates_ = {.no_space = kind == kNoSpace, .corrupt = kind == kCorrupt, .skips_auth = true};
    }
  } else if (action == kDeactivate && stored) {
    tables_.Erase(Table::kAlarm, key);
    if (rules_.gates_follow_alarms) {
      gates_ = GatesOfAlarms();
    } else if (!HasAlarm(kind) && (kind == kNoSpace || kind == kCorrupt)) {
      gates_ = {};
    }
  }
  return Refusal::kNone;
}

MemberStore::Gates MemberStore::GatesOfAlarms() const {
  return {.no_space = HasAlarm(kNoSpace), .corrupt = HasAlarm(kCorrupt)};
}

std::span<const StoredRow> MemberStore::Force(std::span<const StoredRow> rows) {
  for (const StoredRow& row : rows) keys_.Force(row, leases_.Exists(row.lease));
  return keys_.Commit();
}

void MemberStore::RestoreKey(const StoredRow& row) {
  keys_.Restore(row, leases_.Exists(row.lease));
  keys_.Settle(rules_.keeps_tombstone_at_compaction);
}

void MemberStore::BeginAt(const Applied& applied) {
  keys_.SetRevisions(applied.revision, applied.compact_revision);
  index_ = applied.index;
  term_ = applied.term;
  Restart();
  Settle();
}

void MemberStore::Compact(int64_t revision) {
  if (revision > keys_.compact_revision() && revision <= keys_.current_revision()) {
    keys_.Compact(revision);
  }
}

MemberStore::Mark MemberStore::mark() const {
  return {.keys = keys_.mark(),
          .tables = tables_.mark(),
          .index = index_,
          .term = term_,
          .gates = gates_};
}

void MemberStore::RollBack(const Mark& mark) {
  tables_.RollBack(mark.tables);
  keys_.RollBack(mark.keys);
  index_ = mark.index;
  term_ = mark.term;
  gates_ = mark.gates;
}

void MemberStore::Settle() {
  tables_.Settle();
  keys_.Settle(rules_.keeps_tombstone_at_compaction);
}

}  // namespace etcdf::apply
