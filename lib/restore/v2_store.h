// What etcd takes from the v2 store in a `.snap` file (etcd v3.5.30,
// server/etcdserver/api/membership/storev2.go, IsMetaStoreOnly; store.go, Recovery).
#pragma once

#include <optional>

#include "apply/rules.h"
#include "base/bytes.h"
#include "member/membership.h"

namespace etcdf::restore {

struct V2Store {
  bool has_content = false;                    // of users'
  bool has_auth = false;                       // the folder in which v2 kept its users
  std::optional<apply::Version> version = {};  // of the cluster
  member::Membership members = {};
};

// Nothing if it is not the JSON of one.
std::optional<V2Store> ReadV2Store(Bytes json);

}  // namespace etcdf::restore
