#include <algorithm>

#include "base/counted.h"
#include "bolt/page_map.h"
#include "dump-db/bolt_pages.h"
#include "lmdb/database.h"
#include "member/open_database.h"
#include "mvcc/schema.h"
#include "output/json_writer.h"
#include "salvage/live_copy.h"

namespace etcdf::dump_db {
namespace {

struct Verdict {
  uint64_t errors = 0;
  bool readable = true;
  std::string why_not = {};
  // Of a bbolt file that is readable.
  uint64_t pages = 0;
  uint64_t free_pages = 0;
};

std::string VerdictText(const Verdict& verdict) {
  if (!verdict.readable) return "the buckets cannot be reached: " + verdict.why_not + "\n";
  if (verdict.errors == 0) return "OK\n";
  return Counted(verdict.errors, "error", "errors") + " found\n";
}

std::string VerdictJson(const Verdict& verdict) {
  std::string text;
  output::JsonWriter json(text);
  json.BeginObject();
  json.Text("verdict", verdict.errors == 0 ? "sound" : "damaged");
  json.Uint("errors", verdict.errors);
  if (verdict.pages > 0) {
    json.Uint("pages", verdict.pages);
    json.Uint("free_pages", verdict.free_pages);
  }
  json.EndObject();
  json.EndLine();
  return text;
}

// The buckets, where the file is a store of etcd's: bbolt knows of none that has to be there.
void CheckBuckets(const VerbContext& context, const backend::Database& database,
                  FindingSink& findings) {
  const bool has_keys = database.Open(AsBytes(mvcc::kKeyBucket)) != nullptr;
  const bool has_meta = database.Open(AsBytes(mvcc::kMetaBucket)) != nullptr;
  if (!has_keys && !has_meta) return;
  member::ReportMissingBucket(context.evidence, mvcc::kKeyBucket, findings);
  member::ReportMissingBucket(context.evidence, mvcc::kMetaBucket, findings);
  member::ReportUnknownBuckets(context.evidence, findings);
}

Verdict CheckBolt(const VerbContext& context) {
  CountingSink told(nullptr);  // by whoever opened the file
  context.evidence.bolt->ReportMetas(told);
  const auto database = bolt::Database::Open(*context.evidence.bolt, context.options.meta, told);
  Verdict verdict{.errors = told.errors(), .readable = database.has_value()};
  if (!database) {
    verdict.errors = std::max<uint64_t>(verdict.errors, 1);
    verdict.why_not = context.evidence.unreadable.Reason();
  } else {
    CountingSink sink(&context.findings);
    ReadAllRows(**database, sink);
    const bolt::PageMap map(**database, sink);
    CheckBuckets(context, **database, sink);
    verdict.errors += sink.errors();
    verdict.pages = map.size();
    verdict.free_pages = map.free_pages();
  }
  if (verdict.errors > 0) salvage::CheckLiveCopy(*context.evidence.bolt, context.findings);
  return verdict;
}

// Whoever opens an LMDB file looks at every page that is in use, and reports what is wrong.
Verdict CheckLmdb(const VerbContext& context) {
  CountingSink told(nullptr);
  const bool readable = context.files.OpenDatabase({}, told).has_value();
  return {.errors = told.errors(), .readable = readable};
}

}  // namespace

// Says "OK" where `bbolt check` does and no bucket is missing; what is wrong goes to the findings.
Result<void> Check(const VerbContext& context) {
  const bool is_bolt = context.evidence.bolt != nullptr;
  const Verdict verdict = is_bolt ? CheckBolt(context) : CheckLmdb(context);
  context.out.Write(context.options.format == Format::kJson ? VerdictJson(verdict)
                                                            : VerdictText(verdict));
  return {};
}

}  // namespace etcdf::dump_db
