// What is left of a small member's database, and its log: whatever pages say, the log is applied or
// refused; pages that are only lost come back, as they were.
//
// The input: where the log begins; which pages are lost, a bit each; then changes to the pages that
// are left, each two bytes where, and one what.
#include "salvage/from_log.h"

#include <algorithm>
#include <map>
#include <string>

#include "mvcc/parallel_scan.h"
#include "replay/replay.h"
#include "salvage/outlook.h"
#include "salvage/page_database.h"
#include "salvage/recovered.h"
#include "testing/bolt_builder.h"
#include "testing/built_log.h"
#include "testing/fuzz.h"

namespace etcdf::salvage {
namespace {

using testing::FuzzInput;
using testing::Require;

constexpr std::string_view kLog = R"(metadata node=1 cluster=2
snapshot index=0 term=0
state term=1 vote=1 commit=12
entry term=1 index=1 put key=a value=1
entry term=1 index=2 put key=b value=1
entry term=1 index=3 put key=a value=2
entry term=1 index=4 lease-grant id=7 ttl=60
entry term=1 index=5 put key=c value=1 lease=7
entry term=1 index=6 txn {
  if key=a target=version result=equal to=2
  then put key=d value=yes
  else delete key=a
}
entry term=1 index=7 delete key=b
entry term=1 index=8 delete key=b
entry term=1 index=9 put key=b value=again
entry term=1 index=10 put key=e value=1
entry term=1 index=11 delete key=c range_end=e
entry term=1 index=12 put key=f value=1
)";

// As of entry 11.
constexpr std::string_view kDatabase = R"(file
etcd
bucket name=key inline=no leaf_rows=2 {
put rev=2 key=a value=1
put rev=3 key=b value=1
put rev=4 key=a value=2
put rev=5 key=c value=1 lease=7
put rev=6 key=d value=yes
tombstone rev=7 key=b
put rev=8 key=b value=again
put rev=9 key=e value=1
tombstone rev=10 sub=0 key=c
tombstone rev=10 sub=1 key=d
}
lease id=7 ttl=60
meta consistent_index=11 term=1
)";

constexpr uint64_t kEntries = 12;
constexpr int64_t kRevisions = 10;  // that the database has
constexpr uint64_t kPageBytes = 4096;

// Key and value of each row.
using Rows = std::map<mvcc::Revision, std::pair<std::string, std::string>>;

Rows::mapped_type TextOf(const mvcc::KeyRow& row) {
  return {std::string(AsText(row.kv.key)), std::string(AsText(row.kv.value))};
}

Rows RowsOf(const std::string& bytes) {
  const auto file = bolt::File::OverBytes(AsBytes(bytes), "fuzz").value();
  const KeyRows found(*file, [] { return true; });
  Rows rows;
  for (const FoundRow& row : found.rows()) rows[row.at.revision] = TextOf(found.Content(row));
  return rows;
}

struct Harm {
  std::string bytes;       // the file
  bool only_lost = false;  // pages are gone, and no other is changed
};

Harm Harmed(std::string bytes, FuzzInput& input) {
  const uint64_t lost = input.Byte() | uint64_t{input.Byte()} << 8;
  for (uint64_t id = 2; id * kPageBytes < bytes.size(); ++id) {
    if ((lost >> (id - 2) & 1) == 0) continue;
    bytes.replace(id * kPageBytes, kPageBytes, std::string(kPageBytes, '\0'));
  }
  const bool only_lost = input.empty();
  while (!input.empty()) {
    const uint64_t at = input.Byte() | uint64_t{input.Byte()} << 8;
    bytes[at % bytes.size()] = static_cast<char>(input.Byte());
  }
  return {.bytes = std::move(bytes), .only_lost = only_lost};
}

void RequireTrue(const Recovered& recovered, const Rows& truth, bool is_all) {
  std::optional<mvcc::Revision> before;
  Rows left = truth;
  for (const FoundRow& row : recovered.rows()) {
    Require(!before || *before < row.at.revision);
    before = row.at.revision;
    const auto known = truth.find(row.at.revision);
    if (known == truth.end() || row.confidence == Confidence::kDoubtful) continue;
    Require(known->second == TextOf(recovered.Content(row)));
    left.erase(row.at.revision);
  }
  Require(!is_all || left.empty());
}

void Recover(const wal::Log& log, const std::string& sound, const Rows& truth, FuzzInput input) {
  const size_t index_first = 1 + input.Byte() % kEntries;
  const Harm harm = Harmed(sound, input);
  const auto file = bolt::File::OverBytes(AsBytes(harm.bytes), "fuzz");
  if (!file) return;
  mvcc::UnheardFindings unheard;
  const Outlook outlook = LookInto(**file, unheard);
  const KeyRows found(**file, [] { return true; });
  const OtherBuckets others(**file, unheard);
  const PageDatabase pages(found, found.rows(), others);
  const replay::Entries entries = EntriesToApply(log, outlook.consistent_index.value_or(0));
  if (entries.size() < index_first) return;
  const auto logged =
      ApplyLog({.entries = entries.all().subspan(index_first - 1),
                .begins_with_backup = false,
                .pages = {.database = pages, .file = (*file)->path(), .findings = unheard},
                .rows = PageRows(found, found.rows())});
  const bool from_the_first = index_first == 1;
  Require(logged.has_value() || !harm.only_lost || !from_the_first);
  if (!logged) return;
  const Recovered recovered(found, *logged);
  for (const FoundRow& row : recovered.rows()) recovered.Content(row);
  if (harm.only_lost) RequireTrue(recovered, truth, from_the_first);
}

}  // namespace
}  // namespace etcdf::salvage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  static const testing::BuiltLog built(salvage::kLog);
  const wal::Log& log = built.log();
  static const std::string sound = testing::BuildDatabase(salvage::kDatabase).value().bytes;
  static const salvage::Rows truth = salvage::RowsOf(sound);
  testing::Require(truth.rbegin()->first.main == salvage::kRevisions);
  salvage::Recover(log, sound, truth, {data, size});
  return 0;
}
