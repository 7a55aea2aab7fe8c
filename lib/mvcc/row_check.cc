#include "mvcc/row_check.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/counted.h"
#include "mvcc/findings.h"
#include "mvcc/key_row.h"
#include "mvcc/migration.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"

namespace etcdf::mvcc {
namespace {

RowFacts FactsOf(const KeyRow& row) {
  return {.revision = row.at.revision,
          .is_put = !row.at.tombstone,
          .create_revision = row.kv.create_revision,
          .version = row.kv.version,
          .lease = row.kv.lease};
}

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

class Gaps {
 public:
  void Add(const Gap& gap) {
    if (kept_.size() < kMost) {
      kept_.push_back(gap);
    } else {
      ++unkept_;
    }
  }
  void Add(const Gaps& others) {
    for (const Gap& gap : others.kept_) Add(gap);
    unkept_ += others.unkept_;
  }

  const std::vector<Gap>& kept() const { return kept_; }
  uint64_t unkept() const { return unkept_; }

 private:
  // A hostile file may have one at each row.
  static constexpr size_t kMost = 100;

  std::vector<Gap> kept_;
  uint64_t unkept_ = 0;
};

// What stands before a row: only rows that `etcdctl migrate` may have written, this one as well, or
// others, too.
enum class Before : uint8_t { kMigration, kOthers };

// The rows of a part, or of several one after another, as far as gaps go.
class RevisionRun {
 public:
  void Add(Revision revision, Before before) {
    if (last_) {
      if (revision <= *last_) return;  // out of order: the engine tells
      AddGap(*last_, revision, before);
    } else {
      first_ = revision;
      before_first_ = before;
    }
    last_ = revision;
  }

  // `next` is the run of the part behind, with `before` it.
  void Append(const RevisionRun& next, Before before) {
    if (!next.first_) return;
    Add(*next.first_, before == Before::kMigration ? next.before_first_ : Before::kOthers);
    if (last_ < next.last_) last_ = next.last_;
    (before == Before::kMigration ? in_migration_ : others_).Add(next.in_migration_);
    others_.Add(next.others_);
  }

  // Before rows of the migration, if there was one.
  const Gaps& in_migration() const { return in_migration_; }
  const Gaps& others() const { return others_; }

 private:
  void AddGap(Revision last, Revision revision, Before before) {
    if (revision.main == last.main) {
      AddMissing(last.main, last.sub, revision.sub, others_);
      return;
    }
    AddMissing(std::nullopt, last.main, revision.main,
               before == Before::kMigration ? in_migration_ : others_);
    AddMissing(revision.main, -1, revision.sub, others_);
  }
  // What is between the two, if anything.
  static void AddMissing(std::optional<int64_t> within_main, int64_t last, int64_t next,
                         Gaps& gaps) {
    if (next - last > 1) {
      gaps.Add({.within_main = within_main, .first = last + 1, .last = next - 1});
    }
  }

  std::optional<Revision> first_;
  Before before_first_ = Before::kOthers;
  std::optional<Revision> last_;
  Gaps in_migration_;
  Gaps others_;
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

void ReportGaps(const Gaps& gaps, const Store& store) {
  for (const Gap& gap : gaps.kept()) ReportGap(gap, store);
  if (gaps.unkept() == 0) return;
  store.findings.Report(
      {.kind = kRevisionGap,
       .file = store.file,
       .what = Counted(gaps.unkept(), "more gap is", "more gaps are") + " not listed"});
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

void ReportMigrated(int64_t last, const Store& store) {
  store.findings.Report(
      {.kind = kMigrated,
       .file = store.file,
       .what = "the rows up to revision " + std::to_string(last) +
               " were made of a v2 store by `etcdctl migrate`",
       .consequence = "their revisions are v2's indexes; those that are missing are no loss",
       .figures = {{"revision", static_cast<uint64_t>(last)}}});
}

// The walk through the bucket.
class RowChecker {
 public:
  explicit RowChecker(const Store& store)
      : store_(store), last_that_may_miss_(LastThatMayMiss(store)), parts_(kMaxParts) {}

  void Run(const backend::Bucket& bucket) {
    ForEachPart(bucket, store_.findings, [this](PartScan& part) {
      Part& mine = parts_[part.ordinal()];
      for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
        for (const backend::Row& stored : rows) Check(stored, mine, part.findings());
      }
    });
    MigrationRun migrated;
    RevisionRun revisions;
    if (last_that_may_miss_)
      revisions.Add({.main = *last_that_may_miss_, .sub = 0}, Before::kOthers);
    for (const Part& part : parts_) {
      revisions.Append(part.revisions, BeforeIn(migrated));
      migrated.Append(part.migrated);
    }
    const bool was_compacted = last_that_may_miss_.value_or(0) > 1;
    const auto migrated_last = migrated.Last(was_compacted);
    ReportContradictions(migrated_last.value_or(0));
    Gaps gaps;
    if (!migrated_last) gaps.Add(revisions.in_migration());
    gaps.Add(revisions.others());
    ReportGaps(gaps, store_);
    if (migrated_last) ReportMigrated(*migrated_last, store_);
  }

 private:
  struct Part {
    RevisionRun revisions;
    MigrationRun migrated;
    std::vector<KeyRow> by_migration;  // if there was one, and if not, they contradict themselves
  };

  static Before BeforeIn(const MigrationRun& run) {
    return run.has_ended() ? Before::kOthers : Before::kMigration;
  }

  void Check(const backend::Row& stored, Part& part, FindingSink& findings) {
    const auto row = DecodeKeyRow(stored, store_.file, findings);
    if (!row) {
      part.migrated.AddUnreadable();
    } else if (!stored.value.empty()) {
      part.migrated.Add(FactsOf(*row));
    }
    const auto at = ParseRowKey(stored.key);
    if (at && last_that_may_miss_ && at->revision.main > *last_that_may_miss_) {
      part.revisions.Add(at->revision, BeforeIn(part.migrated));
    }
    if (!row || stored.value.empty()) return;
    const bool is_of_migration =
        IsOfMigration(FactsOf(*row)) && row->kv.mod_revision == row->at.revision.main;
    if (is_of_migration && !part.migrated.has_ended()) {
      // A store has as many of them as it had keys; if there was no migration, so many are told.
      if (part.by_migration.size() < FindingList::kMaxPerKind) part.by_migration.push_back(*row);
    } else if (const char* const wrong = Contradiction(*row)) {
      ReportContradiction(*row, wrong, store_, findings);
    }
  }

  void ReportContradictions(int64_t migrated_last) {
    for (const Part& part : parts_) {
      for (const KeyRow& row : part.by_migration) {
        if (row.at.revision.main <= migrated_last) continue;
        ReportContradiction(row, Contradiction(row), store_, store_.findings);
      }
    }
  }

  const Store& store_;
  std::optional<int64_t> last_that_may_miss_;
  std::vector<Part> parts_;
};

}  // namespace

void CheckRows(const Store& store) {
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (bucket) RowChecker(store).Run(*bucket);
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
