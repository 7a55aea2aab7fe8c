// Entries of any content, applied one after the other. Nothing may crash or go out of bounds, and
// going back must leave the store as it was.
//
// The input is a list of entries: a byte for the type, two for the length, then the data.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "apply/member_store.h"
#include "base/bytes.h"

namespace etcdf::apply {
namespace {

std::vector<wire::Entry> SplitInput(Bytes input) {
  std::vector<wire::Entry> entries;
  while (input.size() >= 3) {
    const size_t length = std::min<size_t>(LoadLe16(input.data() + 1), input.size() - 3);
    entries.push_back({.type = static_cast<wire::EntryType>(input[0] % 3),
                       .term = 1,
                       .index = entries.size() + 1,
                       .data = input.subspan(3, length),
                       .has_data = true});
    input = input.subspan(3 + length);
  }
  return entries;
}

std::string Everything(const MemberStore& store) {
  std::string text;
  store.ForEachRow([&](const StoredRow& row) { text += EncodeRowKey(row) + EncodeRowValue(row); });
  for (size_t table = 0; table < kTables; ++table) {
    for (const auto& [key, row] : store.tables().rows(static_cast<Table>(table))) {
      text += key + "=" + row.value;
    }
  }
  return text + std::to_string(store.keys().current_revision());
}

}  // namespace
}  // namespace etcdf::apply

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf::apply;
  for (const Version version : {Version{3, 2, 0}, Version{3, 5, 2}, Version{3, 7, 0}}) {
    const auto entries = SplitInput({data, size});
    MemberStore store(RulesOf(version));
    const size_t half = entries.size() / 2;
    for (size_t i = 0; i < half; ++i) store.Apply(entries[i]);
    const auto mark = store.mark();
    const std::string before = Everything(store);
    for (size_t i = half; i < entries.size(); ++i) store.Apply(entries[i]);
    const std::string after = Everything(store);
    store.RollBack(mark);
    if (Everything(store) != before) std::abort();
    for (size_t i = half; i < entries.size(); ++i) {
      store.Apply(entries[i]);
      store.Settle();
    }
    if (Everything(store) != after) std::abort();
  }
  return 0;
}
