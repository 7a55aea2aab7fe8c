// What lib/gateway makes of a running member, for live_gateway_test.py.
//
//     gateway_probe status|hashkv|peer-hashkv|peer-urls ENDPOINT [REVISION] [--cacert FILE]
//     gateway_probe snapshot ENDPOINT PATH [--user NAME:PASSWORD] [--cacert FILE]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "live/client.h"

namespace {

using namespace etcdf;

// One line of figures, or the error.
template <typename T, typename Print>
int Show(const Result<T>& result, const Print& print) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().Message().c_str());
    return 1;
  }
  print(*result);
  return 0;
}

void PrintStatus(const live::MemberStatus& status) {
  std::printf("%llx %llx %lld %s %lld\n", static_cast<unsigned long long>(status.header.cluster_id),
              static_cast<unsigned long long>(status.header.member_id),
              static_cast<long long>(status.header.revision), status.version.c_str(),
              static_cast<long long>(status.db_size_bytes));
}

void PrintHash(const live::KvHash& hash) {
  std::printf("%u %lld\n", hash.hash, static_cast<long long>(hash.compact_revision));
}

int Run(live::Client& client, const std::string& verb, const std::string& argument) {
  if (verb == "status") return Show(client.Status(), PrintStatus);
  const int64_t revision = std::atoll(argument.c_str());
  if (verb == "hashkv") return Show(client.HashKv(revision), PrintHash);
  if (verb == "peer-hashkv") return Show(client.PeerHashKv(revision), PrintHash);
  if (verb == "peer-urls") {
    return Show(client.PeerUrls(), [](const auto& urls) {
      for (const std::string& url : urls) std::printf("%s\n", url.c_str());
    });
  }
  return Show(client.PullSnapshot(argument), [](uint64_t bytes) {
    std::printf("%llu\n", static_cast<unsigned long long>(bytes));
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> plain;
  live::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--user" && i + 1 < argc) {
      options.user = argv[++i];
    } else if (word == "--cacert" && i + 1 < argc) {
      options.cacert_file = argv[++i];
    } else {
      plain.push_back(word);
    }
  }
  if (plain.size() < 2) return 2;
  auto client = live::Client::Open(plain[1], options);
  if (!client) return Show(client, [](const auto&) {});
  return Run(*client, plain[0], plain.size() > 2 ? plain[2] : "");
}
