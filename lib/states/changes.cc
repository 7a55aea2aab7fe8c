#include "states/changes.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "backend/keys.h"
#include "base/threads.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/revision.h"
#include "mvcc/schema.h"
#include "states/key_set.h"

namespace etcdf::states {
namespace {

// The rows of one side from the first of revision `first` on, up to the end of `last`.
class Rows {
 public:
  Rows(const backend::Bucket* bucket, int64_t revision, FindingSink& findings)
      : revision_(revision), cursor_(bucket == nullptr ? nullptr : bucket->NewCursor(findings)) {}

  void Begin(int64_t first, int64_t last) {
    last_ = std::min(last, revision_);
    on_row_ = cursor_ != nullptr && (first == 0 ? cursor_->First() : SeekTo(first));
    Settle();
  }
  // False once all are passed.
  bool has_row() const { return has_row_; }
  const backend::Row& row() const { return cursor_->row(); }
  void Advance() {
    const mvcc::Revision before = at_;
    on_row_ = cursor_->Next();
    Settle();
    is_in_order_ = is_in_order_ && (!on_row_ || before < at_);
  }
  bool is_in_order() const { return is_in_order_; }

  // Whether the walk has led to where a seek for the first row after `last` leads, so that whoever
  // begins there goes on right behind it.
  bool EndsBefore(int64_t last) {
    if (cursor_ == nullptr) return true;
    if (last == std::numeric_limits<int64_t>::max()) return true;
    // Rows beyond the side's own revision are left out; they are not looked for either.
    if (last > revision_) return true;
    const uint8_t* const walked = on_row_ ? cursor_->row().key.data() : nullptr;
    const uint8_t* const sought = SeekTo(last + 1) ? cursor_->row().key.data() : nullptr;
    return walked == sought;
  }

 private:
  bool SeekTo(int64_t main) {
    std::array<uint8_t, 17> key = {};
    const auto number = static_cast<uint64_t>(main);
    for (size_t i = 0; i < 8; ++i) key[i] = static_cast<uint8_t>(number >> (56 - 8 * i));
    key[8] = '_';
    return cursor_->Seek(key);
  }

  // Passes what is no revision; whoever reads the rows themselves reports it.
  void Settle() {
    for (; on_row_; on_row_ = cursor_->Next()) {
      const auto at = mvcc::ParseRowKey(cursor_->row().key);
      if (!at) continue;
      at_ = at->revision;
      break;
    }
    has_row_ = on_row_ && at_.main <= last_;
  }

  int64_t revision_;
  std::unique_ptr<backend::Cursor> cursor_;
  int64_t last_ = 0;
  mvcc::Revision at_ = {.main = -1, .sub = 0};
  bool on_row_ = false;
  bool has_row_ = false;
  bool is_in_order_ = true;
};

// Offers the keys of all rows that only one of two sides has.
class Walk {
 public:
  Walk(const StoreState& from, const StoreState& to)
      : from_(from), to_(to), from_bucket_(Open(from)), to_bucket_(Open(to)) {}

  void Run(FirstKeys& keys) const {
    const int64_t last = LastRevision();
    std::mutex mutex;
    bool is_sound = true;
    RunOnThreads(CoreCount(), kPieces, [&](size_t piece) {
      const int64_t begin = Cut(last, piece);
      const int64_t end =
          piece + 1 == kPieces ? std::numeric_limits<int64_t>::max() : Cut(last, piece + 1) - 1;
      if (end < begin) return;
      const bool was_sound = RunPiece(begin, end, keys);
      const std::scoped_lock lock(mutex);
      is_sound = is_sound && was_sound;
    });
    // In a damaged tree a seek may pass rows. What is offered twice does no harm.
    if (!is_sound) RunPiece(0, std::numeric_limits<int64_t>::max(), keys);
  }

 private:
  static constexpr size_t kPieces = 64;
  static constexpr size_t kBatch = 256;

  static std::unique_ptr<backend::Bucket> Open(const StoreState& side) {
    return side.store.database.Open(AsBytes(mvcc::kKeyBucket));
  }
  static int64_t Cut(int64_t last, size_t piece) {
    return last / static_cast<int64_t>(kPieces) * static_cast<int64_t>(piece);
  }

  int64_t LastRevision() const {
    int64_t last = 0;
    for (const backend::Bucket* bucket : {from_bucket_.get(), to_bucket_.get()}) {
      if (bucket == nullptr) continue;
      mvcc::UnheardFindings unheard;
      const auto cursor = bucket->NewCursor(unheard);
      if (!cursor->Last()) continue;
      const auto at = mvcc::ParseRowKey(cursor->row().key);
      if (at) last = std::max(last, at->revision.main);
    }
    return last;
  }

  // False where damage or disorder was met, so that not every row may have been seen.
  bool RunPiece(int64_t first, int64_t last, FirstKeys& keys) const {
    FindingList damage;
    Rows from(from_bucket_.get(), from_.revision, damage);
    Rows to(to_bucket_.get(), to_.revision, damage);
    from.Begin(first, last);
    to.Begin(first, last);
    Keys batch;
    const auto offer = [&](const Rows& rows) {
      const auto kv = mvcc::ParseKeyValue(rows.row().value);
      if (!kv) return;
      batch.push_back(AsText(kv->key));
      if (batch.size() < kBatch) return;
      keys.Offer(batch);
      batch.clear();
    };
    while (from.has_row() || to.has_row()) {
      const int order = !to.has_row()     ? -1
                        : !from.has_row() ? 1
                                          : backend::CompareKeys(from.row().key, to.row().key);
      const bool same = order == 0 && Equal(from.row().value, to.row().value);
      if (order <= 0) {
        if (!same) offer(from);
        from.Advance();
      }
      if (order >= 0) {
        if (!same) offer(to);
        to.Advance();
      }
    }
    keys.Offer(batch);
    return from.EndsBefore(last) && to.EndsBefore(last) && from.is_in_order() && to.is_in_order() &&
           damage.findings().empty();
  }

  const StoreState& from_;
  const StoreState& to_;
  std::unique_ptr<backend::Bucket> from_bucket_;
  std::unique_ptr<backend::Bucket> to_bucket_;
};

// The newest row of each of the keys; a row without a key where there is none.
struct Newest {
  std::vector<mvcc::KeyRow> rows = {};
  bool is_whole = true;
};

Newest FindNewest(const StoreState& side, const KeySet& set, size_t keys, FindingSink& findings) {
  Newest newest;
  newest.rows.resize(keys, {.at = {.revision = {.main = -1, .sub = 0}}, .kv = {}});
  const auto bucket = side.store.database.Open(AsBytes(mvcc::kKeyBucket));
  if (!bucket) {
    newest.is_whole = side.store.database.names_are_whole();
    return newest;
  }
  FindingList of_rows;
  std::mutex mutex;
  newest.is_whole = mvcc::ForEachPart(*bucket, of_rows, [&](mvcc::PartScan& part) {
    std::vector<std::pair<size_t, mvcc::KeyRow>> found;
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& each : rows) {
        const auto row = mvcc::DecodeKeyRow(each, side.store.file, part.findings());
        // etcd reads its index from revision 1 on.
        if (!row || row->at.revision.main < 1 || row->at.revision.main > side.revision) continue;
        const size_t place = set.Find(AsText(row->kv.key));
        if (place < keys) found.emplace_back(place, *row);
      }
      if (found.empty()) continue;
      const std::scoped_lock lock(mutex);
      for (const auto& [place, row] : found) {
        if (newest.rows[place].at.revision < row.at.revision) newest.rows[place] = row;
      }
      found.clear();
    }
  });
  newest.is_whole = newest.is_whole && of_rows.worst() != Severity::kDamage;
  for (const Finding& finding : of_rows.findings()) findings.Report(finding);
  return newest;
}

std::optional<mvcc::KeyRow> Live(const mvcc::KeyRow& row) {
  if (row.at.revision.main < 0 || row.at.tombstone) return std::nullopt;
  return row;
}

bool IsSame(const mvcc::KeyRow& a, const mvcc::KeyRow& b) {
  return a.at.revision == b.at.revision && a.kv.create_revision == b.kv.create_revision &&
         a.kv.mod_revision == b.kv.mod_revision && a.kv.version == b.kv.version &&
         a.kv.lease == b.kv.lease && Equal(a.kv.value, b.kv.value);
}

}  // namespace

ChangesRead VisitChanges(const StoreState& from, const StoreState& to, const std::string& prefix,
                         const std::function<bool(const KeyChange&)>& visit,
                         const ChangesLimits& limits) {
  const Walk walk(from, to);
  mvcc::UnheardFindings unheard;
  ChangesRead read;
  std::optional<std::string_view> after;
  for (bool more = true; more;) {
    FirstKeys first(limits.keys, prefix, after);
    walk.Run(first);
    const Keys keys = first.Take();
    more = first.more();
    const KeySet set(keys);
    // What is wrong with the rows is said once.
    FindingSink& of_from = after ? static_cast<FindingSink&>(unheard) : from.store.findings;
    FindingSink& of_to = after ? static_cast<FindingSink&>(unheard) : to.store.findings;
    const Newest old = FindNewest(from, set, keys.size(), of_from);
    const Newest fresh = FindNewest(to, set, keys.size(), of_to);
    read = {.from_is_whole = old.is_whole, .to_is_whole = fresh.is_whole};
    for (size_t i = 0; i < keys.size(); ++i) {
      const KeyChange change{.from = Live(old.rows[i]), .to = Live(fresh.rows[i])};
      if (!change.from && !change.to) continue;
      if (change.from && change.to && IsSame(*change.from, *change.to)) continue;
      if (!visit(change)) return read;
    }
    if (!keys.empty()) after = keys.back();
  }
  return read;
}

}  // namespace etcdf::states
