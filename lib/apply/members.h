// Who belongs to the cluster: configuration changes, members' attributes.
//
// (etcd v3.6.9, server/etcdserver/server.go, applyConfChange; api/membership/{cluster,member}.go.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apply/refusal.h"
#include "apply/rules.h"
#include "apply/tables.h"
#include "base/bytes.h"
#include "wire/raft_records.h"

namespace etcdf::apply {

class Members {
 public:
  // Borrows both.
  Members(Tables& tables, const Rules& rules) : tables_(tables), rules_(rules) {}

  Refusal Apply(const wire::ConfChange& change);

  // What a member tells of itself.
  struct Attributes {
    std::string name;
    std::vector<std::string> client_urls;
  };
  Refusal SetAttributes(uint64_t id, Attributes attributes);
  // The same as up to 3.5 it is in the log: `{"name":...,"clientURLs":[...]}` put at
  // /0/members/ID/attributes. A path or a text of another kind has no effect.
  Refusal SetAttributesByPath(std::string_view path, std::string_view json_text);

 private:
  struct Member {
    uint64_t id = 0;
    std::optional<std::vector<std::string>> peer_urls = {};  // nothing: JSON's null
    bool is_learner = false;
    Attributes attributes = {};
  };

  static std::optional<Member> Decode(std::string_view json_text);
  static std::string Encode(const Member& member);
  std::optional<Member> Find(uint64_t id) const;
  std::vector<Member> All() const;
  void Put(const Member& member);
  void PutConfState();

  Refusal Add(const wire::ConfChange& change);
  Refusal Promote(uint64_t id);
  Refusal Update(const wire::ConfChange& change);
  Refusal Remove(uint64_t id);
  bool PeerUrlsTaken(const Member& wanted) const;

  Tables& tables_;
  const Rules& rules_;
};

// Appends `text` in quotes as Go's encoding/json writes it: besides what JSON demands, <, > and &
// and the line ends U+2028 and U+2029 are escaped, and bytes that are not UTF-8 become U+FFFD.
void AppendGoJsonText(std::string& out, std::string_view text);

}  // namespace etcdf::apply
