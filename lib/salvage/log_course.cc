#include "salvage/log_course.h"

#include <algorithm>
#include <utility>

#include "apply/key_requests.h"
#include "mvcc/status.h"
#include "replay/load.h"
#include "replay/stored_rows.h"

namespace etcdf::salvage {
namespace {

// Fields of InternalRaftRequest.
enum Request : uint32_t { kPut = 4, kDeleteRange = 5, kTxn = 6, kLeaseRevoke = 9 };

// The row of `written` with this sub revision; null if there is none.
const apply::StoredRow* FindSub(std::span<const apply::StoredRow> written, int64_t sub) {
  const auto found =
      std::ranges::find(written, sub, [](const apply::StoredRow& row) { return row.revision.sub; });
  return found == written.end() ? nullptr : &*found;
}

// `written`, with the row of a page in place of the log's.
void Replace(std::vector<apply::StoredRow>& written, const apply::StoredRow& row) {
  std::erase_if(written, [&](const apply::StoredRow& other) {
    return other.revision.sub == row.revision.sub;
  });
  written.push_back(row);
  std::ranges::sort(written, {}, &apply::StoredRow::revision);
}

// Whether the value on the page is that of the log but for bytes that are zero: pages have no
// checksum, and a lost sector of a long value's pages shows in nothing else.
bool HasLostBytes(const apply::StoredRow& on_page, const apply::StoredRow& logged) {
  if (!Equal(on_page.key, logged.key) || on_page.value.size() != logged.value.size()) return false;
  return std::ranges::equal(on_page.value, logged.value,
                            [](uint8_t page, uint8_t log) { return page == log || page == 0; });
}

}  // namespace

bool MayWrite(const wire::Entry& entry, raft::Payload& payload) {
  if (entry.type != wire::EntryType::kNormal) return false;
  payload.Decode(entry.data);
  const uint32_t number = payload.request_number();
  return number == kPut || number == kDeleteRange || number == kTxn || number == kLeaseRevoke;
}

LogCourse::Moment LogCourse::Now() const {
  return {.store = store_.mark(),
          .written = result_.written.size(),
          .contradictions = result_.contradictions.size(),
          .counts = {.agreed = result_.agreed,
                     .completed = result_.completed,
                     .contradicted = result_.contradicted,
                     .untold = result_.untold,
                     .recounted = result_.recounted}};
}

void LogCourse::GoBack(const Moment& moment) {
  store_.RollBack(moment.store);
  result_.written.resize(moment.written);
  result_.contradictions.resize(moment.contradictions);
  result_.agreed = moment.counts.agreed;
  result_.completed = moment.counts.completed;
  result_.contradicted = moment.counts.contradicted;
  result_.untold = moment.counts.untold;
  result_.recounted = moment.counts.recounted;
}

void LogCourse::Run() {
  const uint64_t applied = mvcc::ReadStatus(input_.pages).consistent_index.value_or(0);
  while (position_ < entries_.size()) {
    const uint64_t index = entries_[position_].index;
    TakeNext(false);
    // What pages hold of the small buckets is surer than what follows from the log.
    if (index == applied) replay::TakeTables(input_.pages, store_);
    store_.Settle();
  }
}

bool LogCourse::Run(std::span<const Anchor> anchors) {
  is_start_known_ = false;
  confidence_ = Confidence::kDoubtful;
  Take(anchors.front().position, true);
  const bool leads_there = store_.keys().current_revision() == anchors.front().main - 1;
  if (!leads_there || result_.contradicted > 0) return false;
  confidence_ = Confidence::kLikely;
  for (const Anchor& anchor : anchors) {
    TakeUpTo(anchor);
    Take(anchor.position + 1, true);
    HoldUpTo(anchor.main);
    store_.Settle();
  }
  // Nothing holds what is behind the last anchor, so nothing is taken to have succeeded.
  hanging_ = 0;
  may_have_written_ = 0;
  while (position_ < entries_.size()) {
    TakeNext(false);
    if (hanging_ > 0) confidence_ = Confidence::kDoubtful;
    store_.Settle();
  }
  result_.untold += may_have_written_;
  return true;
}

void LogCourse::Take(size_t position, bool forces) {
  while (position_ < position) TakeNext(forces);
}

void LogCourse::TakeUpTo(const Anchor& anchor) {
  const Moment before = Now();
  const size_t first = position_;
  const auto fits = [&] {
    return store_.keys().current_revision() == anchor.main - 1 &&
           result_.contradicted == before.counts.contradicted;
  };
  may_have_written_ = 0;
  Take(anchor.position, false);
  if (fits()) return;
  const int64_t lost = anchor.main - 1 - store_.keys().current_revision();
  const bool may_have_succeeded = lost > 0 && std::cmp_equal(lost, may_have_written_);
  GoBack(before);
  position_ = first;
  if (may_have_succeeded) {
    Take(anchor.position, true);
    if (fits()) return;
    GoBack(before);
    position_ = first;
  }
  PassUpTo(anchor);
}

void LogCourse::PassUpTo(const Anchor& anchor) {
  HoldUpTo(anchor.main - 1);  // first, for a compaction among the entries may be at any of them
  for (; position_ < anchor.position; ++position_) {
    if (MayWrite(entries_[position_], payload_)) {
      ++result_.untold;
    } else {
      store_.Apply(entries_[position_]);
    }
  }
}

void LogCourse::HoldUpTo(int64_t main) {
  const auto found = input_.rows.Above(store_.keys().current_revision(), main);
  for (size_t i = 0; i < found.size();) {
    const int64_t next = found[i].at.revision.main;
    std::vector<apply::StoredRow> rows;
    for (; i < found.size() && found[i].at.revision.main == next; ++i) {
      rows.push_back(input_.rows.Content(found[i]));
    }
    store_.Shift(next - 1 - store_.keys().current_revision());
    store_.Force(rows);
  }
  store_.Shift(main - store_.keys().current_revision());
}

void LogCourse::TakeNext(bool forces) {
  const wire::Entry& entry = entries_[position_++];
  const apply::MemberStore::Mark before = store_.mark();
  const Dependence dependence = is_start_known_ ? Dependence() : DependenceOf(entry);
  auto written = store_.Apply(entry).rows;
  if (dependence.effect) ++hanging_;
  if (written.empty() && dependence.effect) {
    const auto lost = WithLostRows(entry);
    if (!lost.empty()) ++may_have_written_;
    if (!lost.empty() && forces) written = store_.Force(lost);
  }
  if (written.empty()) return;
  if (!is_start_known_) CountNewKeys(written);
  Compare(entry, written, before);
  result_.written.push_back(
      {.main = store_.keys().current_revision(),
       .entry = entry.index,
       .confidence = dependence.content ? Confidence::kDoubtful : confidence_});
}

void LogCourse::Compare(const wire::Entry& entry, std::span<const apply::StoredRow> written,
                        const apply::MemberStore::Mark& before) {
  std::vector<apply::StoredRow> counts(written.begin(), written.end());
  bool is_other = false;
  for (const FoundRow& found : input_.rows.At(written.front().revision.main)) {
    const apply::StoredRow on_page = input_.rows.Content(found);
    const apply::StoredRow* const logged = FindSub(written, on_page.revision.sub);
    if (logged != nullptr && replay::SameRow(*logged, on_page)) {
      ++result_.agreed;
      continue;
    }
    const bool completes =
        !is_start_known_ && logged != nullptr && replay::SameContent(*logged, on_page);
    const bool has_lost = !completes && logged != nullptr && HasLostBytes(on_page, *logged);
    if (completes) ++result_.completed;
    if (!completes && !has_lost) ++result_.contradicted;
    if (!completes) Note(found, entry.index, has_lost);
    if (has_lost || (!completes && found.origin != Origin::kReachable)) continue;
    Replace(counts, on_page);
    is_other = true;
  }
  if (!is_other) return;
  store_.RollBack(before);
  store_.Force(counts);
}

void LogCourse::Note(const FoundRow& page, uint64_t entry, bool has_lost_bytes) {
  if (result_.contradictions.size() == FromLog::kContradictionsKept) return;
  result_.contradictions.push_back(
      {.page = page, .entry = entry, .has_lost_bytes = has_lost_bytes});
}

void LogCourse::CountNewKeys(std::span<const apply::StoredRow> written) {
  for (const apply::StoredRow& row : written) {
    const bool is_first = !row.tombstone && row.version == 1;
    if (is_first && input_.rows.At(row.revision.main).empty()) ++result_.recounted;
  }
}

bool LogCourse::IsKnown(Bytes key) const {
  const apply::StoredRow* const row = store_.keys().Find(key);
  return row != nullptr && row->revision.main > result_.start_revision;
}

LogCourse::Dependence LogCourse::DependenceOf(const wire::Entry& entry) {
  if (!MayWrite(entry, payload_)) return {};
  const raft::MessageView request = payload_.request();
  switch (payload_.request_number()) {
    case kPut: return DependenceOf(apply::kOpPut, request);
    case kDeleteRange: return DependenceOf(apply::kOpDelete, request);
    case kTxn: return DependenceOfTxn(request);
    default: return {.content = true, .effect = true};  // a lease is revoked with its keys
  }
}

LogCourse::Dependence LogCourse::DependenceOf(uint32_t kind, raft::MessageView request) const {
  const bool is_known = IsKnown(request.BytesOf(1));
  switch (kind) {
    case apply::kOpRange: return {};
    case apply::kOpPut: {
      const bool keeps_something = request.Has(5) || request.Has(6);  // ignore_value, ignore_lease
      return {.content = keeps_something && !is_known, .effect = keeps_something && !is_known};
    }
    case apply::kOpDelete: {
      const bool is_range = !request.BytesOf(2).empty();
      return {.content = is_range, .effect = is_range || !is_known};
    }
    default: return {.content = true, .effect = true};  // a transaction within
  }
}

LogCourse::Dependence LogCourse::DependenceOfTxn(raft::MessageView txn) const {
  Dependence result;
  bool failure_writes = false;
  for (const bool succeeded : {true, false}) {
    apply::ForEachOp(txn, succeeded, [&](uint32_t kind, raft::MessageView request) {
      const Dependence op = DependenceOf(kind, request);
      result.content = result.content || op.content;
      result.effect = result.effect || op.effect;
      failure_writes = failure_writes || (!succeeded && kind != apply::kOpRange);
      return apply::Refusal::kNone;
    });
  }
  apply::ForEachMessage(txn, 1, [&](raft::MessageView compare) {
    const bool is_range = !compare.BytesOf(64).empty();
    if (!is_range && IsKnown(compare.BytesOf(3))) return;
    result.effect = true;
    result.content = result.content || failure_writes;
  });
  return result;
}

// Only what a transaction does if its compares hold, and single keys: then it is clear what would
// have been written, but for create revision and version.
std::vector<apply::StoredRow> LogCourse::WithLostRows(const wire::Entry& entry) {
  if (!MayWrite(entry, payload_) || DependenceOf(entry).content) return {};
  const int64_t main = store_.keys().next_revision();
  std::vector<apply::StoredRow> rows;
  const auto take = [&](uint32_t kind, raft::MessageView request) {
    if (kind == apply::kOpRange) return apply::Refusal::kNone;
    rows.push_back({.revision = {.main = main, .sub = static_cast<int64_t>(rows.size())},
                    .key = request.BytesOf(1),
                    .tombstone = kind == apply::kOpDelete});
    if (kind == apply::kOpPut) {
      rows.back().value = request.BytesOf(2);
      rows.back().lease = static_cast<int64_t>(request.Number(3));
      rows.back().create_revision = main;
      rows.back().version = 1;
    }
    return apply::Refusal::kNone;
  };
  switch (payload_.request_number()) {
    case kDeleteRange: take(apply::kOpDelete, payload_.request()); break;
    case kTxn: apply::ForEachOp(payload_.request(), true, take); break;
    default: break;
  }
  return rows;
}

}  // namespace etcdf::salvage
