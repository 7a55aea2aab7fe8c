// What an SQLite export says of the objects of Kubernetes that keys hold.
#pragma once

#include <string>

#include "dump-db/verbs.h"
#include "mvcc/key_row.h"
#include "objects/decoder.h"
#include "sqlite/database.h"

namespace etcdf::dump_db {

class ObjectColumns {
 public:
  // How many columns of `revisions` Bind fills, behind those that every revision has: api_version,
  // kind, uid, manager, created, changed, provider and document.
  static constexpr size_t kCount = 8;

  // All must outlive it.
  ObjectColumns(const VerbContext& context, const objects::Tools& tools)
      : decoder_(tools, context.evidence.path, context.findings), options_(context.options) {}

  // The object that the row holds; null where it holds none of Kubernetes'. Good until the next
  // call, as is the rest. Reports what is odd about it.
  const objects::Decoded* Decode(const mvcc::KeyRow& row);
  // Whether the value may stand there as it is: it is none of a Secret's, or the user asked for it.
  bool MayShowValue() const { return may_show_value_; }
  // Of the object that was decoded last.
  void Bind(sqlite::Statement& statement, const objects::Decoded& decoded);

 private:
  objects::Decoder decoder_;
  const Options& options_;
  bool may_show_value_ = true;
  std::string document_;
};

}  // namespace etcdf::dump_db
