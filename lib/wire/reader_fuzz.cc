// The wire reader and the decoders on top of it, on any bytes: what it gives lies in the message,
// one field behind the other, and the inlined path for entries agrees with the one for any order.
#include "wire/reader.h"

#include "testing/fuzz.h"
#include "wire/raft_records.h"

namespace etcdf::wire {
namespace {

using testing::Require;

void FieldsLieOneBehindTheOther(Bytes message) {
  Reader reader(message);
  uint64_t end = 0;
  for (Field field; reader.Next(field);) {
    Require(field.raw.data() == message.data() + end);
    end += field.raw.size();
    Require(end == reader.offset());
    const bool is_text = field.type == Type::kBytes;
    Require(!is_text ||
            field.bytes.data() + field.bytes.size() == field.raw.data() + field.raw.size());
  }
  Require(reader.ok() == (end == message.size()));
  Require(reader.offset() <= message.size());
}

void BothPathsOfEntriesAgree(Bytes message) {
  const auto entry = DecodeEntry(message);
  const auto slowly = DecodeEntryInAnyOrder(message);
  Require(entry.has_value() == slowly.has_value());
  if (!entry) return;
  Require(entry->type == slowly->type && entry->term == slowly->term &&
          entry->index == slowly->index && entry->has_data == slowly->has_data &&
          entry->data.data() == slowly->data.data() && entry->data.size() == slowly->data.size());
}

}  // namespace
}  // namespace etcdf::wire

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const Bytes message(data, size);
  wire::FieldsLieOneBehindTheOther(message);
  wire::BothPathsOfEntriesAgree(message);
  wire::DecodeHardState(message);
  wire::DecodeMetadata(message);
  wire::DecodeWalSnapshot(message);
  wire::DecodeConfChange(message);
  if (const auto envelope = wire::DecodeSnapEnvelope(message)) {
    wire::DecodeRaftSnapshot(envelope->data);
  }
  return 0;
}
