// Every row of the bucket `key` that lies anywhere in a bbolt file, whatever its trees say.
//
// A row of `key` proves itself: its key in the bucket is a revision, and its value is a KeyValue
// that names the same revision. And a row never changes once it is written, so the same revision on
// ten pages is the same row ten times. That is why a file without a usable tree can be read, page
// by page, and why what is found can be told from chance.
//
// What it cannot tell is what a compaction has removed: its rows lie on free pages like those that
// damage has cut off. See Standing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "bolt/file.h"
#include "mvcc/key_row.h"
#include "salvage/page_reach.h"

namespace etcdf::salvage {

enum class Confidence : uint8_t {
  // Of the tree that etcd would read; or of a log that was applied to a state known whole.
  kCertain,
  // The row proves itself, on a page that is what its header says; or its revision lies between
  // two that pages and log agree on.
  kLikely,
  // The row proves itself, but its page is not in its place, or was written over; or the log may
  // have written it at another revision.
  kDoubtful,
};

// "certain", "likely", "doubtful".
const char* ConfidenceName(Confidence confidence);

// The revision of a row of `key` by its own testimony; nothing if it is none. A tombstone's value
// names no revision; that it is marked as one, and its value has a key and nothing else, has to do.
std::optional<mvcc::RowRevision> ProvenRevision(Bytes key, Bytes value);

// What is known of a row beside its content.
struct FoundRow {
  static constexpr uint16_t kNoHolder = UINT16_MAX;

  mvcc::RowRevision at;
  uint64_t place = 0;    // the page; of kWal the index of the entry
  uint16_t element = 0;  // of the page, or of bucket `key` inline in it
  // Of the page: the row of bucket `key`, where that is inline; else kNoHolder.
  uint16_t holder = kNoHolder;
  Origin origin = Origin::kFree;
  Confidence confidence = Confidence::kDoubtful;
  bool is_past = false;  // the log tells that it was compacted since
};

struct ScanCounts {
  uint64_t pages = 0;            // all of the file
  uint64_t pages_with_rows = 0;  // of `key`
  uint64_t copies = 0;           // rows, each as often as it was met
  // Revisions that were met with two contents; the surer one was taken.
  uint64_t conflicts = 0;
};

// Finds the next page of some kind behind another, for pages asked about in ascending order. So all
// questions together cost one look at each page, whatever the headers say of their overflow.
class NextPage {
 public:
  template <typename IsOne>
  uint64_t After(uint64_t id, uint64_t end, IsOne is_one) {
    next_ = std::max(next_, id + 1);
    while (next_ < end && !is_one(next_)) ++next_;
    return next_;
  }

 private:
  uint64_t next_ = 0;
};

class KeyRows {
 public:
  // Reads all pages. Memory: some 80 bytes for each revision found. `go_on` is asked now and then;
  // once it says no, the scan ends with what it has.
  KeyRows(const bolt::File& file, const std::function<bool()>& go_on);

  // Each revision once, from its surest place; ascending.
  const std::vector<FoundRow>& rows() const { return rows_; }
  const ScanCounts& counts() const { return counts_; }

  // Of one of rows(): as it lies there, and decoded. The views point into the file.
  backend::Row Stored(const FoundRow& row) const;
  mvcc::KeyRow Content(const FoundRow& row) const;

 private:
  struct Scanned {
    bolt::Page page;
    uint64_t id = 0;
    Origin origin = Origin::kFree;
    uint16_t holder = FoundRow::kNoHolder;
    Confidence confidence = Confidence::kDoubtful;
    uint64_t intact_until = 0;  // where in the file another page begins
  };

  void ScanPage(uint64_t id);
  void ScanRows(const Scanned& scanned);
  void ScanInline(const Scanned& outer);
  void KeepSurest();

  const bolt::File& file_;
  Reach reach_;
  NextPage next_reached_;
  NextPage next_named_;
  size_t rows_before_sorting_ = size_t{1} << 20;
  std::vector<FoundRow> rows_;
  ScanCounts counts_;
};

}  // namespace etcdf::salvage
