// Any bytes as an entry's data: whatever it prints as is one line that steers no terminal, as text
// and as JSON, and grows no faster than the data.
#include "describe/entry.h"

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "describe/go_text.h"
#include "testing/fuzz.h"

namespace etcdf::describe {
namespace {

using testing::Require;

// A field of two bytes may print as a name and an object of defaults.
constexpr size_t kGrowth = 64;

// Nothing but tabs would have to be escaped.
void RequireHarmless(const std::string& text, Bytes data) {
  const auto tabs = static_cast<size_t>(std::ranges::count(text, '\t'));
  Require(Printable(text).size() == text.size() + 3 * tabs);
  Require(text.size() <= kGrowth * (data.size() + 16));
}

void ShowText(const EntryView& view, const output::ValueFormat& values) {
  const Bytes data = view.entry.data;
  std::string text;
  if (view.entry.type != wire::EntryType::kNormal) {
    AppendConfChangeLine(text, data);
  } else if (view.payload.kind() == raft::PayloadKind::kInternal) {
    AppendGoText(text, view.payload.message(), values);
  } else if (view.payload.kind() == raft::PayloadKind::kV2Request) {
    AppendV2RequestLine(text, view.payload.message(), values);
  }
  RequireHarmless(text, data);
}

void ShowJson(const EntryView& view, const output::ValueFormat& values) {
  if (!HasRequest(view)) return;
  std::string text;
  output::JsonWriter json(text);
  WriteRequest(json, view, values);
  RequireHarmless(text, view.entry.data);
}

}  // namespace
}  // namespace etcdf::describe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  testing::FuzzInput input(data, size);
  const auto type = static_cast<wire::EntryType>(input.Byte() % 3);
  const wire::Entry entry = {
      .type = type, .term = 1, .index = 1, .data = input.Rest(), .has_data = true};
  raft::Payload payload;
  if (type == wire::EntryType::kNormal) payload.Decode(entry.data);
  const describe::EntryView view = {entry, payload};
  constexpr std::array kFormats = {output::ValueFormat{}, output::ValueFormat{.show_secrets = true},
                                   output::ValueFormat{.redact = true},
                                   output::ValueFormat{.style = output::ValueStyle::kHex}};
  for (const output::ValueFormat& values : kFormats) {
    describe::ShowText(view, values);
    describe::ShowJson(view, values);
  }
  return 0;
}
