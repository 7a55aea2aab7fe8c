// What one write did to an object: its row beside the row before of the same key.
//
// Who made it the object tells in metadata.managedFields: the entry that the row before does not
// have is of this write, whatever its time. A write within the second of another one by the same
// manager leaves no new entry; then the newest one counts if it alone owns a field that changed.
// Nobody is named for what leaves no entry at all: deletions, bindings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"
#include "objects/decoder.h"

namespace etcdf::objects {

// The row before of the same key.
enum class Before : uint8_t {
  kNone,     // the write creates the key
  kUnknown,  // compacted, or not at hand
  kKnown,
};

struct StoredWrite {
  Bytes key = {};
  Bytes value = {};
  int64_t mod_revision = 0;
  bool is_delete = false;
  Before before = Before::kNone;
  Bytes value_before = {};  // of kKnown
};

enum class WriteVerb : uint8_t { kCreate, kUpdate, kDelete };

// "create", "update", "delete".
std::string_view WriteVerbName(WriteVerb verb);

// Good until the next write is read.
struct Write {
  WriteVerb verb = WriteVerb::kCreate;
  // What was written; of a deletion what was there before, if it is known.
  const Decoded* object = nullptr;
  std::string_view manager = {};  // empty where the object tells none
  std::string_view operation = {};
  std::string_view subresource = {};
  // Of an update: the paths of fields that differ, as DifferencesOf names them, without
  // managedFields, resourceVersion and generation.
  bool fields_are_known = false;
  std::vector<std::string> fields = {};
};

class WriteReader {
 public:
  // All must outlive it.
  WriteReader(const Tools& tools, const std::string& file, FindingSink& findings)
      : now_(tools, file, findings), before_(tools, file, findings) {}

  const Write& Read(const StoredWrite& stored);
  // Reports what was odd about the value that was read last.
  void Report();

 private:
  void Compare();
  void NameManager();
  const kubernetes::Node* FindOwner();

  Decoder now_;
  Decoder before_;
  StoredWrite stored_;
  const Decoded* decoded_before_ = nullptr;
  Write write_;
};

// Whether the fields that a manager owns (managedFields[].fieldsV1, taken apart) hold the path.
bool OwnsField(const kubernetes::Node& fields, std::string_view path);

}  // namespace etcdf::objects
