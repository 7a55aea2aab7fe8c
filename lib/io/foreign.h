// What a file is that is none of etcd's, as far as its beginning tells: what backups are turned
// into on their way.
#pragma once

#include "base/bytes.h"

namespace etcdf::io {

// "is encrypted with age: decrypt it first"; "is none of etcd's files" where nothing better is
// known. Static text.
const char* ForeignKindText(Bytes file);

}  // namespace etcdf::io
