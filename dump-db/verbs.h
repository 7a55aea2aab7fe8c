// The verbs of dump-db. Each is one function in a file of its name; command.cc opens the database
// and calls it.
#pragma once

#include <string_view>

#include "app/exit_code.h"
#include "base/finding.h"
#include "base/result.h"
#include "dump-db/options.h"
#include "member/open.h"
#include "output/sink.h"

namespace etcdf::dump_db {

struct VerbContext {
  const Options& options;
  // All that there is beside the database, or apart from it by --wal-dir.
  const member::Evidence& files;
  // `database` is set for the verbs that need one (Verb::needs).
  const member::OpenedDatabase& evidence;
  FindingSink& findings;
  output::Sink& out;
  // What a verb that compares raises.
  app::ExitCode& answer;
};

// An error means that the job could not be done: a key that is not there, a revision of the future.
// Damage is a finding.
using VerbFunction = Result<void> (*)(const VerbContext&);

enum class Needs : uint8_t {
  kDatabase,   // buckets and rows, of either engine
  kPages,      // a bbolt file, readable as a database or not
  kFile,       // the same, or an LMDB file
  kTwoStates,  // two databases, or one twice
};

struct Verb {
  std::string_view name;
  Needs needs;
  VerbFunction run;
  bool as_of_revision = false;  // it can show the keys as of a revision
};

// Buckets and rows.
Result<void> ListBucket(const VerbContext& context);
Result<void> IterateBucket(const VerbContext& context);
Result<void> ScanKeys(const VerbContext& context);
// Hashes.
Result<void> Hash(const VerbContext& context);
Result<void> HashKv(const VerbContext& context);
// The store.
Result<void> Get(const VerbContext& context);
Result<void> Keys(const VerbContext& context);
Result<void> History(const VerbContext& context);
Result<void> Objects(const VerbContext& context);
Result<void> Diff(const VerbContext& context);
Result<void> Timeline(const VerbContext& context);
Result<void> Encryption(const VerbContext& context);
Result<void> Leases(const VerbContext& context);
Result<void> Members(const VerbContext& context);
Result<void> Space(const VerbContext& context);
Result<void> Churn(const VerbContext& context);
Result<void> Export(const VerbContext& context);
// Pages.
Result<void> Info(const VerbContext& context);
Result<void> Pages(const VerbContext& context);
Result<void> Page(const VerbContext& context);
Result<void> Stats(const VerbContext& context);
Result<void> Metas(const VerbContext& context);
Result<void> Check(const VerbContext& context);
Result<void> Salvage(const VerbContext& context);

}  // namespace etcdf::dump_db
