#include "compare/row_stream.h"

#include <algorithm>
#include <array>

#include "mvcc/schema.h"

namespace etcdf::compare {

RowStream::RowStream(size_t member, const backend::Database& database, FindingSink& findings)
    : member_(member), bucket_(database.Open(AsBytes(mvcc::kKeyBucket))) {
  if (bucket_ == nullptr) return;
  cursor_ = bucket_->NewCursor(findings);
  Settle(cursor_->First());
}

void RowStream::Follow(const RowStream& other) {
  steps_ = other.steps_;
  if (other.has_row_) {
    SeekOwn(other.at_.revision.main);
  } else {
    has_row_ = false;
  }
}

void RowStream::Settle(bool on_row) {
  for (has_row_ = on_row; has_row_; has_row_ = cursor_->Next()) {
    const auto at = mvcc::ParseRowKey(cursor_->row().key);
    if (!at) continue;
    at_ = *at;
    return;
  }
}

RowSide RowStream::Side() const {
  return {.member = member_,
          .at = at_,
          .row = mvcc::ParseKeyValue(row().value).value_or(mvcc::KeyValue{}),
          .stored = row().value};
}

void RowStream::SeekOwn(int64_t main) {
  if (cursor_ == nullptr) return;
  std::array<uint8_t, 17> key = {};
  for (size_t i = 0; i < 8; ++i) key[i] = static_cast<uint8_t>(main >> (56 - 8 * i));
  key[8] = '_';
  Settle(cursor_->Seek(key));
}

void RowStream::PassOwn(int64_t main) {
  if (main == INT64_MAX) {
    has_row_ = false;
  } else {
    SeekOwn(main + 1);
  }
}

void RowStream::AddShift(int64_t main, int64_t by) {
  steps_.push_back({.from = main, .by = by + (steps_.empty() ? 0 : steps_.back().by)});
}

int64_t RowStream::Common(int64_t main) const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (main >= step->from) return main + step->by;
  }
  return main;
}

namespace {

struct TwoRows {
  std::optional<mvcc::KeyValue> a;
  std::optional<mvcc::KeyValue> b;

  TwoRows(const RowStream& first, const RowStream& second)
      : a(mvcc::ParseKeyValue(first.row().value)), b(mvcc::ParseKeyValue(second.row().value)) {}
  bool readable() const { return a && b; }
  bool SameContent() const {
    return Equal(a->key, b->key) && Equal(a->value, b->value) && a->lease == b->lease;
  }
};

}  // namespace

bool SameContent(const RowStream& a, const RowStream& b) {
  if (a.own().tombstone != b.own().tombstone) return false;
  const TwoRows rows(a, b);
  return rows.readable() ? rows.SameContent() : Equal(a.row().value, b.row().value);
}

bool SameRow(const RowStream& a, const RowStream& b) {
  if (a.own().tombstone != b.own().tombstone) return false;
  if (!a.is_shifted() && !b.is_shifted()) return Equal(a.row().value, b.row().value);
  const TwoRows rows(a, b);
  if (!rows.readable()) return Equal(a.row().value, b.row().value);
  return rows.SameContent() && rows.a->version == rows.b->version &&
         a.Common(rows.a->create_revision) == b.Common(rows.b->create_revision);
}

}  // namespace etcdf::compare
