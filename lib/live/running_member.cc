#include "live/running_member.h"

#include <utility>

namespace etcdf::live {
namespace {

// In etcd's words, which all versions share (api/v3rpc/rpctypes/error.go, ErrGRPCCompacted).
bool SaysCompacted(const Error& error) {
  return error.subject.find("required revision has been compacted") != std::string::npos;
}

// A revision in an answer may be anything.
std::optional<uint64_t> Above0(int64_t revision) {
  if (revision <= 0) return std::nullopt;
  return static_cast<uint64_t>(revision);
}

}  // namespace

bool IsEndpoint(const std::string& member) {
  return member.starts_with("http://") || member.starts_with("https://");
}

Result<RunningMember> RunningMember::Open(const std::string& url, const live::Options& options) {
  auto client = live::Client::Open(url, options);
  if (!client) return Fail(std::move(client).error());
  RunningMember member(*std::move(client), options);
  if (auto asked = member.Refresh(); !asked) return Fail(std::move(asked).error());
  return member;
}

Result<void> RunningMember::Refresh() {
  auto status = client_.Status();
  if (!status) return Fail(std::move(status).error());
  status_ = *std::move(status);
  return {};
}

Result<live::KvHash> RunningMember::AskPeerUrls(int64_t revision) {
  const auto urls = client_.PeerUrls();
  if (!urls) return Fail(urls.error());
  Error last{
      .code = ErrorCode::kUnsupported,
      .what = "etcd 3.4 and older answer HashKV at the peer URL only, and this one names none",
      .subject = client_.url()};
  live::Options options = options_;
  options.user.clear();  // peers know no users
  for (const std::string& url : *urls) {
    auto peer = live::Client::Open(url, options);
    if (!peer) {
      last = peer.error();
      continue;
    }
    auto hash = peer->PeerHashKv(revision);
    if (hash || SaysCompacted(hash.error())) return hash;
    last = hash.error();
  }
  return Fail(std::move(last));
}

Result<mvcc::KvHash> RunningMember::HashKv(int64_t revision) {
  auto hash = client_.HashKv(revision);
  if (!hash && hash.error().code == ErrorCode::kUnsupported) hash = AskPeerUrls(revision);
  if (!hash) {
    Error error = std::move(hash).error();
    if (SaysCompacted(error)) error.code = ErrorCode::kNotFound;
    return Fail(std::move(error));
  }
  if (hash->hash_revision.value_or(revision) != revision || hash->compact_revision > revision) {
    return Fail({.code = ErrorCode::kMalformed,
                 .what = "answers with a hash at another revision than it was asked for",
                 .subject = client_.url()});
  }
  compact_revision_ = hash->compact_revision;
  return mvcc::KvHash{.hash = hash->hash,
                      .revision = revision,
                      .compact_revision = hash->compact_revision > 0 ? hash->compact_revision : -1};
}

digest::Facts RunningMember::Facts() const {
  return {.node_id = status_.header.member_id,
          .cluster_id = status_.header.cluster_id,
          .size_bytes = Above0(status_.db_size_bytes),
          .revision = Above0(status_.header.revision),
          .compact_revision = Above0(compact_revision_.value_or(0)),
          .consistent_index = status_.raft_applied_index,
          .log_term = status_.raft_term,
          .commit = status_.raft_index};
}

}  // namespace etcdf::live
