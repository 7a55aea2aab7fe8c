#include "dating/store_times.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "mvcc/row_batches.h"
#include "mvcc/status.h"

namespace etcdf::dating {

void Readings::Add(uint64_t place, const mvcc::KeyRow& row, const ShownTimes& shown) {
  if (row.at.tombstone || shown.stamp == 0) return;
  Note* const note = notes_.Of(row.kv.key);
  const bool is_first = row.kv.version == 1;
  AddStamps(place, note, is_first, shown);
  if (shown.client != 0) AddClient(place, note, is_first, shown);
  if (note == nullptr) return;
  note->stamp = std::max(note->stamp, shown.stamp);
  if (shown.client == note->client && !is_first) return;
  note->client = shown.client;
  note->client_place = place;
}

void Readings::AddStamps(uint64_t place, const Note* before, bool is_first,
                         const ShownTimes& shown) {
  // Where the row before is not stored, the stamp may be of any write before this one.
  const bool is_known = before != nullptr && before->stamp != 0;
  const bool is_of_write = is_first || (is_known && shown.stamp > before->stamp);
  judge_.Add({.place = place,
              .time = shown.stamp,
              .clock = kApiServer,
              .source = shown.stamp_source,
              .freshness = is_of_write ? Freshness::kOfWrite : Freshness::kStale});
  if (shown.deletion == 0) return;
  judge_.Add({.place = place, .time = shown.deletion, .source = Source::kDeletion});
}

void Readings::AddClient(uint64_t place, const Note* before, bool is_first,
                         const ShownTimes& shown) {
  const auto clock = judge_.ClockOf(shown.clock);
  if (!clock) return;
  const bool is_known = before != nullptr && before->client != 0;
  // Whatever its clock, a time that the row before did not have is of the write.
  const bool is_of_write = is_first || (is_known && shown.client != before->client);
  const bool renews = is_known && !is_first && is_of_write && shown.client_source == Source::kLease;
  judge_.Add({.place = place,
              .time = shown.client,
              .clock = *clock,
              .source = shown.client_source,
              .freshness = is_of_write ? Freshness::kOfWrite : Freshness::kStale,
              .done_place = renews ? before->client_place : 0});
}

Verdict DateStore(const mvcc::Store& store, const objects::Tools& tools,
                  const std::function<bool()>& go_on) {
  mvcc::UnheardFindings unheard;
  Judge judge;
  Readings readings(judge);
  std::deque<ShownTimesReader> readers;
  for (size_t i = 0; i < mvcc::SliceCount(); ++i) readers.emplace_back(tools, store.file);
  std::vector<ShownTimes> shown;
  mvcc::VisitInBatches({.database = store.database, .file = store.file, .findings = unheard},
                       [&](std::span<const mvcc::KeyRow> rows) {
                         shown.resize(rows.size());
                         mvcc::WorkInSlices(rows.size(), [&](const mvcc::Slice& slice) {
                           for (size_t i = slice.begin; i < slice.end; ++i) {
                             shown[i] = readers[slice.ordinal].Read(rows[i]);
                           }
                         });
                         for (size_t i = 0; i < rows.size(); ++i) {
                           readings.Add(static_cast<uint64_t>(rows[i].at.revision.main), rows[i],
                                        shown[i]);
                         }
                         return !go_on || go_on();
                       });
  return judge.Finish();
}

Result<RevisionAt> NewestNotAfter(const mvcc::Store& store, const objects::Tools& tools,
                                  int64_t unix_nanos) {
  const Line line = DateStore(store, tools).line;
  // Rounded down: a bound at the very time is not later.
  const Micros time = unix_nanos / 1000 - (unix_nanos % 1000 < 0 ? 1 : 0);
  const auto place = line.LastSurelyBy(time);
  const int64_t compacted = mvcc::ReadStatus(store).CompactRevision();
  if (!place) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "no stored revision is surely as old as the time",
                 .subject = store.file});
  }
  const auto revision = static_cast<int64_t>(*place);
  if (revision < compacted) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "the store as of the time is compacted",
                 .subject = store.file});
  }
  return RevisionAt{.revision = revision, .interval = line.At(*place)};
}

}  // namespace etcdf::dating
