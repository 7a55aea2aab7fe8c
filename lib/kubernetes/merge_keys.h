// By which member the items of a list are told apart.
#pragma once

#include <string_view>

#include "kubernetes/tables.h"

namespace etcdf::kubernetes {

// What a member of an object of a message is, for whoever walks a document beside its types.
struct MemberType {
  const Message* message = nullptr;  // of it, or of its items; null where no table has it
  bool is_map = false;               // its members are of `message`
  std::string_view merge_key = {};   // of its items, where it is a list that has one
};

// `type` is that of the object, not a map's.
MemberType TypeOfMember(const Message& type, std::string_view name);

}  // namespace etcdf::kubernetes
