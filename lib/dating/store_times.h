// When the revisions of a store were written, as far as its objects tell.
//
// One walk reads all clocks; what it holds grows with the seconds and the renewals of leases in the
// history, and with a note on each key, 24 bytes, up to 200 MiB.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "dating/judge.h"
#include "dating/shown_times.h"
#include "mvcc/key_notes.h"
#include "mvcc/store.h"
#include "objects/decoder.h"

namespace etcdf::dating {

// Turns what rows show into readings: which of their times are of the very write, the row before of
// the same key tells.
class Readings {
 public:
  explicit Readings(Judge& judge) : judge_(judge) {}

  // Rows in their order, each with what it shows. `place`: of the row, for the judge.
  void Add(uint64_t place, const mvcc::KeyRow& row, const ShownTimes& shown);

 private:
  struct Note {
    Micros stamp = 0;           // the newest so far; 0: the key was not met yet
    Micros client = 0;          // of the last row
    uint64_t client_place = 0;  // where it was shown first
  };

  void AddStamps(uint64_t place, const Note* before, bool is_first, const ShownTimes& shown);
  void AddClient(uint64_t place, const Note* before, bool is_first, const ShownTimes& shown);

  Judge& judge_;
  mvcc::KeyNotes<Note> notes_;
};

// Places are revisions. Nothing of damage is reported: who prints the rows does that. `go_on` is
// asked now and then, and ends the walk early.
Verdict DateStore(const mvcc::Store& store, const objects::Tools& tools,
                  const std::function<bool()>& go_on = {});

struct RevisionAt {
  int64_t revision = 0;
  Interval interval;  // of the revision; its not_after is there, and not later than was asked for
};

// The newest revision that surely is not later than the time, in nanoseconds since 1970. Errors:
// kNotFound where none is known to be so old, or only compacted ones.
Result<RevisionAt> NewestNotAfter(const mvcc::Store& store, const objects::Tools& tools,
                                  int64_t unix_nanos);

}  // namespace etcdf::dating
