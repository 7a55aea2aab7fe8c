#include "mvcc/revision.h"

namespace etcdf::mvcc {
namespace {

constexpr size_t kPlainBytes = 17;
constexpr size_t kMarkedBytes = 18;

}  // namespace

std::optional<RowRevision> ParseRowKey(Bytes key) {
  const bool marked = key.size() == kMarkedBytes;
  if ((key.size() != kPlainBytes && !marked) || key[8] != '_') return std::nullopt;
  const Revision revision{.main = static_cast<int64_t>(LoadBe64(key.data())),
                          .sub = static_cast<int64_t>(LoadBe64(key.data() + 9))};
  if (revision.main < 0 || revision.sub < 0) return std::nullopt;
  return RowRevision{.revision = revision, .tombstone = marked && key[17] == 't'};
}

std::string RevisionText(Revision revision) {
  std::string text = std::to_string(revision.main);
  if (revision.sub != 0) text += "_" + std::to_string(revision.sub);
  return text;
}

}  // namespace etcdf::mvcc
