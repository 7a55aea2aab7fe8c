// Bytes as an archive of any kind: names stay inside, what is unpacked stays within the limit, and
// what is not whole is told.
#include <algorithm>
#include <string>

#include "archive/unpack.h"
#include "testing/fuzz.h"

namespace etcdf::archive {
namespace {

using testing::Require;

bool StaysInside(const std::string& name) {
  return !name.empty() && name != ".." && !name.starts_with('/') && !name.starts_with("../") &&
         name.find("/../") == std::string::npos && !name.ends_with("/..");
}

void Read(Bytes packed) {
  FindingList findings;
  io::Scratch scratch("");
  const auto files = Unpack(
      packed, "fuzz.gz", [](std::string_view, Bytes) { return true; }, scratch, findings);
  if (!files) return;
  for (const UnpackedFile& file : *files) {
    Require(StaysInside(file.name));
    Require(file.is_whole || !findings.findings().empty());
    Require(file.content->size_bytes() <= kFreeBytes + kRatioMax * packed.size());
  }
}

}  // namespace
}  // namespace etcdf::archive

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const Bytes input(data, size);
  archive::DetectPacking(input.first(std::min(size, archive::kHeadBytes)));
  archive::Read(input);
  return 0;
}
