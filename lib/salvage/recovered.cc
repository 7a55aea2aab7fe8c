#include "salvage/recovered.h"

#include <algorithm>

#include "replay/stored_rows.h"

namespace etcdf::salvage {
namespace {

FoundRow Labelled(const apply::StoredRow& row, const FromLog& log) {
  const auto& written = log.written;
  const auto by = std::ranges::lower_bound(written, row.revision.main, {}, &LoggedRevision::main);
  FoundRow found{.at = {.revision = row.revision, .tombstone = row.tombstone},
                 .origin = Origin::kWal};
  if (by != written.end() && by->main == row.revision.main) {
    found.place = by->entry;
    found.confidence = by->confidence;
    // It was compacted if what cannot be told wrote the key again.
    const bool hangs_on_later = row.revision.main <= log.store->keys().compact_revision();
    if (log.start == LogStart::kAnchored && hangs_on_later)
      found.confidence = Confidence::kDoubtful;
  }
  return found;
}

}  // namespace

Recovered::Recovered(const KeyRows& pages, const FromLog& log) : pages_(pages) {
  const int64_t last = log.store->keys().current_revision();
  auto page = pages.rows().begin();
  const auto revision_of = [](const FoundRow& row) { return row.at.revision; };
  const auto pass = [&](const FoundRow& row) {
    rows_.push_back(row);
    rows_.back().is_past = row.at.revision.main <= last;
  };
  log.store->ForEachRow([&](const apply::StoredRow& row) {
    for (; page != pages.rows().end() && revision_of(*page) < row.revision; ++page) pass(*page);
    if (page != pages.rows().end() && revision_of(*page) == row.revision) {
      const FoundRow& found = *page++;
      if (replay::SameRow(apply::StoredRowOf(pages.Content(found)), row)) {
        rows_.push_back(found);
        return;
      }
    }
    rows_.push_back(Labelled(row, log));
    logged_.push_back(row);
  });
  for (; page != pages.rows().end(); ++page) pass(*page);
}

const apply::StoredRow& Recovered::Logged(const FoundRow& row) const {
  return *std::ranges::lower_bound(logged_, row.at.revision, {}, &apply::StoredRow::revision);
}

mvcc::KeyRow Recovered::Content(const FoundRow& row) const {
  if (row.origin != Origin::kWal) return pages_.Content(row);
  const apply::StoredRow& logged = Logged(row);
  return {.at = row.at,
          .kv = {.key = logged.key,
                 .create_revision = logged.create_revision,
                 .mod_revision = row.at.tombstone ? 0 : row.at.revision.main,
                 .version = logged.version,
                 .value = logged.value,
                 .lease = logged.lease}};
}

backend::Row Recovered::Stored(const FoundRow& row, Scratch& scratch) const {
  if (row.origin != Origin::kWal) return pages_.Stored(row);
  const apply::StoredRow& logged = Logged(row);
  scratch = {.key = EncodeRowKey(logged), .value = EncodeRowValue(logged)};
  return {.key = AsBytes(scratch.key), .value = AsBytes(scratch.value)};
}

}  // namespace etcdf::salvage
