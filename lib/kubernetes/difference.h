// What differs between two objects, field by field.
#pragma once

#include <string>
#include <vector>

#include "kubernetes/document.h"

namespace etcdf::kubernetes {

struct FieldChange {
  // As `kubectl get -o jsonpath` takes it: spec.template.spec.containers[0].image; a dot in a name
  // as \. .
  std::string path;
  // In the documents that were compared. Null where the field is not there.
  const Node* from = nullptr;
  const Node* to = nullptr;
};

// One for each leaf, in the order of names; one for each item that a list has more at its end.
// Empty objects and lists are leaves. Numbers are the same if their texts are.
std::vector<FieldChange> DifferencesOf(const Node& from, const Node& to);

}  // namespace etcdf::kubernetes
