// An LMDB environment as a backend::Database: a bucket is a named database.
//
// The file is opened read-only and without LMDB's lock file. So a reader is not seen by a writer,
// which may use pages again that are being read: while a program writes to the environment, rows
// may be wrong, or missing, and a page caught halfway may end the reading. Read a copy (`mdb_copy`)
// or one that is at rest.
//
// liblmdb trusts the file. Its structure is checked page by page before liblmdb sees it
// (structure.h); a damaged environment is refused, never read in part. What a check cannot help is
// a file that changes afterwards.
#pragma once

#include <memory>
#include <string>

#include "backend/backend.h"
#include "base/result.h"

namespace etcdf::lmdb {

// `path`: the folder of an environment (that of data.mdb) or its file.
//
// Errors: those of io::MappedFile::Open and CheckStructure; kUnsupported for a bucket whose name
// holds a zero byte, which liblmdb cannot open; kIo.
Result<std::unique_ptr<backend::Database>> OpenDatabase(const std::string& path);

}  // namespace etcdf::lmdb
