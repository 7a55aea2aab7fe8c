// Bytes as a digest file, once as they are and once with the checksum put right, so that what lies
// behind it is read too. What is read must be written as it was, and compare with itself as equal.
#include "digest/digest.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "checksum/sha256.h"

namespace {

void Check(etcdf::Bytes file) {
  using namespace etcdf;
  const auto digest = digest::Decode(file);
  if (!digest) return;
  // Numbers that are absent may hold anything; once written they are zeros.
  const std::vector<uint8_t> written = digest::Encode(*digest);
  const auto again = digest::Decode(written);
  if (!again || digest::Encode(*again) != written || again->facts != digest->facts) std::abort();
  const digest::RangeSums& history = digest->database.history;
  const digest::Comparison compared = digest::Compare(history, again->database.history);
  if (!compared.differing.empty()) std::abort();
  if (compared.compared.empty() != history.blocks().empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  Check({data, size});
  if (size < 32) return 0;
  std::vector<uint8_t> file(data, data + size - 32);
  const Sha256Digest checksum = Sha256Of(file);
  file.insert(file.end(), checksum.begin(), checksum.end());
  Check(file);
  return 0;
}
