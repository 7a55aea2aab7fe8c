// A running etcd as a member: asked over its client URL (gateway/client.h), changed in nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "digest/digest.h"
#include "live/client.h"
#include "mvcc/hash.h"

namespace etcdf::live {

// Whether a member is given as http(s)://HOST:PORT.
bool IsEndpoint(const std::string& member);

// Not for two threads at once.
class RunningMember {
 public:
  // Logs in where there is a user, and asks for the status. Errors: those of live::Client.
  static Result<RunningMember> Open(const std::string& url, const live::Options& options);

  const live::MemberStatus& status() const { return status_; }
  // Asks for the status anew, as a running member moves on.
  Result<void> Refresh();

  // HashKV at `revision`, which must be above 0. Of etcd up to 3.4, which does not answer it at the
  // client URL, the peer URLs that the member advertises are asked.
  //
  // At its compact revision a member since 3.5.5 may answer with the hash that it kept from before
  // the compaction (server/storage/mvcc/hash.go, HashByRev): its compact revision is an earlier
  // one then. So two hashes can be compared if both their revisions are the same, and only then.
  //
  // Errors: kNotFound: the revision is compacted there; else those of live::Client, and
  // kMalformed: it answers what it was not asked.
  Result<mvcc::KvHash> HashKv(int64_t revision);

  // What the status says, and the compact revision of the last HashKV.
  digest::Facts Facts() const;

 private:
  RunningMember(live::Client client, live::Options options)
      : client_(std::move(client)), options_(std::move(options)) {}

  Result<live::KvHash> AskPeerUrls(int64_t revision);

  live::Client client_;
  live::Options options_;
  live::MemberStatus status_;
  std::optional<int64_t> compact_revision_;
};

}  // namespace etcdf::live
