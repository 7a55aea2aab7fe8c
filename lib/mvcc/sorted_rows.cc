#include "mvcc/sorted_rows.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::mvcc {
namespace {

// What is kept of a row until its turn comes.
struct Item {
  uint64_t lease = 0;  // 0 where it does not count
  std::string_view key;
  Bytes row_key;
  Bytes value;

  friend bool operator<(const Item& a, const Item& b) {
    return a.lease != b.lease ? a.lease < b.lease : a.key < b.key;
  }
};

// Of all items that are offered and come after `after`, the first `capacity`.
class FirstItems {
 public:
  // At most `offered` items are offered.
  FirstItems(size_t capacity, uint64_t offered, const std::optional<Item>& after)
      : capacity_(capacity), after_(after) {
    items_.reserve(std::min<uint64_t>(2 * capacity_, offered));
  }

  void Offer(const Item& item) {
    if (after_ && !(*after_ < item)) return;
    if (before_ && !(item < *before_)) return;
    items_.push_back(item);
    if (items_.size() == 2 * capacity_) Cut();
  }

  std::vector<Item> TakeSorted() {
    if (items_.size() > capacity_) Cut();
    std::sort(items_.begin(), items_.end());
    return std::move(items_);
  }
  // Whether items were offered that did not fit.
  bool more() const { return before_.has_value(); }

 private:
  void Cut() {
    std::nth_element(items_.begin(), items_.begin() + static_cast<ptrdiff_t>(capacity_),
                     items_.end());
    before_ = items_[capacity_];
    items_.resize(capacity_);
  }

  size_t capacity_;
  std::optional<Item> after_;
  std::optional<Item> before_;
  std::vector<Item> items_;
};

}  // namespace

void VisitSorted(const Store& store, const LiveRows& live, RowOrder order,
                 const std::function<bool(const KeyValue&)>& wanted,
                 const std::function<bool(const KeyRow&)>& visit) {
  const auto bucket = store.database.Open(AsBytes(kKeyBucket));
  if (!bucket) return;
  UnheardFindings unheard;  // whoever found the live rows has reported
  std::optional<Item> last;
  for (bool more = true; more;) {
    FirstItems first(store.limits.sorted_rows, live.count(), last);
    std::mutex mutex;
    ForEachPart(*bucket, unheard, [&](PartScan& part) {
      uint64_t index = 0;
      std::vector<Item> batch;
      for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
        for (const backend::Row& row : rows) {
          if (!live.Holds(part.ordinal(), index++)) continue;
          const auto kv = ParseKeyValue(row.value);
          if (!kv || !wanted(*kv)) continue;
          const uint64_t lease = order == RowOrder::kByLease ? static_cast<uint64_t>(kv->lease) : 0;
          batch.push_back(
              {.lease = lease, .key = AsText(kv->key), .row_key = row.key, .value = row.value});
        }
        const std::scoped_lock lock(mutex);
        for (const Item& item : batch) first.Offer(item);
        batch.clear();
      }
    });
    for (const Item& item : first.TakeSorted()) {
      const auto at = ParseRowKey(item.row_key);
      const auto kv = ParseKeyValue(item.value);
      if (at && kv && !visit({.at = *at, .kv = *kv})) return;
      last = item;
    }
    more = first.more();
  }
}

}  // namespace etcdf::mvcc
