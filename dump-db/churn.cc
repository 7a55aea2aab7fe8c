#include "backend/damage_watch.h"
#include "dump-db/store.h"
#include "dump-db/usage_groups.h"
#include "dump-db/usage_view.h"
#include "mvcc/schema.h"

namespace etcdf::dump_db {

// What was written from one revision to another, as far as compaction has left it.
Result<void> Churn(const VerbContext& context) {
  using mvcc::Usage;
  const Options& options = context.options;
  auto query = QueryFor(context);
  if (!query) return Fail(query.error());
  query->revision_first = options.from_revision;
  if (options.to_revision) query->revision_last = *options.to_revision;
  backend::DamageWatch findings(context.findings);
  const backend::Database& database = *context.evidence.database;
  const mvcc::UsageReport report =
      mvcc::MeasureUsage({database, context.evidence.path, findings}, *query, nullptr);
  const auto bucket = database.Open(AsBytes(mvcc::kKeyBucket));
  const bool is_whole =
      !findings.met() && (bucket ? bucket->is_whole() : database.names_are_whole());
  PrintUsage(context, report, is_whole,
             {{"REVISIONS", "revisions", [](const Usage& u) { return u.puts + u.tombstones; }},
              {"PUTS", "puts", [](const Usage& u) { return u.puts; }},
              {"DELETES", "deletes", [](const Usage& u) { return u.tombstones; }},
              {"BYTES", "bytes", [](const Usage& u) { return u.bytes; }}});
  return {};
}

}  // namespace etcdf::dump_db
