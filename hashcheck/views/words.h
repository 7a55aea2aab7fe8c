// The sentences that the views for people have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/counted.h"
#include "hashcheck/views/views.h"

namespace etcdf::hashcheck {

// Lines that belong together: what is the matter, and what is to be said of it.
struct Point {
  std::string headline;
  std::vector<std::string> details = {};

  friend bool operator==(const Point&, const Point&) = default;
};

// In double quotes, as Go's %q.
std::string Quoted(Bytes bytes);

// The value as `values` asks for it; of one that prints in full, the first `shown_bytes` and how
// many there are.
std::string ValueText(Bytes value, const output::ValueFormat& values, size_t shown_bytes);

// `put "k" = "v", version 3, created at 12, lease 1f`, of a long value the beginning.
std::string RowText(bool tombstone, const mvcc::KeyValue& row, const output::ValueFormat& values,
                    size_t shown_bytes);

// A row may lie there that is no KeyValue. Then: "a row that cannot be decoded, 12 bytes".
bool IsDecoded(const compare::RowSide& side);
std::string UndecodedText(const compare::RowSide& side);

// `put "k" = "v", version 3, created at 12, lease 1f`; of the value as ValueText().
std::string RowText(const compare::RowSide& side, const output::ValueFormat& values,
                    size_t shown_bytes);

// "m2 m3", of places in `compared`.
std::string NamesOf(const std::vector<size_t>& members, const Group& comparison);

// Whose rows are compared: "all members" or "m1 m2".
std::string WhoOf(const ViewContext& context);

// Members that have the same row at a revision, or none: `side` is null then.
struct SideGroup {
  std::vector<size_t> members;
  const compare::RowSide* side = nullptr;
};
// In the order of the members. Each member that can be compared there is in one group.
std::vector<SideGroup> GroupSides(const compare::RevisionDifference& difference,
                                  size_t member_count);

// "entry 233, term 2 (txn)", where the difference is the first one and a log of the group says what
// wrote the row; else nothing.
std::string EntryText(const compare::RevisionDifference& difference, const SideGroup& group,
                      const Group& comparison);

// What the comparison comes to, in one sentence with its full stop; and that of one group alone.
std::string VerdictSentence(const ViewContext& context);
std::string SentenceOfGroup(const ViewContext& context);

// "2173..2981", or "the state at revision 14" where nothing is behind the compact revision.
std::string WindowText(const compare::Window& window);
// The same of what all members of the group have, which is not nothing, and how they have it:
// "2173..2981 as the members' own logs lead on".
std::string CommonText(const Group& comparison);

// A key of another bucket than `key`: "lease 1f", or in quotes.
std::string RowKeyText(std::string_view bucket, Bytes key);

// "from revision 217 on m1 is 1 revision behind"
std::string ShiftText(const compare::Shift& shift, const Group& comparison);

// "497 later rows differ in version or create revision alone, as a consequence"
std::string ConsequencesText(uint64_t count);

// "2 innocent differences (own)" or "DIFFERENT in 3 rows; alone: m3; first "1f""; of a bucket that
// is not the same.
std::string BucketText(const compare::BucketComparison& bucket, const Group& comparison);

// Why sound members may differ so, in a sentence for people.
const char* InnocenceText(compare::Innocence innocence);

// "1..890, the same where members have both", or where the logs part and what that means; of logs
// that were compared.
std::string LogText(const compare::LogComparison& logs);

}  // namespace etcdf::hashcheck
