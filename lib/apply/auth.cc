#include "apply/auth.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/escape.h"
#include "mvcc/schema.h"
#include "raft/schema.h"
#include "wire/writer.h"

namespace etcdf::apply {
namespace {

constexpr std::string_view kRoot = "root";  // the user, and the role

// Numbers of the fields of InternalRaftRequest.
enum Request : uint32_t {
  kEnable = 1000,
  kDisable = 1011,
  kStatus = 1013,
  kUserAdd = 1100,
  kUserDelete = 1101,
  kUserChangePassword = 1103,
  kUserGrantRole = 1104,
  kUserRevokeRole = 1105,
  kUserList = 1106,
  kRoleList = 1107,
  kRoleAdd = 1200,
  kRoleDelete = 1201,
  kRoleGrantPermission = 1203,
  kRoleRevokePermission = 1204,
};

enum PermissionType : int64_t { kRead = 0, kWrite = 1, kReadWrite = 2 };

// In the interval tree of etcd an empty text is the greatest (pkg/adt, BytesAffineComparable).
bool Less(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return !a.empty() && b.empty();
  return a < b;
}

KeyInterval IntervalOf(std::string_view key, std::string_view range_end) {
  KeyInterval interval{.begin = std::string(key), .end = std::string(range_end)};
  if (range_end.empty()) {
    interval.end = interval.begin + '\0';
  } else if (range_end == std::string_view("\0", 1)) {
    interval.end.clear();
  }
  return interval;
}

// Joins what overlaps or touches.
std::vector<KeyInterval> United(std::vector<KeyInterval> intervals) {
  std::ranges::sort(intervals, Less, &KeyInterval::begin);
  std::vector<KeyInterval> united;
  for (KeyInterval& next : intervals) {
    if (!Less(next.begin, next.end)) continue;
    if (united.empty() || Less(united.back().end, next.begin)) {
      united.push_back(std::move(next));
    } else if (Less(united.back().end, next.end)) {
      united.back().end = std::move(next.end);
    }
  }
  return united;
}

bool Cover(const std::vector<KeyInterval>& united, const KeyInterval& wanted) {
  const auto behind = std::ranges::upper_bound(united, wanted.begin, Less, &KeyInterval::begin);
  if (behind == united.begin()) return false;
  const KeyInterval& last = *(behind - 1);
  return Less(wanted.begin, last.end) && !Less(last.end, wanted.end);
}

std::string TextOf(raft::MessageView message, uint32_t field) {
  return std::string(AsText(message.BytesOf(field)));
}

}  // namespace

void Auth::Initialise() {
  if (revision() == 0) SetRevision(revision() + 1);
}

bool Auth::enabled() const {
  const TableRow* const row = tables_.Find(Table::kAuth, mvcc::kAuthEnabledName);
  return row != nullptr && row->value == "\x01";
}

uint64_t Auth::revision() const {
  const TableRow* const row = tables_.Find(Table::kAuth, mvcc::kAuthRevisionName);
  if (row == nullptr) return 0;
  return mvcc::DecodeNumber(AsBytes(row->value)).value_or(0);
}

void Auth::SetRevision(uint64_t revision) {
  std::string value;
  wire::AppendBe64(value, revision);
  tables_.Put(Table::kAuth, mvcc::kAuthRevisionName, {.value = std::move(value)});
}

void Auth::SetBack(bool enabled, uint64_t changes) {
  tables_.Put(Table::kAuth, mvcc::kAuthEnabledName, {.value = std::string(1, enabled ? 1 : 0)});
  SetRevision(revision() - std::min(revision(), changes));
}

bool Auth::User::Has(std::string_view role) const {
  return std::ranges::find(roles, role) != roles.end();
}

std::optional<Auth::User> Auth::FindUser(std::string_view name) const {
  const TableRow* const row = tables_.Find(Table::kAuthUsers, name);
  if (row == nullptr) return std::nullopt;
  if (message_.Parse(raft::UserSchema(), AsBytes(row->value)) != raft::ParseVerdict::kAccepted) {
    return std::nullopt;
  }
  const raft::MessageView message = message_.root();
  User user{.name = TextOf(message, 1),
            .password = TextOf(message, 2),
            .has_options = message.Has(4),
            .no_password = message.Child(4).Number(1) != 0,
            .reproducible = row->reproducible};
  for (const raft::FieldView field : message) {
    if (field.schema().number != 3) continue;
    for (const raft::ValueView role : field) user.roles.emplace_back(AsText(role.bytes()));
  }
  return user;
}

void Auth::PutUser(const User& user) {
  wire::Writer message;
  message.Text(1, user.name);
  message.Text(2, user.password);
  for (const std::string& role : user.roles) message.Element(3, role);
  if (user.has_options) {
    wire::Writer options;
    options.Number(1, user.no_password ? 1 : 0);
    message.Element(4, options.Take());
  }
  tables_.Put(Table::kAuthUsers, user.name,
              {.value = message.Take(), .reproducible = user.reproducible});
}

std::optional<Auth::Role> Auth::FindRole(std::string_view name) const {
  const TableRow* const row = tables_.Find(Table::kAuthRoles, name);
  if (row == nullptr) return std::nullopt;
  if (message_.Parse(raft::RoleSchema(), AsBytes(row->value)) != raft::ParseVerdict::kAccepted) {
    return std::nullopt;
  }
  Role role{.name = TextOf(message_.root(), 1)};
  for (const raft::FieldView field : message_.root()) {
    if (field.schema().number != 2) continue;
    for (const raft::ValueView value : field) {
      const raft::MessageView permission = value.message();
      role.permissions.push_back({.type = static_cast<int64_t>(permission.Number(1)),
                                  .key = TextOf(permission, 2),
                                  .range_end = TextOf(permission, 3)});
    }
  }
  return role;
}

void Auth::PutRole(const Role& role) {
  wire::Writer message;
  message.Text(1, role.name);
  for (const Permission& permission : role.permissions) {
    wire::Writer part;
    part.Number(1, static_cast<uint64_t>(permission.type));
    part.Text(2, permission.key);
    part.Text(3, permission.range_end);
    message.Element(2, part.Take());
  }
  tables_.Put(Table::kAuthRoles, role.name, {.value = message.Take()});
}

Auth::Grants Auth::ReadGrants(const User& user) const {
  Grants grants{.is_root = user.Has(kRoot)};
  for (const std::string& name : user.roles) {
    const auto role = FindRole(name);
    if (!role) continue;
    for (const Permission& permission : role->permissions) {
      const KeyInterval interval = IntervalOf(permission.key, permission.range_end);
      const bool both = permission.type == kReadWrite;
      if (both || permission.type == kRead) grants.readable.push_back(interval);
      if (both || permission.type == kWrite) grants.writable.push_back(interval);
    }
  }
  grants.readable = United(std::move(grants.readable));
  grants.writable = United(std::move(grants.writable));
  return grants;
}

// Null if there is no such user. Every request asks, so the answer is kept until a row changes.
const Auth::Grants* Auth::GrantsOf(std::string_view user) const {
  const uint64_t changes = tables_.changes(Table::kAuthUsers) + tables_.changes(Table::kAuthRoles);
  if (changes != grants_of_changes_) grants_.clear();
  grants_of_changes_ = changes;
  auto known = grants_.find(user);
  if (known == grants_.end()) {
    const auto found = FindUser(user);
    if (!found) return nullptr;
    known = grants_.emplace(std::string(user), ReadGrants(*found)).first;
  }
  return &known->second;
}

Refusal Auth::CheckAdmin(const Requester& requester) const {
  if (!enabled()) return Refusal::kNone;
  if (requester.user.empty()) return Refusal::kUserEmpty;
  const Grants* const grants = GrantsOf(AsText(requester.user));
  if (grants == nullptr) return Refusal::kUserNotFound;
  return grants->is_root ? Refusal::kNone : Refusal::kPermissionDenied;
}

Refusal Auth::CheckAccess(const Requester& requester, const raft::KeyRange& range,
                          Access access) const {
  if (!enabled()) return Refusal::kNone;
  if (requester.auth_revision == 0) return Refusal::kUserEmpty;
  if (requester.auth_revision < revision()) return Refusal::kOldAuthRevision;
  const Grants* const grants = GrantsOf(AsText(requester.user));
  if (grants == nullptr) return Refusal::kPermissionDenied;
  if (grants->is_root) return Refusal::kNone;
  const KeyInterval wanted = IntervalOf(AsText(range.key), AsText(range.range_end));
  const bool covered = Cover(access == Access::kRead ? grants->readable : grants->writable, wanted);
  return covered ? Refusal::kNone : Refusal::kPermissionDenied;
}

bool Auth::NeedsAdmin(uint32_t request) {
  static constexpr auto kRequests = std::to_array<uint32_t>(
      {kEnable, kDisable, kStatus, kUserAdd, kUserDelete, kUserChangePassword, kUserGrantRole,
       kUserRevokeRole, kUserList, kRoleList, kRoleAdd, kRoleDelete, kRoleGrantPermission,
       kRoleRevokePermission});
  return std::ranges::find(kRequests, request) != kRequests.end();
}

Refusal Auth::Apply(uint32_t request, raft::MessageView message) {
  switch (request) {
    case kEnable: return Enable();
    case kDisable: return Disable();
    case kUserAdd: return AddUser(message);
    case kUserDelete: return DeleteUser(message);
    case kUserChangePassword: return ChangePassword(message);
    case kUserGrantRole: return GrantRole(message);
    case kUserRevokeRole: return RevokeRole(message);
    case kRoleAdd: return AddRole(message);
    case kRoleDelete: return DeleteRole(message);
    case kRoleGrantPermission: return GrantPermission(message);
    case kRoleRevokePermission: return RevokePermission(message);
    default: return Refusal::kNone;
  }
}

Refusal Auth::Enable() {
  if (enabled()) return Refusal::kNone;
  const auto root = FindUser(kRoot);
  if (!root) return Refusal::kRootUserMissing;
  if (!root->Has(kRoot)) return Refusal::kRootRoleMissing;
  tables_.Put(Table::kAuth, mvcc::kAuthEnabledName, {.value = "\x01"});
  return Refusal::kNone;
}

Refusal Auth::Disable() {
  if (!enabled()) return Refusal::kNone;
  tables_.Put(Table::kAuth, mvcc::kAuthEnabledName, {.value = std::string(1, '\0')});
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::SetPassword(User& user, Bytes plain, Bytes hashed_base64) const {
  user.password.clear();
  user.reproducible = true;
  if (rules_.hashes_passwords || (!plain.empty() && hashed_base64.empty())) {
    user.reproducible = false;
    return Refusal::kNone;
  }
  std::vector<uint8_t> decoded;
  if (!DecodeBase64(AsText(hashed_base64), decoded)) return Refusal::kBadPassword;
  user.password = AsText(decoded);
  return Refusal::kNone;
}

Refusal Auth::AddUser(raft::MessageView request) {
  User user{.name = TextOf(request, 1),
            .has_options = rules_.stores_user_options,
            .no_password = request.Child(3).Number(1) != 0};
  if (user.name.empty()) return Refusal::kUserEmpty;
  if (FindUser(user.name)) return Refusal::kUserExists;
  if (!user.no_password) {
    const Refusal refusal = SetPassword(user, request.BytesOf(2), request.BytesOf(4));
    if (refusal != Refusal::kNone) return refusal;
  }
  PutUser(user);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::DeleteUser(raft::MessageView request) {
  const std::string name = TextOf(request, 1);
  if (enabled() && name == kRoot) return Refusal::kInvalidAuthManagement;
  if (!FindUser(name)) return Refusal::kUserNotFound;
  tables_.Erase(Table::kAuthUsers, name);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::ChangePassword(raft::MessageView request) {
  auto user = FindUser(TextOf(request, 1));
  if (!user) return Refusal::kUserNotFound;
  // Up to 3.4 a user without a password gets one here, and keeps the option.
  if (user->no_password && !rules_.hashes_passwords) {
    user->password.clear();
  } else {
    const Refusal refusal = SetPassword(*user, request.BytesOf(2), request.BytesOf(3));
    if (refusal != Refusal::kNone) return refusal;
  }
  PutUser(*user);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::GrantRole(raft::MessageView request) {
  auto user = FindUser(TextOf(request, 1));
  if (!user) return Refusal::kUserNotFound;
  const std::string role = TextOf(request, 2);
  if (role != kRoot && !FindRole(role)) return Refusal::kRoleNotFound;
  if (user->Has(role)) return Refusal::kNone;
  user->roles.push_back(role);
  std::ranges::sort(user->roles);
  PutUser(*user);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::RevokeRole(raft::MessageView request) {
  const std::string name = TextOf(request, 1);
  const std::string role = TextOf(request, 2);
  if (enabled() && name == kRoot && role == kRoot) return Refusal::kInvalidAuthManagement;
  auto user = FindUser(name);
  if (!user) return Refusal::kUserNotFound;
  if (std::erase(user->roles, role) == 0) return Refusal::kRoleNotGranted;
  PutUser(*user);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::AddRole(raft::MessageView request) {
  const Role role{.name = TextOf(request, 1)};
  if (role.name.empty()) return Refusal::kRoleEmpty;
  if (FindRole(role.name)) return Refusal::kRoleExists;
  PutRole(role);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::DeleteRole(raft::MessageView request) {
  const std::string name = TextOf(request, 1);
  if (enabled() && name == kRoot) return Refusal::kInvalidAuthManagement;
  if (!FindRole(name)) return Refusal::kRoleNotFound;
  tables_.Erase(Table::kAuthRoles, name);
  std::vector<User> users;
  for (const auto& [user_name, row] : tables_.rows(Table::kAuthUsers)) {
    auto user = FindUser(user_name);
    if (user && std::erase(user->roles, name) != 0) users.push_back(*std::move(user));
  }
  for (const User& user : users) PutUser(user);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::GrantPermission(raft::MessageView request) {
  const raft::MessageView given = request.Child(2);
  if (!given)
    return rules_.validates_permissions ? Refusal::kPermissionNotGiven : Refusal::kServerStops;
  const Permission permission{.type = static_cast<int64_t>(given.Number(1)),
                              .key = TextOf(given, 2),
                              .range_end = TextOf(given, 3)};
  const KeyInterval interval = IntervalOf(permission.key, permission.range_end);
  if (rules_.validates_permissions &&
      (permission.key.empty() || !Less(interval.begin, interval.end))) {
    return Refusal::kInvalidAuthManagement;
  }
  auto role = FindRole(TextOf(request, 1));
  if (!role) return Refusal::kRoleNotFound;
  auto& all = role->permissions;
  const auto at = std::ranges::lower_bound(all, permission.key, {}, &Permission::key);
  if (at != all.end() && at->key == permission.key && at->range_end == permission.range_end) {
    at->type = permission.type;
  } else {
    // etcd sorts without regard to the order of equal keys. Go's sort leaves that order alone in
    // lists of up to twelve; of longer ones with equal keys another order may result.
    all.insert(std::ranges::upper_bound(all, permission.key, {}, &Permission::key), permission);
  }
  PutRole(*role);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

Refusal Auth::RevokePermission(raft::MessageView request) {
  auto role = FindRole(TextOf(request, 1));
  if (!role) return Refusal::kRoleNotFound;
  const std::string key = TextOf(request, 2);
  const std::string range_end = TextOf(request, 3);
  const size_t revoked = std::erase_if(role->permissions, [&](const Permission& permission) {
    return permission.key == key && permission.range_end == range_end;
  });
  if (revoked == 0) return Refusal::kPermissionNotGranted;
  PutRole(*role);
  SetRevision(revision() + 1);
  return Refusal::kNone;
}

}  // namespace etcdf::apply
