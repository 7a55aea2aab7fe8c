// The schema's reader against protobuf: the first byte chooses the message type, the rest is a
// message of it. Both must give the same verdict and the same tree (testing/protobuf_twin.h says
// where they may differ), and what is accepted must be searchable to its last value.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "raft/key_range.h"
#include "raft/payload.h"
#include "testing/protobuf_twin.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  if (size == 0) return 0;
  const auto& subjects = testing::TwinSubjects();
  const Bytes message(data + 1, size - 1);
  if (!testing::TwinDifference(subjects[data[0] % subjects.size()], AsText(message)).empty()) {
    std::abort();
  }
  raft::Payload payload;
  payload.Decode(message);
  size_t touched_bytes = 0;
  raft::VisitKeys(payload.message(), [&](const raft::KeyUse& use) {
    touched_bytes += use.range.key.size() + use.range.range_end.size();
    return true;
  });
  // Views never reach outside the message, nor does any byte belong to two keys.
  if (touched_bytes > message.size()) std::abort();
  return 0;
}
