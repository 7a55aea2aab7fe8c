// What space and churn group the rows of bucket `key` by.
#pragma once

#include "base/result.h"
#include "dump-db/verbs.h"
#include "mvcc/usage.h"

namespace etcdf::dump_db {

// As the verb's options group and choose rows. The names of groups live as long as the query.
//
// The kind, the namespace and the manager are what the value says. Where it does not (a deletion, a
// value that is encrypted), the kind is that of other values in the same place, else the resource
// as the key spells it, and the namespace is the key's. Errors: those of objects::Tools::Load.
Result<mvcc::UsageQuery> QueryFor(const VerbContext& context);

}  // namespace etcdf::dump_db
