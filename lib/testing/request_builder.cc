#include "testing/request_builder.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "testing/proto_writer.h"

namespace etcdf::testing {
namespace {

constexpr uint32_t kHeaderField = 100;  // InternalRaftRequest.header
constexpr uint32_t kV2Field = 2;        // InternalRaftRequest.v2, until 3.6
constexpr uint64_t kTxnNestMax = 100000;

enum class FieldKind : uint8_t { kNumber, kBytes, kEnum };
enum class Presence : uint8_t { kIfGiven, kAlways };

using EnumNames = std::span<const std::string_view>;

constexpr std::string_view kSortOrders[] = {"none", "ascend", "descend"};
constexpr std::string_view kSortTargets[] = {"key", "version", "create", "mod", "value"};
constexpr std::string_view kCompareResults[] = {"equal", "greater", "less", "not_equal"};
constexpr std::string_view kCompareTargets[] = {"version", "create", "mod", "value", "lease"};
constexpr std::string_view kAlarmActions[] = {"get", "activate", "deactivate"};
constexpr std::string_view kAlarms[] = {"none", "nospace", "corrupt"};
constexpr std::string_view kPermissions[] = {"read", "write", "readwrite"};
constexpr std::string_view kConfChanges[] = {"add", "remove", "update", "add-learner"};
constexpr std::string_view kConfTransitions[] = {"auto", "implicit", "explicit"};

// One argument of a verb, and the field it becomes. Fields of a submessage stand together.
struct FieldSpec {
  std::string_view argument;
  uint32_t number;
  FieldKind kind = FieldKind::kNumber;
  EnumNames names = {};     // kEnum: the names of 0, 1, 2, ...
  uint32_t submessage = 0;  // the field is in this submessage; 0: in the message itself
  Presence presence = Presence::kIfGiven;
};

struct RequestSpec {
  std::string_view verb;
  uint32_t number;  // the field of InternalRaftRequest
  std::span<const FieldSpec> fields;
};

using enum FieldKind;

constexpr FieldSpec kPut[] = {{"key", 1, kBytes}, {"value", 2, kBytes}, {"lease", 3},
                              {"prev_kv", 4},     {"ignore_value", 5},  {"ignore_lease", 6}};
constexpr FieldSpec kDelete[] = {{"key", 1, kBytes}, {"range_end", 2, kBytes}, {"prev_kv", 3}};
constexpr FieldSpec kRange[] = {{"key", 1, kBytes},
                                {"range_end", 2, kBytes},
                                {"limit", 3},
                                {"revision", 4},
                                {"sort_order", 5, kEnum, kSortOrders},
                                {"sort_target", 6, kEnum, kSortTargets},
                                {"serializable", 7},
                                {"keys_only", 8},
                                {"count_only", 9},
                                {"min_mod_revision", 10},
                                {"max_mod_revision", 11},
                                {"min_create_revision", 12},
                                {"max_create_revision", 13}};
constexpr FieldSpec kCompact[] = {{"rev", 1}, {"physical", 2}};
constexpr FieldSpec kLeaseGrant[] = {{"ttl", 1}, {"id", 2}};
constexpr FieldSpec kLeaseRevoke[] = {{"id", 1}};
constexpr FieldSpec kLeaseCheckpoint[] = {{.argument = "id", .number = 1, .submessage = 1},
                                          {.argument = "remaining", .number = 2, .submessage = 1}};
constexpr FieldSpec kAlarm[] = {
    {"action", 1, kEnum, kAlarmActions}, {"member", 2}, {"alarm", 3, kEnum, kAlarms}};
constexpr FieldSpec kUserAdd[] = {{"name", 1, kBytes},
                                  {"password", 2, kBytes},
                                  {.argument = "no_password", .number = 1, .submessage = 3},
                                  {"hashed_password", 4, kBytes}};
constexpr FieldSpec kName[] = {{"name", 1, kBytes}};
constexpr FieldSpec kRole[] = {{"role", 1, kBytes}};
constexpr FieldSpec kUserPasswd[] = {
    {"name", 1, kBytes}, {"password", 2, kBytes}, {"hashed_password", 3, kBytes}};
constexpr FieldSpec kUserGrantRole[] = {{"user", 1, kBytes}, {"role", 2, kBytes}};
constexpr FieldSpec kUserRevokeRole[] = {{"name", 1, kBytes}, {"role", 2, kBytes}};
constexpr FieldSpec kRoleGrant[] = {{"name", 1, kBytes},
                                    {"type", 1, kEnum, kPermissions, 2},
                                    {"key", 2, kBytes, {}, 2},
                                    {"range_end", 3, kBytes, {}, 2}};
constexpr FieldSpec kRoleRevoke[] = {
    {"role", 1, kBytes}, {"key", 2, kBytes}, {"range_end", 3, kBytes}};
constexpr FieldSpec kAuthenticate[] = {
    {"name", 1, kBytes}, {"password", 2, kBytes}, {"simple_token", 3, kBytes}};
constexpr FieldSpec kVersion[] = {{"ver", 1, kBytes}};
constexpr FieldSpec kMemberAttributes[] = {
    {"member", 1}, {"name", 1, kBytes, {}, 2}, {"url", 2, kBytes, {}, 2}};
constexpr FieldSpec kDowngrade[] = {{"enabled", 1}, {"ver", 2, kBytes}};

constexpr RequestSpec kRequests[] = {
    {"range", 3, kRange},
    {"put", 4, kPut},
    {"delete", 5, kDelete},
    {"compact", 7, kCompact},
    {"lease-grant", 8, kLeaseGrant},
    {"lease-revoke", 9, kLeaseRevoke},
    {"alarm", 10, kAlarm},
    {"lease-checkpoint", 11, kLeaseCheckpoint},
    {"auth-enable", 1000, {}},
    {"auth-disable", 1011, {}},
    {"authenticate", 1012, kAuthenticate},
    {"auth-status", 1013, {}},
    {"auth-user-add", 1100, kUserAdd},
    {"auth-user-delete", 1101, kName},
    {"auth-user-get", 1102, kName},
    {"auth-user-passwd", 1103, kUserPasswd},
    {"auth-user-grant-role", 1104, kUserGrantRole},
    {"auth-user-revoke-role", 1105, kUserRevokeRole},
    {"auth-user-list", 1106, {}},
    {"auth-role-list", 1107, {}},
    {"auth-role-add", 1200, kName},
    {"auth-role-delete", 1201, kRole},
    {"auth-role-get", 1202, kRole},
    {"auth-role-grant-permission", 1203, kRoleGrant},
    {"auth-role-revoke-permission", 1204, kRoleRevoke},
    {"cluster-version", 1300, kVersion},
    {"member-attributes", 1301, kMemberAttributes},
    {"downgrade", 1302, kDowngrade},
    {"downgrade-test", 9900, kVersion},
};
constexpr uint32_t kTxnField = 6;

// The v2 Request of proto2: gogo writes what is not optional even when it is zero.
using enum Presence;
constexpr FieldSpec kV2Request[] = {{"id", 1, kNumber, {}, 0, kAlways},
                                    {"method", 2, kBytes, {}, 0, kAlways},
                                    {"path", 3, kBytes, {}, 0, kAlways},
                                    {"val", 4, kBytes, {}, 0, kAlways},
                                    {"dir", 5, kNumber, {}, 0, kAlways},
                                    {"prev_value", 6, kBytes, {}, 0, kAlways},
                                    {"prev_index", 7, kNumber, {}, 0, kAlways},
                                    {"prev_exist", 8},
                                    {"expiration", 9, kNumber, {}, 0, kAlways},
                                    {"wait", 10, kNumber, {}, 0, kAlways},
                                    {"since", 11, kNumber, {}, 0, kAlways},
                                    {"recursive", 12, kNumber, {}, 0, kAlways},
                                    {"sorted", 13, kNumber, {}, 0, kAlways},
                                    {"quorum", 14, kNumber, {}, 0, kAlways},
                                    {"time", 15, kNumber, {}, 0, kAlways},
                                    {"stream", 16, kNumber, {}, 0, kAlways},
                                    {"refresh", 17}};

uint64_t EnumNumber(StatementReader& reader, std::string_view argument, EnumNames names) {
  const std::string text = reader.Text(argument);
  const auto name = std::ranges::find(names, text);
  if (name != names.end()) return static_cast<uint64_t>(name - names.begin());
  const auto number = ParseNumber(text);
  if (!number) reader.Misuse("the argument has no such choice", argument);
  return number.value_or(0);
}

void WriteField(ProtoWriter& message, StatementReader& reader, const FieldSpec& field) {
  switch (field.kind) {
    case kNumber: message.Number(field.number, reader.Number(field.argument, 0)); break;
    case kBytes: message.Bytes(field.number, reader.Text(field.argument, "")); break;
    case kEnum:
      message.Number(field.number, EnumNumber(reader, field.argument, field.names));
      break;
  }
}

// The arguments of the reader's current verb, as a message.
std::string BuildMessage(StatementReader& reader, std::span<const FieldSpec> fields) {
  ProtoWriter message;
  for (size_t i = 0; i < fields.size();) {
    const uint32_t submessage = fields[i].submessage;
    ProtoWriter part;
    for (; i < fields.size() && fields[i].submessage == submessage; ++i) {
      if (fields[i].presence == kAlways || reader.Has(fields[i].argument)) {
        WriteField(submessage == 0 ? message : part, reader, fields[i]);
      }
    }
    if (!part.bytes().empty()) message.Bytes(submessage, part.bytes());
  }
  return message.bytes();
}

// RequestOp { oneof: 1 request_range, 2 request_put, 3 request_delete_range, 4 request_txn }.
constexpr std::pair<std::string_view, uint32_t> kRequestOps[] = {
    {"range", 1}, {"put", 2}, {"delete", 3}, {"txn", 4}};

std::string BuildCompare(StatementReader& reader) {
  // The union member that holds `to`, by target: version, create, mod, value, lease.
  static constexpr std::array<uint32_t, 5> kUnionFields = {4, 5, 6, 7, 8};
  static constexpr uint64_t kTargetValue = 3;
  ProtoWriter compare;
  if (reader.Has("result")) compare.Number(1, EnumNumber(reader, "result", kCompareResults));
  const uint64_t target = EnumNumber(reader, "target", kCompareTargets);
  if (target != 0) compare.Number(2, target);
  compare.Bytes(3, reader.Text("key"));
  if (target < kUnionFields.size()) {
    if (target == kTargetValue) {
      compare.Bytes(kUnionFields[target], reader.Text("to"));
    } else {
      compare.Number(kUnionFields[target], reader.Number("to"));
    }
  }
  if (reader.Has("range_end")) compare.Bytes(64, reader.Text("range_end"));
  return compare.bytes();
}

// `depth` transactions, each the only operation of the one around it; a put in the innermost.
std::string BuildNestedTxns(uint64_t depth) {
  ProtoWriter put;
  put.Bytes(1, "deep").Bytes(2, "value");
  ProtoWriter operation;
  operation.Bytes(2, put.bytes());
  std::string inner = operation.bytes();
  for (uint64_t i = 0; i < depth; ++i) {
    ProtoWriter txn, around;
    txn.Bytes(2, inner);
    if (i + 1 == depth) return txn.bytes();
    around.Bytes(4, txn.bytes());
    inner = around.bytes();
  }
  return {};
}

// Recursion is bounded by kStatementDepthMax: each level is a block of the text.
std::string BuildTxn(StatementReader& reader) {
  if (reader.Has("nest")) {
    const uint64_t depth = reader.Number("nest");
    if (depth == 0 || depth > kTxnNestMax) reader.Misuse("is not in 1..100000", "nest");
    return reader.ok() ? BuildNestedTxns(depth) : "";
  }
  ProtoWriter txn;
  for (const Statement& line : reader.block()) {
    StatementReader inner(line);
    const std::string_view branch = inner.Verb();
    if (branch == "if") {
      txn.Bytes(1, BuildCompare(inner));
    } else if (branch == "then" || branch == "else") {
      const std::string_view verb = inner.Verb();
      const auto op = std::ranges::find(kRequestOps, verb, [](const auto& o) { return o.first; });
      if (op == std::end(kRequestOps)) {
        inner.Misuse("not an operation of a transaction", verb);
        reader.Misuse("not an operation of a transaction", verb);
        break;
      }
      ProtoWriter operation;
      operation.Bytes(op->second, verb == "txn"      ? BuildTxn(inner)
                                  : verb == "put"    ? BuildMessage(inner, kPut)
                                  : verb == "delete" ? BuildMessage(inner, kDelete)
                                                     : BuildMessage(inner, kRange));
      txn.Bytes(branch == "then" ? 2 : 3, operation.bytes());
    } else {
      inner.Misuse("a transaction has if, then and else", branch);
    }
    if (const auto finished = inner.Finish(); !finished) {
      reader.Misuse(finished.error().what, "in its block, " + finished.error().subject);
    }
  }
  return txn.bytes();
}

std::string BuildHeader(const RequestHeader& header) {
  ProtoWriter message;
  if (header.id) message.Number(1, *header.id);
  if (header.user) message.Bytes(2, *header.user);
  if (header.auth_revision) message.Number(3, *header.auth_revision);
  return message.bytes();
}

// InternalRaftRequest: the request in its field, then the header; ascending, as every runtime
// writes.
std::string Wrap(uint32_t field, const std::string& request, const RequestHeader& header) {
  ProtoWriter message;
  const std::string head = BuildHeader(header);
  if (field < kHeaderField) message.Bytes(field, request);
  if (!head.empty()) message.Bytes(kHeaderField, head);
  if (field > kHeaderField) message.Bytes(field, request);
  return message.bytes();
}

EntryPayload BuildConfChange(StatementReader& reader, WriterStyle style) {
  ProtoWriter change;
  if (style == WriterStyle::kGogo || reader.Has("id")) change.Number(1, reader.Number("id", 0));
  change.Number(2, EnumNumber(reader, "change", kConfChanges));
  change.Number(3, reader.Number("node"));
  if (reader.Has("context")) change.Bytes(4, reader.Text("context"));
  return {.entry_type = 1, .bytes = change.bytes()};
}

EntryPayload BuildConfChangeV2(StatementReader& reader) {
  ProtoWriter single, change;
  single.Number(1, EnumNumber(reader, "change", kConfChanges)).Number(2, reader.Number("node"));
  change.Number(1, reader.Has("transition") ? EnumNumber(reader, "transition", kConfTransitions)
                                            : uint64_t{0});
  change.Bytes(2, single.bytes());
  if (reader.Has("context")) change.Bytes(3, reader.Text("context"));
  return {.entry_type = 2, .bytes = change.bytes()};
}

}  // namespace

EntryPayload BuildEntryPayload(StatementReader& reader, const RequestHeader& header,
                               WriterStyle style) {
  const std::string_view verb = reader.Verb();
  if (verb == "noop") return {};
  if (verb == "raw") return {.bytes = reader.Text("bytes")};
  if (verb == "conf") return BuildConfChange(reader, style);
  if (verb == "conf-v2") return BuildConfChangeV2(reader);
  if (verb == "v2") return {.bytes = BuildMessage(reader, kV2Request)};
  if (verb == "v2-inside") {
    return {.bytes = Wrap(kV2Field, BuildMessage(reader, kV2Request), header)};
  }
  if (verb == "txn") return {.bytes = Wrap(kTxnField, BuildTxn(reader), header)};
  const auto spec = std::ranges::find(kRequests, verb, &RequestSpec::verb);
  if (spec == std::end(kRequests)) {
    reader.Misuse("not a request", verb);
    return {};
  }
  return {.bytes = Wrap(spec->number, BuildMessage(reader, spec->fields), header)};
}

}  // namespace etcdf::testing
