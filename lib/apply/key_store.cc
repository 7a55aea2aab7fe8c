#include "apply/key_store.h"

#include <algorithm>

namespace etcdf::apply {
namespace {

// Revisions and versions of a database may be any number, and etcd's arithmetic wraps.
int64_t Plus(int64_t number, int64_t more) {
  return static_cast<int64_t>(static_cast<uint64_t>(number) + static_cast<uint64_t>(more));
}

}  // namespace

int64_t KeyStore::next_revision() const { return Plus(current_, 1); }

const StoredRow* KeyStore::LiveRow(const KeyIndex::Entry& entry) const {
  if (entry.row == kNone || rows_[entry.row].tombstone) return nullptr;
  return &rows_[entry.row];
}

const StoredRow* KeyStore::Find(Bytes key) const {
  const KeyIndex::Entry* const entry = index_.Find(AsText(key));
  return entry == nullptr ? nullptr : LiveRow(*entry);
}

bool KeyStore::ForEachLive(const raft::KeyRange& range,
                           const std::function<bool(const StoredRow&)>& visit) const {
  if (range.is_single()) {
    const StoredRow* const row = Find(range.key);
    return row == nullptr || visit(*row);
  }
  return index_.ForEach(range, [&](const KeyIndex::Entry& entry) {
    const StoredRow* const row = LiveRow(entry);
    return row == nullptr || visit(*row);
  });
}

std::span<const StoredRow> KeyStore::RowsAfter(int64_t main) const {
  const auto first = std::ranges::upper_bound(
      rows_, main, {}, [](const StoredRow& row) { return row.revision.main; });
  return {first, rows_.end()};
}

const std::set<std::string_view>* KeyStore::AttachedKeys(int64_t lease) const {
  const auto keys = keys_by_lease_.find(lease);
  return keys == keys_by_lease_.end() ? nullptr : &keys->second;
}

StoredRow KeyStore::NextRow(std::string_view key) const {
  const auto sub = static_cast<int64_t>(rows_.size() - begin_of_transaction_);
  return {.revision = {.main = next_revision(), .sub = sub}, .key = AsBytes(key)};
}

void KeyStore::Put(Bytes key, Bytes value, int64_t lease, bool lease_exists) {
  KeyIndex::Entry& entry = index_.FindOrInsert(AsText(key));
  const StoredRow* const before = LiveRow(entry);
  // The name in the index, and not this request's own, so that all rows share one view.
  StoredRow row = NextRow(entry.key);
  row.value = value;
  row.create_revision = before != nullptr ? before->create_revision : row.revision.main;
  row.version = before != nullptr ? Plus(before->version, 1) : 1;
  row.lease = lease;
  Append(entry, row, lease_exists && lease != 0);
}

void KeyStore::Delete(const raft::KeyRange& range) {
  std::vector<std::string_view> keys;
  ForEachLive(range, [&](const StoredRow& row) {
    keys.push_back(AsText(row.key));
    return true;
  });
  for (const std::string_view key : keys) {
    StoredRow row = NextRow(key);
    row.tombstone = true;
    Append(*index_.Find(key), row, false);
  }
}

std::span<const StoredRow> KeyStore::Commit() {
  const auto written = std::span<const StoredRow>(rows_).subspan(begin_of_transaction_);
  begin_of_transaction_ = rows_.size();
  if (!written.empty()) current_ = next_revision();
  return written;
}

void KeyStore::Shift(int64_t revisions) { current_ = Plus(current_, revisions); }

void KeyStore::Force(const StoredRow& row, bool lease_exists) {
  StoredRow forced = row;
  forced.revision.main = next_revision();
  Append(index_.FindOrInsert(AsText(row.key)), forced, lease_exists && row.lease != 0);
}

void KeyStore::Restore(const StoredRow& row, bool lease_exists) {
  Append(index_.FindOrInsert(AsText(row.key)), row, lease_exists && row.lease != 0);
  begin_of_transaction_ = rows_.size();
}

void KeyStore::SetRevisions(int64_t current, int64_t compact) {
  current_ = current;
  compact_ = compact;
}

void KeyStore::Append(KeyIndex::Entry& entry, const StoredRow& row, bool attached) {
  if (entry.row != kNone) Detach(rows_[entry.row], links_[entry.row]);
  rows_.push_back(row);
  links_.push_back({.previous = entry.row, .attached = attached});
  entry.row = rows_.size() - 1;
  Attach(rows_.back(), links_.back());
}

void KeyStore::Attach(const StoredRow& row, const Link& link) {
  if (link.attached) keys_by_lease_[row.lease].insert(AsText(row.key));
}

void KeyStore::Detach(const StoredRow& row, const Link& link) {
  if (!link.attached) return;
  const auto keys = keys_by_lease_.find(row.lease);
  if (keys == keys_by_lease_.end()) return;
  keys->second.erase(AsText(row.key));
  if (keys->second.empty()) keys_by_lease_.erase(keys);
}

void KeyStore::RollBack(const Mark& mark) {
  while (rows_.size() > mark.rows) {
    const Link link = links_.back();
    Detach(rows_.back(), link);
    const std::string_view key = AsText(rows_.back().key);
    if (link.previous == kNone) {
      index_.Erase(key);
    } else {
      index_.Find(key)->row = link.previous;
      Attach(rows_[link.previous], links_[link.previous]);
    }
    rows_.pop_back();
    links_.pop_back();
  }
  begin_of_transaction_ = std::min(begin_of_transaction_, rows_.size());
  current_ = mark.current;
  compact_ = mark.compact;
}

// Of each key, a compaction keeps the last row up to its revision, unless that is a tombstone
// (key_index.go, compact and doCompact). The row before a row of that region is therefore gone.
// (No transaction both deletes and puts a key: the API refuses it.)
std::vector<bool> KeyStore::RowsGone(bool keeps_tombstone) const {
  std::vector<bool> gone(rows_.size(), false);
  for (size_t i = 0; i < rows_.size(); ++i) {
    const int64_t main = rows_[i].revision.main;
    const bool compacted = main <= compact_ || history_ == History::kDropped;
    if (!compacted) continue;
    if (links_[i].previous != kNone) gone[links_[i].previous] = true;
    if (rows_[i].tombstone && !(keeps_tombstone && main == compact_)) gone[i] = true;
  }
  return gone;
}

void KeyStore::ForEachRow(bool keeps_tombstone,
                          const std::function<void(const StoredRow&)>& visit) const {
  const std::vector<bool> gone = RowsGone(keeps_tombstone);
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (!gone[i]) visit(rows_[i]);
  }
}

void KeyStore::Settle(bool keeps_tombstone) {
  // Each pass costs as much as the rows added since the last one, so it is not felt.
  constexpr size_t kRowsAtLeast = 1 << 16;
  if (rows_.size() < std::max(2 * settled_, kRowsAtLeast)) return;
  Remove(RowsGone(keeps_tombstone));
  settled_ = rows_.size();
}

void KeyStore::Remove(const std::vector<bool>& gone) {
  std::vector<size_t> place(rows_.size(), kNone);
  size_t kept = 0;
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (gone[i]) continue;
    place[i] = kept;
    rows_[kept] = rows_[i];
    const size_t previous = links_[i].previous;
    links_[kept] = {.previous = previous == kNone ? kNone : place[previous],
                    .attached = links_[i].attached};
    ++kept;
  }
  rows_.resize(kept);
  links_.resize(kept);
  index_.UpdateAll([&](KeyIndex::Entry& entry) {
    entry.row = place[entry.row];
    return entry.row != kNone;
  });
  begin_of_transaction_ = kept;
}

}  // namespace etcdf::apply
