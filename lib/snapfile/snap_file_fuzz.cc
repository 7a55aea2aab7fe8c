// Bytes as a .snap file, and as the data of one whose checksum is right: what is taken matches its
// checksum and lies in the file, what is not is reported.
#include "checksum/crc32c.h"
#include "snapfile/snap_file.h"
#include "testing/fuzz.h"
#include "testing/proto_writer.h"

namespace etcdf::snapfile {
namespace {

using testing::Require;

// Whether the file is taken.
bool Read(Bytes content) {
  const testing::MemoryFile file(content);
  FindingList findings;
  const auto read = ReadSnapFile({file.path(), {.term = 2, .index = 9}}, findings);
  Require(read.has_value());
  if (!*read) {
    Require(!findings.findings().empty());
    return false;
  }
  const SnapFile& taken = **read;
  Require(taken.size_bytes == content.size());
  Require(taken.crc != 0);
  testing::RequireWithin(taken.file.bytes(), taken.snapshot.data);
  const bool named = taken.snapshot.term == 2 && taken.snapshot.index == 9;
  Require(named == findings.findings().empty());
  return true;
}

}  // namespace
}  // namespace etcdf::snapfile

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const Bytes input(data, size);
  snapfile::Read(input);
  const uint32_t crc = Crc32cExtend(0, input);
  testing::ProtoWriter envelope;
  envelope.Number(1, crc).Bytes(2, AsText(input));
  const bool readable = size > 0 && crc != 0 && wire::DecodeRaftSnapshot(input).has_value();
  testing::Require(snapfile::Read(AsBytes(envelope.bytes())) == readable);
  return 0;
}
