// An LMDB environment as a backend::Database: a bucket is a named database.
//
// Read page by page by ourselves (file.h): liblmdb trusts its file and crashes on what is damaged.
// The file is opened read-only and without LMDB's lock file. So a reader is not seen by a writer,
// which may use pages again that are being read: while a program writes to the environment, rows
// may be wrong, or missing. Read a copy (`mdb_copy`) or one that is at rest.
#pragma once

#include <memory>
#include <string>

#include "backend/backend.h"
#include "base/bytes.h"
#include "base/finding.h"
#include "base/result.h"
#include "io/mapped_file.h"

namespace etcdf::lmdb {

// `path`: the folder of an environment (that of data.mdb) or its file. Looks at every page that is
// in use, and reports what cannot be read of it; the rest can be.
//
// Errors: those of io::MappedFile::Open and File::Open.
Result<std::unique_ptr<backend::Database>> OpenDatabase(const std::string& path,
                                                        FindingSink& findings);
Result<std::unique_ptr<backend::Database>> OpenDatabase(io::MappedFile mapping,
                                                        FindingSink& findings);
// The same over bytes in memory, which must outlive the database. `path` is for messages.
Result<std::unique_ptr<backend::Database>> OpenDatabase(Bytes bytes, const std::string& path,
                                                        FindingSink& findings);

}  // namespace etcdf::lmdb
