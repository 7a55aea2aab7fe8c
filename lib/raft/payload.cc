#include "raft/payload.h"

#include <array>

namespace etcdf::raft {
namespace {

// Field numbers of etcdserverpb.InternalRaftRequest and etcdserverpb.RequestHeader.
constexpr uint32_t kRequestId = 1;
constexpr uint32_t kV2 = 2;
constexpr uint32_t kHeader = 100;
constexpr uint32_t kHeaderId = 1;
constexpr uint32_t kHeaderUsername = 2;
constexpr uint32_t kHeaderAuthRevision = 3;

// Field number of etcdserverpb.Request.
constexpr uint32_t kV2Id = 1;

// In which order etcd v3.6.9 asks for the requests (applyEntryNormal, then uberApplier.Apply): only
// the first one it finds is applied.
constexpr auto kApplyOrder = std::to_array<uint32_t>(
    {2,    1300, 1301, 1302, 9900, 3,    4,    5,    6,    7,    8,    9,    11,   10,   1012, 1000,
     1011, 1013, 1100, 1101, 1103, 1104, 1102, 1105, 1200, 1203, 1202, 1204, 1201, 1106, 1107});

size_t ApplyRank(uint32_t number) {
  size_t rank = 0;
  while (rank < kApplyOrder.size() && kApplyOrder[rank] != number) ++rank;
  return rank;
}

}  // namespace

PayloadKind Payload::Decode(Bytes data) {
  request_name_ = {};
  request_number_ = 0;
  request_ = {};
  const ParseVerdict verdict = message_.Parse(InternalRaftRequestSchema(), data);
  if (verdict == ParseVerdict::kAccepted) {
    kind_ = data.empty() ? PayloadKind::kEmpty : PayloadKind::kInternal;
    ChooseRequest();
  } else if (verdict == ParseVerdict::kMalformed &&
             message_.Parse(V2RequestSchema(), data) == ParseVerdict::kAccepted) {
    kind_ = PayloadKind::kV2Request;
    request_name_ = "v2";
    request_number_ = kV2;
    request_ = message_.root();
  } else {
    kind_ = PayloadKind::kUnknown;
  }
  return kind_;
}

void Payload::ChooseRequest() {
  size_t best_rank = kApplyOrder.size();
  for (const FieldView field : message_.root()) {
    if (field.schema().number == kHeader || field.schema().number == kRequestId) continue;
    const size_t rank = ApplyRank(field.schema().number);
    if (rank >= best_rank) continue;
    best_rank = rank;
    request_name_ = field.schema().name;
    request_number_ = field.schema().number;
    request_ = field.value().message();
  }
}

uint64_t Payload::request_id() const {
  if (kind_ == PayloadKind::kV2Request) return message().Number(kV2Id);
  // etcd prefers the old place.
  if (const uint64_t id = message().Number(kRequestId); id != 0) return id;
  if (const uint64_t id = message().Child(kHeader).Number(kHeaderId); id != 0) return id;
  return message().Child(kV2).Number(kV2Id);
}

Bytes Payload::username() const {
  if (kind_ == PayloadKind::kV2Request) return {};
  return message().Child(kHeader).BytesOf(kHeaderUsername);
}

uint64_t Payload::auth_revision() const {
  if (kind_ == PayloadKind::kV2Request) return 0;
  return message().Child(kHeader).Number(kHeaderAuthRevision);
}

}  // namespace etcdf::raft
