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
#include "apply/replay.h"
#include "base/escape.h"
#include "bolt/database.h"
#include "bolt/file.h"
#include "io/data_dir.h"
#include "mvcc/status.h"
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

// Up to 3.4 the database's consistent index may lag behind what is in it: compactions, and all that
// is not in bucket `key` (etcd v3.4.23, mvcc/kvstore_txn.go, End).
bool Check(const Request& request, const wal::Log& log, const mvcc::Store& database) {
  const bool lags = request.version < apply::Version{.major = 3, .minor = 5, .patch = 0};
  const uint64_t index = mvcc::ReadStatus(database).consistent_index.value_or(0);
  const uint64_t last = lags ? log.summary().entries.index_last : index;
  apply::MemberStore store(apply::RulesOf(request.version));
  raft::Payload payload;
  apply::ForEachEntry(log, {.after = 0, .until = index}, [&](const wire::Entry& entry) {
    if (entry.index != request.skipped_index) store.Apply(entry);
    return true;
  });
  const auto mark = store.mark();
  apply::ForEachEntry(log, {.after = index, .until = last}, [&](const wire::Entry& entry) {
    if (entry.type == wire::EntryType::kNormal) payload.Decode(entry.data);
    const bool compacts =
        entry.type == wire::EntryType::kNormal && payload.request_name() == "compaction";
    if (compacts) store.Apply(entry, payload);
    return true;
  });
  const apply::Comparison keys = CompareKeys(store, database);
  store.RollBack(mark);
  apply::Replay(log, {.after = index, .until = last}, store);
  const apply::Comparison tables = CompareTables(store, database);
  std::printf("consistent index %llu, last entry %llu, revision %lld, compacted %lld\n",
              static_cast<unsigned long long>(index), static_cast<unsigned long long>(last),
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
