#include "mvcc/row_check.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "mvcc/findings.h"
#include "mvcc/key_row.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"

namespace etcdf::mvcc {
namespace {

// What is wrong with the row, or null.
const char* Contradiction(const KeyRow& row) {
  const KeyValue& kv = row.kv;
  if (row.at.tombstone) return nullptr;
  if (kv.mod_revision != row.at.revision.main) return "it was modified at another revision";
  if (kv.create_revision < 1 || kv.create_revision > kv.mod_revision) {
    return "it was created after it was modified, or never";
  }
  if (kv.version < 1 || (kv.version == 1) != (kv.create_revision == kv.mod_revision)) {
    return "its version does not go with its create revision";
  }
  return nullptr;
}

// Revisions of which no row is there: of the mains first to last, or within a main of its subs.
struct Gap {
  std::optional<int64_t> within_main;
  int64_t first = 0;
  int64_t last = 0;
};

// The rows of a part, or of several one after another, as far as gaps go.
class RevisionRun {
 public:
  void Add(Revision revision) {
    if (last_) {
      if (revision <= *last_) return;  // out of order: the engine tells
      AddGap(*last_, revision);
    } else {
      first_ = revision;
    }
    last_ = revision;
  }

  // `next` is the run of the part behind.
  void Append(const RevisionRun& next) {
    if (!next.first_) return;
    Add(*next.first_);
    if (last_ < next.last_) last_ = next.last_;
    for (const Gap& gap : next.gaps_) Keep(gap);
    unkept_ += next.unkept_;
  }

  const std::vector<Gap>& gaps() const { return gaps_; }
  uint64_t unkept() const { return unkept_; }

 private:
  // A hostile file may have one at each row.
  static constexpr size_t kGapsMax = 100;

  void AddGap(Revision before, Revision revision) {
    if (revision.main == before.main) {
      AddMissing(before.main, before.sub, revision.sub);
      return;
    }
    AddMissing(std::nullopt, before.main, revision.main);
    AddMissing(revision.main, -1, revision.sub);
  }
  // What is between the two, if anything.
  void AddMissing(std::optional<int64_t> within_main, int64_t before, int64_t after) {
    if (after - before > 1) {
      Keep({.within_main = within_main, .first = before + 1, .last = after - 1});
    }
  }
  void Keep(const Gap& gap) {
    if (gaps_.size() < kGapsMax) {
      gaps_.push_back(gap);
    } else {
      ++unkept_;
    }
  }

  std::optional<Revision> first_;
  std::optional<Revision> last_;
  std::vector<Gap> gaps_;
  uint64_t unkept_ = 0;
};

// The main revision up to which rows may be missing, or nothing if what tells is damaged: that of
// the last compaction; 1, which etcd starts from and gives to no change.
std::optional<int64_t> LastThatMayMiss(const Store& store) {
  if (!store.database.Open(AsBytes(kMetaBucket))) return std::nullopt;
  FindingList findings;  // told by whoever reads the status
  const Status status =
      ReadStatus({.database = store.database, .file = store.file, .findings = findings});
  const int64_t compacted = status.CompactRevision();
  if (compacted < 0 && findings.worst() == Severity::kDamage) return std::nullopt;
  return std::max<int64_t>(compacted, 1);
}

void ReportGap(const Gap& gap, const Store& store) {
  const std::string numbers =
      gap.first == gap.last ? " " + std::to_string(gap.first)
                            : "s " + std::to_string(gap.first) + " to " + std::to_string(gap.last);
  const std::string what =
      gap.within_main ? "revision " + std::to_string(*gap.within_main) +
                            " has no row of sub revision" + numbers + ", but of a later one"
                      : "there is no row of revision" + numbers + ", but of a later one";
  store.findings.Report(
      {.kind = kRevisionGap,
       .file = store.file,
       .what = what,
       .consequence = "rows are lost, and etcd serves a store without these writes; the log or "
                      "another member may have them",
       .figures = {{"revision", static_cast<uint64_t>(gap.within_main.value_or(gap.first))}}});
}

void ReportGaps(const RevisionRun& run, const Store& store) {
  for (const Gap& gap : run.gaps()) ReportGap(gap, store);
  if (run.unkept() == 0) return;
  store.findings.Report({.kind = kRevisionGap,
                         .file = store.file,
                         .what = "there are " + std::to_string(run.unkept()) + " gaps more"});
}

void ReportContradiction(const KeyRow& row, const char* wrong, const Store& store,
                         FindingSink& findings) {
  const KeyValue& kv = row.kv;
  findings.Report(
      {.kind = kRowContradiction,
       .file = store.file,
       .what = "the row of revision " + RevisionText(row.at.revision) + " contradicts itself: " +
               wrong + " (create " + std::to_string(kv.create_revision) + ", mod " +
               std::to_string(kv.mod_revision) + ", version " + std::to_string(kv.version) + ")",
       .consequence = "bits flipped in it, or it was not written by etcd",
       .figures = {{"revision", static_cast<uint64_t>(row.at.revision.main)}}});
}

}  // namespace

void CheckRows(const Store& store) {
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (!bucket) return;
  const std::optional<int64_t> last_that_may_miss = LastThatMayMiss(store);
  std::vector<RevisionRun> runs(kMaxParts);
  ForEachPart(*bucket, store.findings, [&](PartScan& part) {
    RevisionRun& run = runs[part.ordinal()];
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& stored : rows) {
        const auto at = ParseRowKey(stored.key);
        if (at && last_that_may_miss && at->revision.main > *last_that_may_miss) {
          run.Add(at->revision);
        }
        const auto row = DecodeKeyRow(stored, store.file, part.findings());
        if (!row || stored.value.empty()) continue;
        const char* const wrong = Contradiction(*row);
        if (wrong != nullptr) ReportContradiction(*row, wrong, store, part.findings());
      }
    }
  });
  if (!last_that_may_miss) return;
  RevisionRun whole;
  whole.Add({.main = *last_that_may_miss, .sub = 0});
  for (const RevisionRun& run : runs) whole.Append(run);
  ReportGaps(whole, store);
}

void CheckEnd(const Store& store) {
  UnheardFindings unheard;  // who reads the status reports them
  const Status status =
      ReadStatus({.database = store.database, .file = store.file, .findings = unheard});
  if (status.revision >= status.CompactRevision()) return;
  store.findings.Report(
      {.kind = kEndsBeforeCompaction,
       .file = store.file,
       .what = "the last row is of revision " + std::to_string(status.revision) +
               ", and the store was compacted at " + std::to_string(status.CompactRevision()),
       .consequence = "all that was written behind it was deleted again, or bucket key has lost "
                      "its end"});
}

}  // namespace etcdf::mvcc
