#include "states/deleted.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string_view>

#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "states/key_set.h"

namespace etcdf::states {
namespace {

// What became of a key since it was last created.
struct Life {
  std::optional<mvcc::Revision> last = {};
  std::optional<mvcc::Revision> last_unmarked = {};
  std::optional<mvcc::Revision> deleted_at = {};
};

class Search {
 public:
  Search(const StoreState& state, const std::function<bool(const mvcc::KeyRow&)>& is_marked)
      : state_(state),
        is_marked_(is_marked),
        bucket_(state.store.database.Open(AsBytes(mvcc::kKeyBucket))) {}

  bool has_bucket() const { return bucket_ != nullptr; }
  bool names_are_whole() const { return state_.store.database.names_are_whole(); }

  // Offers every key that was ever deleted. False where damage hides rows.
  bool OfferDeleted(FirstKeys& keys, FindingSink& findings) const {
    FindingList of_rows;
    const bool is_whole = mvcc::ForEachPart(*bucket_, of_rows, [&](mvcc::PartScan& part) {
      Keys batch;
      for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
        for (const backend::Row& each : rows) {
          const auto row = mvcc::DecodeKeyRow(each, state_.store.file, part.findings());
          if (row && row->at.tombstone && IsWithin(*row)) batch.push_back(AsText(row->kv.key));
        }
        keys.Offer(batch);
        batch.clear();
      }
    });
    for (const Finding& finding : of_rows.findings()) findings.Report(finding);
    return is_whole && of_rows.worst() != Severity::kDamage;
  }

  // One life for each key, its last. Rows come in the order of revisions.
  std::vector<Life> LivesOf(const Keys& keys) const {
    const KeySet set(keys);
    std::vector<Life> lives(keys.size());
    mvcc::UnheardFindings unheard;
    const auto follow = [&](mvcc::PartScan& part) {
      for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
        for (const backend::Row& each : rows) {
          const auto row = mvcc::DecodeKeyRow(each, state_.store.file, part.findings());
          if (!row || !IsWithin(*row)) continue;
          const size_t place = set.Find(AsText(row->kv.key));
          if (place < keys.size()) Follow(lives[place], *row);
        }
      }
    };
    mvcc::ForEachPart(*bucket_, unheard, follow, mvcc::Cores::kOne);
    return lives;
  }

 private:
  // etcd reads its index from revision 1 on.
  bool IsWithin(const mvcc::KeyRow& row) const {
    return row.at.revision.main >= 1 && row.at.revision.main <= state_.revision;
  }
  void Follow(Life& life, const mvcc::KeyRow& row) const {
    if (row.at.tombstone) {
      life.deleted_at = row.at.revision;
      return;
    }
    if (life.deleted_at) life = {};
    life.last = row.at.revision;
    if (!is_marked_(row)) life.last_unmarked = row.at.revision;
  }

  const StoreState& state_;
  const std::function<bool(const mvcc::KeyRow&)>& is_marked_;
  std::unique_ptr<backend::Bucket> bucket_;
};

}  // namespace

DeletedKeys FindDeleted(const StoreState& state, const std::string& prefix,
                        const std::function<bool(const mvcc::KeyRow&)>& is_marked,
                        const ChangesLimits& limits) {
  DeletedKeys deleted;
  const Search search(state, is_marked);
  if (!search.has_bucket()) {
    deleted.is_whole = search.names_are_whole();
    return deleted;
  }
  mvcc::UnheardFindings unheard;
  std::optional<std::string_view> after;
  for (bool more = true; more;) {
    FirstKeys first(limits.keys, prefix, after);
    // What is wrong with the rows is said once.
    FindingSink& findings = after ? static_cast<FindingSink&>(unheard) : state.store.findings;
    deleted.is_whole = search.OfferDeleted(first, findings);
    const Keys keys = first.Take();
    more = first.more();
    for (const Life& life : search.LivesOf(keys)) {
      if (!life.deleted_at) continue;
      if (life.last) {
        deleted.keys.push_back(
            {.last = life.last_unmarked.value_or(*life.last), .deleted_at = *life.deleted_at});
      } else {
        ++deleted.without_version;
      }
    }
    if (!keys.empty()) after = keys.back();
  }
  std::ranges::sort(deleted.keys, {}, &DeletedKey::last);
  return deleted;
}

}  // namespace etcdf::states
