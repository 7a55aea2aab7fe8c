// The targets of the verb export. Each writes a whole copy of the database to a path that is not
// there yet, or reports why it cannot.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "backend/backend.h"
#include "dump-db/row_target.h"
#include "dump-db/verbs.h"

namespace etcdf::dump_db {

// What became of the rows, for the last line of the output.
struct ExportCount {
  uint64_t buckets = 0;
  uint64_t rows = 0;
};

// Rows as they are, into LMDB or a snapshot.
Result<ExportCount> ExportRows(const VerbContext& context, RowTarget& target);
Result<ExportCount> ExportJson(const VerbContext& context, const std::string& path);
// `path` becomes a folder with a file for each bucket.
Result<ExportCount> ExportCsv(const VerbContext& context, const std::string& path);
// Into a new file, or as one more member into one that this program wrote.
Result<ExportCount> ExportSqlite(const VerbContext& context, const std::string& path, bool is_new);

// Of a part of the keys (selection.h), which the options ask for.
Result<void> ExportSelection(const VerbContext& context);

// As the rows of an export print: decoded, in that format.
Options AsExported(const Options& options, Format format);
// "key.csv"; what may have another meaning in a path as %2f, and the end of a name that is too long
// for a file's as ~ and its fingerprint.
std::string CsvFileName(Bytes bucket);

// Hands over the rows of a bucket, in order, a batch at a time. Ends with the error that `take`
// returns, or that the user has interrupted the program.
using TakeRows = std::function<Result<void>(std::span<const backend::Row>)>;
Result<void> ForEachBatch(const VerbContext& context, Bytes bucket_name, const TakeRows& take);

// What a target says when the program was interrupted; nothing else is printed then.
tl::unexpected<Error> FailInterrupted();

}  // namespace etcdf::dump_db
