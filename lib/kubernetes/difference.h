// What differs between two objects, field by field.
#pragma once

#include <string>
#include <vector>

#include "kubernetes/document.h"
#include "kubernetes/tables.h"

namespace etcdf::kubernetes {

struct FieldChange {
  // As `kubectl get -o jsonpath` takes it: spec.template.spec.containers[0].image; a dot in a name
  // as \. . By key: spec.template.spec.containers[name=app].image; a closing bracket as \].
  std::string path;
  // In the documents that were compared. Null where the field is not there.
  const Node* from = nullptr;
  const Node* to = nullptr;
};

// One for each leaf, in the order of names; one for each item that a list has more at its end.
// Empty objects and lists are leaves. Numbers are the same if their texts are.
//
// With a `type`, the message of both, items of lists that have a merge key are told by it and not
// by their place, unless two have the same. A list of which only the order changed is one path.
std::vector<FieldChange> DifferencesOf(const Node& from, const Node& to,
                                       const Message* type = nullptr);

}  // namespace etcdf::kubernetes
