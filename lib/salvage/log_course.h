// A log applied entry by entry, with the rows found on pages at hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "apply/member_store.h"
#include "raft/payload.h"
#include "salvage/anchors.h"
#include "salvage/from_log.h"
#include "salvage/page_rows.h"

namespace etcdf::salvage {

// Whether the entry is a request that changes keys. Decodes it into `payload`.
bool MayWrite(const wire::Entry& entry, raft::Payload& payload);

class LogCourse {
 public:
  // Borrows all. `result.store` is in front of the entry at `position`; the rest is filled in.
  LogCourse(const LogInput& input, std::span<const wire::Entry> entries, FromLog& result,
            size_t position = 0)
      : input_(input),
        entries_(entries),
        result_(result),
        store_(*result.store),
        position_(position) {}

  // Takes all entries, from a state that is known.
  void Run();
  // Takes all entries, from a state of which rows may be lost. Returns false, and takes no more,
  // where they do not lead to the first anchor.
  bool Run(std::span<const Anchor> anchors);

 private:
  // What has come of the entries so far, to go back to.
  struct Moment {
    apply::MemberStore::Mark store;
    size_t written = 0;
    size_t contradictions = 0;
    FromLog counts = {};
  };

  Moment Now() const;
  void GoBack(const Moment& moment);
  // The next entries, up to `position`. Where `forces`, those that can have failed only for want of
  // a lost row have succeeded.
  void Take(size_t position, bool forces);
  void TakeNext(bool forces);
  // Up to the entry of an anchor, so that it writes the anchor's revision.
  void TakeUpTo(const Anchor& anchor);
  // The same without telling what the entries did.
  void PassUpTo(const Anchor& anchor);
  // Lets revisions pass up to `main`, with what pages hold of them.
  void HoldUpTo(int64_t main);
  void Compare(const wire::Entry& entry, std::span<const apply::StoredRow> written,
               const apply::MemberStore::Mark& before);
  void Note(const FoundRow& page, uint64_t entry, bool has_lost_bytes);
  // Counts keys of which nothing earlier is known.
  void CountNewKeys(std::span<const apply::StoredRow> written);
  // What hangs on rows that may be lost: what an entry writes, and whether it writes.
  struct Dependence {
    bool content = false;
    bool effect = false;
  };
  Dependence DependenceOf(const wire::Entry& entry);
  Dependence DependenceOf(uint32_t kind, raft::MessageView request) const;
  Dependence DependenceOfTxn(raft::MessageView txn) const;
  // The key was written since the start, so that what was lost before makes no difference.
  bool IsKnown(Bytes key) const;
  // What the entry would have written if only rows that are lost kept it from that; nothing if
  // others may have.
  std::vector<apply::StoredRow> WithLostRows(const wire::Entry& entry);

  const LogInput& input_;
  std::span<const wire::Entry> entries_;
  FromLog& result_;
  apply::MemberStore& store_;
  raft::Payload payload_;
  Confidence confidence_ = Confidence::kCertain;
  bool is_start_known_ = true;
  size_t position_;
  // Entries since the last anchor: of which it hangs on lost rows whether they write; and of these
  // the ones that wrote nothing.
  size_t hanging_ = 0;
  size_t may_have_written_ = 0;
};

}  // namespace etcdf::salvage
