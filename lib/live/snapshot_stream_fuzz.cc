// The first byte says in what pieces the rest arrives. Cutting must not matter, no more is written
// than was received, and a stream that is whole ends with the sum of what was written.
#include "live/snapshot_stream.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"

namespace {

struct Outcome {
  bool is_whole = false;
  std::vector<uint8_t> written;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome Run(std::string_view text, size_t step_bytes) {
  using namespace etcdf;
  Outcome outcome;
  live::SnapshotStream stream([&](Bytes piece) {
    outcome.written.insert(outcome.written.end(), piece.begin(), piece.end());
    return Result<void>();
  });
  for (size_t at = 0; at < text.size(); at += step_bytes) {
    if (!stream.Feed(text.substr(at, step_bytes))) return outcome;
  }
  outcome.is_whole = stream.Finish().has_value();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  if (size == 0) return 0;
  const std::string_view text = AsText({data + 1, size - 1});
  const Outcome at_once = Run(text, std::max<size_t>(text.size(), 1));
  if (Run(text, size_t{data[0]} + 1) != at_once) std::abort();
  if (at_once.written.size() > text.size()) std::abort();
  if (at_once.is_whole) {
    const Bytes all = at_once.written;
    if (all.size() < 32 || !Equal(Sha256Of(all.first(all.size() - 32)), all.last(32))) std::abort();
  }
  return 0;
}
