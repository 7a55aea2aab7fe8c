// Which message a kind is stored as, and what its fields are called.
//
// The types of Kubernetes and OpenShift are built in (fields.txt). Between 2019 and 2026 no message
// changed the meaning of a field's number, so that one table reads every version. A user's own
// types come from a FileDescriptorSet, as `protoc -o FILE --include_imports` writes it.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "kubernetes/tables.h"

namespace etcdf::kubernetes {

class Schema {
 public:
  // Without a user's own types.
  static const Schema& BuiltIn();

  Schema() = default;
  Schema(const Schema&) = delete;  // messages point at each other
  Schema& operator=(const Schema&) = delete;

  // Adds the messages of a FileDescriptorSet; those with a name that is there already are passed
  // over. Errors: kMalformed.
  Result<void> AddDescriptors(Bytes file_descriptor_set);

  // By its full name. Null where there is none.
  const Message* Find(std::string_view name) const;
  // The message that stores `kind` of `api_version` ("v1", "apps/v1"). Null where it is unknown.
  const Message* FindKind(std::string_view api_version, std::string_view kind) const;

  // Metadata of any object.
  const Message& object_meta() const;

 private:
  struct Own {
    std::string name;
    std::deque<std::string> field_names;
    std::vector<Field> fields;
    std::vector<std::string> type_names;  // of the fields, empty for scalars
    std::vector<bool> is_map_entry;
    Message message;
  };
  friend class DescriptorReader;

  uint32_t RankOf(std::string_view name);

  std::map<std::string, Own, std::less<>> own_;
  std::map<std::string, uint32_t, std::less<>> own_ranks_;
};

// The field with this number. Null where there is none.
const Field* FindField(const Message& message, uint32_t number);
// The rank of a name that the tables have, such as `apiVersion`.
uint32_t BuiltInRank(std::string_view name);

}  // namespace etcdf::kubernetes
