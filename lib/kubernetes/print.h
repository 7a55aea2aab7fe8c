// A document as text: JSON on one line, or YAML as `kubectl get -o yaml` prints it and `kubectl
// apply` takes it. A closed leaf prints as {"closed":true,"bytes":N,"id":"16 hex digits"}.
#pragma once

#include <string>

#include "base/bytes.h"
#include "checksum/keyed_hash.h"
#include "kubernetes/document.h"
#include "output/json_writer.h"

namespace etcdf::kubernetes {

// `ids`: the key of the ids of closed leaves.
void AppendJson(std::string& out, const Node& value, const HashKey& ids);

// What stands for bytes that are closed as a whole.
void WriteClosed(output::JsonWriter& json, Bytes bytes, const HashKey& ids);

// With a newline behind each line. `value` lies in its document.
void AppendYaml(std::string& out, const Node& value, const HashKey& ids);

}  // namespace etcdf::kubernetes
