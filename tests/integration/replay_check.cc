// replay-check: whether a data dir's database is what its log makes of an empty store. For the
// integration tests; not installed.
//
//     replay-check DATA_DIR VERSION [--skip INDEX]
//
// VERSION is that of the etcd which wrote the data dir, whose log must begin with entry 1. Prints
// what it compared and the first differences; exit 0 if there are none.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apply/compare.h"
#include "apply/member_store.h"
#include "base/escape.h"
#include "bolt/database.h"
#include "bolt/file.h"
#include "io/data_dir.h"
#include "mvcc/status.h"
#include "replay/replay.h"
#include "wal/log.h"

namespace etcdf {
namespace {

struct Request {
  std::string data_dir;
  apply::Version version;
  std::optional<uint64_t> skipped_index;
};

void Print(std::string_view what, const apply::Comparison& comparison) {
  std::printf("%.*s: %llu rows equal, %llu different\n", static_cast<int>(what.size()), what.data(),
              static_cast<unsigned long long>(comparison.rows_equal),
              static_cast<unsigned long long>(comparison.rows_different));
  for (const apply::Difference& difference : comparison.first) {
    std::string key;
    AppendGoQuoted(key, AsBytes(difference.key));
    const char* const kind = difference.kind == apply::Difference::Kind::kOtherValue ? "differs"
                             : difference.kind == apply::Difference::Kind::kOnlyInStore
                                 ? "only in the replay"
                                 : "only in the database";
    std::printf("  %s %s: %s\n", std::string(difference.bucket).c_str(), key.c_str(), kind);
  }
}

// Whether the tables and what is compacted are the database's.
bool IsAsOfNow(const apply::MemberStore& store, const mvcc::Store& database) {
  return store.keys().compact_revision() == mvcc::ReadStatus(database).CompactRevision() &&
         CompareTables(store, database).equal();
}

// Up to 3.4 only what writes keys takes the consistent index along, and auth (etcd v3.4.23,
// mvcc/kvstore_txn.go, End): the database is as of an entry between the index and the next write.
void CatchUp(const wal::Log& log, const mvcc::Store& database, apply::MemberStore& store) {
  if (IsAsOfNow(store, database)) return;
  replay::ForEachEntry(log, {.after = store.index()}, [&](const wire::Entry& entry) {
    const auto mark = store.mark();
    const bool wrote_keys = !store.Apply(entry).rows.empty();
    if (wrote_keys) store.RollBack(mark);
    return !wrote_keys && !IsAsOfNow(store, database);
  });
}

bool Check(const Request& request, const wal::Log& log, const mvcc::Store& database) {
  const uint64_t index = mvcc::ReadStatus(database).consistent_index.value_or(0);
  apply::MemberStore store(apply::RulesOf(request.version));
  replay::ForEachEntry(log, {.after = 0, .until = index}, [&](const wire::Entry& entry) {
    if (entry.index != request.skipped_index) store.Apply(entry);
    return true;
  });
  if (request.version < apply::Version{.major = 3, .minor = 5}) CatchUp(log, database, store);
  const apply::Comparison keys = CompareKeys(store, database);
  const apply::Comparison tables = CompareTables(store, database);
  std::printf("consistent index %llu, applied to %llu of %llu, revision %lld, compacted %lld\n",
              static_cast<unsigned long long>(index),
              static_cast<unsigned long long>(store.index()),
              static_cast<unsigned long long>(log.summary().entries.index_last),
              static_cast<long long>(store.keys().current_revision()),
              static_cast<long long>(store.keys().compact_revision()));
  Print("bucket key", keys);
  Print("other buckets", tables);
  return keys.equal() && tables.equal();
}

int Complain(const Error& error) {
  std::fprintf(stderr, "%s\n", error.Message().c_str());
  return 2;
}

int Run(const Request& request) {
  FindingList findings;
  const auto dir = io::FindDataDir(request.data_dir);
  if (!dir) return Complain(dir.error());
  auto log = wal::Log::Open(*dir, std::nullopt, findings);
  if (!log) return Complain(log.error());
  log->Scan(findings);
  const std::string path = dir->snap_dir + "/db";
  const auto file = bolt::File::Open(path);
  if (!file) return Complain(file.error());
  const auto database = bolt::Database::Open(**file, std::nullopt, findings);
  if (!database) return Complain(database.error());
  const bool equal = Check(request, *log, {**database, path, findings});
  for (const Finding& finding : findings.findings()) {
    std::fprintf(stderr, "%s\n", FindingText(finding).c_str());
  }
  return equal ? 0 : 1;
}

}  // namespace
}  // namespace etcdf

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  const auto version =
      arguments.size() >= 2 ? etcdf::apply::ParseVersion(arguments[1]) : std::nullopt;
  if (!version || (arguments.size() == 4 && arguments[2] != "--skip")) {
    std::fprintf(stderr, "usage: replay-check DATA_DIR VERSION [--skip INDEX]\n");
    return 2;
  }
  etcdf::Request request{.data_dir = arguments[0], .version = *version, .skipped_index = {}};
  if (arguments.size() == 4) request.skipped_index = std::stoull(arguments[3]);
  return etcdf::Run(request);
}
