// Whatever is read must answer every question about it without harm, and stay within its limits.
#include "json/json.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const auto value = json::Parse(AsText({data, size}));
  if (!value) return 0;
  size_t values = 0, text_bytes = 0;
  std::vector<const json::Value*> to_visit = {&*value};
  while (!to_visit.empty()) {
    const json::Value& one = *to_visit.back();
    to_visit.pop_back();
    ++values;
    if (one.Text()) text_bytes += one.Text()->size();
    // A whole number that is not negative is the same both ways.
    if (one.Unsigned() && one.Signed() && *one.Signed() != static_cast<int64_t>(*one.Unsigned())) {
      std::abort();
    }
    for (const auto& item : one.items()) to_visit.push_back(&item.value);
  }
  if (values > json::kMaxValues || text_bytes > size) std::abort();
  return 0;
}
