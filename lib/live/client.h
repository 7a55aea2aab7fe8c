// A running member, over the JSON gateway of its client URL (etcd's --enable-grpc-gateway, on
// unless switched off) or over its peer URL.
//
// Nothing is changed in the member, but some of it costs: HashKV reads all keys, a snapshot the
// whole database. Messages begin with the URL; what the member says is quoted after it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "live/answers.h"
#include "live/http.h"

namespace etcdf::live {

// Not for two threads at once.
class Client {
 public:
  // Logs in if options.user is set; a cluster without authentication needs no login and lets
  // everyone in. Otherwise nothing is sent yet. Errors: kUsage: no endpoint, or no NAME:PASSWORD;
  // those of the functions below.
  static Result<Client> Open(const std::string& endpoint, Options options);

  const std::string& url() const { return endpoint_.url; }

  // Errors of all: kIo: cannot be reached, or refuses, in its own words; kMalformed: its answer is
  // none of etcd's, or comes from another member than the answers before: a load balancer.
  Result<MemberStatus> Status();

  // HashKV at `revision`; 0: at the latest. Also kUnsupported: etcd up to 3.4 has it at the peer
  // URL only.
  Result<KvHash> HashKv(int64_t revision);

  // The same, where the endpoint is a peer URL (GET /members/hashkv, all versions since 3.3). Needs
  // the certificates of peers, and knows no users.
  Result<KvHash> PeerHashKv(int64_t revision);

  // Where other members reach this one: for PeerHashKv.
  Result<std::vector<std::string>> PeerUrls();

  // Writes the member's database, and the SHA-256 that follows it, to a new file, as `etcdctl
  // snapshot save` does: under the name `path`.part until it is whole and matches the sum. Returns
  // the size of the database. Also kIo: `path` is there already, or cannot be written.
  Result<uint64_t> PullSnapshot(const std::string& path);

 private:
  Client(Endpoint endpoint, Options options)
      : endpoint_(std::move(endpoint)), options_(std::move(options)) {}

  Result<void> Authenticate();
  Result<std::string> Ask(Request request);
  Result<std::string> Post(const char* path, std::string body);
  // `header`, if it is from the same member as those before.
  Result<void> CheckSource(const Header& header);

  Endpoint endpoint_;
  Options options_;
  std::string token_;
  std::optional<Header> first_header_;
};

}  // namespace etcdf::live
