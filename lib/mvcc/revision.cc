#include "mvcc/revision.h"

namespace etcdf::mvcc {
namespace {

constexpr size_t kPutBytes = 17;
constexpr size_t kTombstoneBytes = 18;

}  // namespace

std::optional<RowRevision> ParseRowKey(Bytes key) {
  const bool tombstone = key.size() == kTombstoneBytes && key[17] == 't';
  if ((key.size() != kPutBytes && !tombstone) || key[8] != '_') return std::nullopt;
  return RowRevision{.revision = {.main = static_cast<int64_t>(LoadBe64(key.data())),
                                  .sub = static_cast<int64_t>(LoadBe64(key.data() + 9))},
                     .tombstone = tombstone};
}

std::string RevisionText(Revision revision) {
  std::string text = std::to_string(revision.main);
  if (revision.sub != 0) text += "_" + std::to_string(revision.sub);
  return text;
}

}  // namespace etcdf::mvcc
