// Whatever is read must answer every question about it without harm and stay within its limits, and
// a walk must see what the tree holds.
#include "json/json.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const std::string_view text = AsText({data, size});
  size_t scalars = 0;
  const bool is_json = json::Walk(text, [&](auto, const json::Scalar&) { ++scalars; });
  const auto value = json::Parse(text);
  if (value && !is_json) std::abort();
  if (!value) return 0;
  size_t values = 0, scalars_in_tree = 0, text_bytes = 0;
  std::vector<const json::Value*> to_visit = {&*value};
  while (!to_visit.empty()) {
    const json::Value& one = *to_visit.back();
    to_visit.pop_back();
    ++values;
    if (one.Text()) text_bytes += one.Text()->size();
    using Kind = json::Value::Kind;
    if (one.kind() != Kind::kArray && one.kind() != Kind::kObject) ++scalars_in_tree;
    // A whole number that is not negative is the same both ways.
    if (one.Unsigned() && one.Signed() && *one.Signed() != static_cast<int64_t>(*one.Unsigned())) {
      std::abort();
    }
    for (const json::Value& item : one.items()) to_visit.push_back(&item);
  }
  if (scalars != scalars_in_tree || values > json::kMaxValues || text_bytes > size) std::abort();
  return 0;
}
