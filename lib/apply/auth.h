// Users, roles and permissions: who may do what, and the requests that change it.
//
// (etcd v3.6.9, server/auth/{store,range_perm_cache}.go, server/etcdserver/apply/apply_auth.go.)
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apply/refusal.h"
#include "apply/rules.h"
#include "apply/tables.h"
#include "base/bytes.h"
#include "raft/key_range.h"
#include "raft/message.h"

namespace etcdf::apply {

// Who proposed a request, as its header says.
struct Requester {
  Bytes user;                  // empty: nobody, authentication was off
  uint64_t auth_revision = 0;  // of the store when the request was let in
};

enum class Access : uint8_t { kRead, kWrite };

// The keys from `begin` up to `end`. An empty end lies behind all keys.
struct KeyInterval {
  std::string begin;
  std::string end;
};

class Auth {
 public:
  // Borrows both.
  Auth(Tables& tables, const Rules& rules) : tables_(tables), rules_(rules) {}

  // What etcd writes when it first opens its database.
  void Initialise();

  // As it was before at most so many changes that count the revision. (Too low a revision refuses
  // nobody.)
  void SetBack(bool enabled, uint64_t changes);

  bool enabled() const;
  uint64_t revision() const;

  // kNone if the requester may. With authentication off everybody may do everything.
  Refusal CheckAdmin(const Requester& requester) const;
  Refusal CheckAccess(const Requester& requester, const raft::KeyRange& range, Access access) const;

  // Whether the field of InternalRaftRequest with this number is a request for administrators.
  static bool NeedsAdmin(uint32_t request);
  // Applies the request in that field of InternalRaftRequest; any that is not about users and roles
  // has no effect.
  Refusal Apply(uint32_t request, raft::MessageView message);

 private:
  struct User {
    std::string name;
    std::string password = {};
    std::vector<std::string> roles = {};  // ascending
    bool has_options = false;
    bool no_password = false;
    bool reproducible = true;

    bool Has(std::string_view role) const;
  };
  struct Permission {
    int64_t type = 0;
    std::string key = {};
    std::string range_end = {};
  };
  struct Role {
    std::string name;
    std::vector<Permission> permissions = {};  // ascending by key
  };
  // What a user may do, over all roles: intervals that neither overlap nor touch, ascending.
  struct Grants {
    bool is_root = false;
    std::vector<KeyInterval> readable = {};
    std::vector<KeyInterval> writable = {};
  };

  // Nothing if there is none, or its row cannot be read.
  std::optional<User> FindUser(std::string_view name) const;
  std::optional<Role> FindRole(std::string_view name) const;
  void PutUser(const User& user);
  void PutRole(const Role& role);
  void SetRevision(uint64_t revision);
  const Grants* GrantsOf(std::string_view user) const;
  Grants ReadGrants(const User& user) const;

  Refusal Enable();
  Refusal Disable();
  Refusal AddUser(raft::MessageView request);
  Refusal DeleteUser(raft::MessageView request);
  Refusal ChangePassword(raft::MessageView request);
  Refusal GrantRole(raft::MessageView request);
  Refusal RevokeRole(raft::MessageView request);
  Refusal AddRole(raft::MessageView request);
  Refusal DeleteRole(raft::MessageView request);
  Refusal GrantPermission(raft::MessageView request);
  Refusal RevokePermission(raft::MessageView request);
  Refusal SetPassword(User& user, Bytes plain, Bytes hashed_base64) const;

  Tables& tables_;
  const Rules& rules_;
  // Derived from the rows as of `grants_of_changes_`.
  mutable std::map<std::string, Grants, std::less<>> grants_;
  mutable uint64_t grants_of_changes_ = 0;
  mutable raft::Message message_;
};

}  // namespace etcdf::apply
