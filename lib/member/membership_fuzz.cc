// Any bytes in every place that tells who is a member. The same told by several sources is no
// contradiction, and a member is looked at under the id that some source names.
//
// The input: a conf state, a v2 store, then rows of the buckets, each a byte (which), key and
// value.
#include "member/membership.h"
#include "testing/fuzz.h"
#include "testing/memory_database.h"

namespace etcdf::member {
namespace {

using testing::FuzzInput;
using testing::Require;

testing::MemoryDatabase DatabaseOf(FuzzInput input) {
  testing::MemoryDatabase database;
  while (!input.empty()) {
    const char* const bucket = input.Byte() % 2 == 0 ? "members" : "members_removed";
    const Bytes key = input.Piece();
    database.Put(bucket, AsText(key), AsText(input.LongPiece()));
  }
  return database;
}

void RequireOneVoice(const Membership& membership) {
  FindingList findings;
  CompareMemberships({.buckets = membership, .snap_store = membership, .log = membership}, "fuzz",
                     findings);
  Require(findings.findings().empty());
}

void Read(FuzzInput input) {
  MembershipSources sources;
  if (const auto state = ParseConfStateJson(input.LongPiece())) {
    sources.conf_state = MembershipOf(*state);
    for (const uint64_t voter : state->voters) Require(sources.conf_state->contains(voter));
  }
  sources.snap_store = ParseV2Membership(input.LongPiece());
  FindingList findings;
  sources.buckets = ReadMemberBuckets(DatabaseOf(input), "fuzz", findings);
  CompareMemberships(sources, "fuzz", findings);

  const std::set<uint64_t> ids = MemberIds(sources);
  for (const auto& [id, seen] : sources.buckets) Require(ids.contains(id));
  RequireOneVoice(sources.buckets);
  if (sources.snap_store) RequireOneVoice(*sources.snap_store);
}

}  // namespace
}  // namespace etcdf::member

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  etcdf::member::Read({data, size});
  return 0;
}
