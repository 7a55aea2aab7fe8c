// What became of one key between two states: as an object, field by field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kubernetes/difference.h"
#include "objects/decoder.h"

namespace etcdf::objects {

enum class ChangeKind : uint8_t {
  kAdded,
  kRemoved,
  kChanged,
  // Of an object of Kubernetes: nothing but its status, its managed fields and its generation.
  kOnlyStatus,
  // Written again with the same content, in whatever form.
  kRewritten,
  // It is encrypted, on one side at least, and other bytes do not mean another content.
  kNotOpened,
};

// A value and what hangs on it.
struct StoredObject {
  StoredValue stored;
  int64_t lease = 0;
};

// Good until the next comparison.
struct Change {
  ChangeKind kind = ChangeKind::kRewritten;
  const Decoded* from = nullptr;  // null where it is not there
  const Decoded* to = nullptr;
  // Of what is there on both sides. Without metadata.managedFields, metadata.resourceVersion and
  // metadata.generation, unless all fields are wanted. What is no object on both sides has the
  // paths `value` and `lease`.
  std::vector<kubernetes::FieldChange> fields = {};
  // The newest entry of metadata.managedFields that is new since; nothing where none is, as after a
  // deletion: what removes fields, and some subresources, leave none.
  std::optional<kubernetes::LastChange> by = {};

  const Decoded& any() const { return to != nullptr ? *to : *from; }
};

// How the fields of objects are compared.
struct FieldOptions {
  bool all = false;     // those that every write changes, too
  bool by_key = false;  // items of lists by their merge key: see kubernetes/difference.h
};

class Comparer {
 public:
  // Files as findings name them. All must outlive the comparer.
  Comparer(const Tools& tools, const std::string& from_file, const std::string& to_file,
           FieldOptions fields, FindingSink& findings)
      : tools_(tools),
        fields_(fields),
        from_(tools, from_file, findings),
        to_(tools, to_file, findings) {}

  // One at least; null: it is not there on that side. They differ in a byte or a revision.
  const Change& Compare(const StoredObject* from, const StoredObject* to);
  // Reports what is odd about the values that were compared last.
  void Report(const StoredObject* from, const StoredObject* to);

  const HashKey& ids() const { return to_.ids(); }

 private:
  void CompareBoth(const StoredObject& from, const StoredObject& to);
  void CompareDocuments();
  void CompareBytes(const StoredObject& from, const StoredObject& to);
  void CompareLeases(const StoredObject& from, const StoredObject& to);
  void Sift();

  const Tools& tools_;
  FieldOptions fields_;
  Decoder from_;
  Decoder to_;
  Change change_;
  // What fields point to where there is no document.
  kubernetes::Node from_value_;
  kubernetes::Node to_value_;
  kubernetes::Node from_lease_;
  kubernetes::Node to_lease_;
  std::string from_lease_text_;
  std::string to_lease_text_;
};

}  // namespace etcdf::objects
