// Bytes as the changes of a link, under a SHA-256 that is right and as they are: rows are in order,
// each row's key is a revision, and a link that is refused is told of.
#include "checksum/sha256.h"
#include "delta/chain.h"
#include "mvcc/revision.h"
#include "testing/fuzz.h"

namespace etcdf::delta {
namespace {

using testing::Require;

void Read(Bytes content) {
  FindingList findings;
  Rows rows(1);
  const LinkName name{.revision_first = 2, .revision_last = 9};
  const bool goes_on = rows.Take(name, content, "fuzz", findings);
  Require(goes_on || !findings.findings().empty());
  mvcc::Revision last{.main = 1, .sub = INT64_MAX};
  for (const backend::Row& row : rows.All()) {
    const auto key = mvcc::ParseRowKey(row.key);
    Require(key.has_value() && key->revision > last);
    last = key->revision;
  }
  Require(rows.empty() || last.main == rows.revision());
}

}  // namespace
}  // namespace etcdf::delta

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const Bytes input(data, size);
  delta::Read(input);
  std::string whole(AsText(input));
  whole += AsText(Sha256Of(input));
  delta::Read(AsBytes(whole));
  return 0;
}
