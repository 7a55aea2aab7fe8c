// Whatever a member answers, nothing it says may steer a terminal, a header or our memory.
#include "live/answers.h"

#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const std::string_view answer = AsText({data, size});
  if (const auto status = live::ParseStatus(answer)) {
    if (status->header.member_id == 0 || status->version.empty()) std::abort();
  }
  if (const auto hash = live::ParseKvHash(answer)) {
    if (hash->header.revision <= 0) std::abort();
  }
  if (const auto token = live::ParseToken(answer)) {
    if (token->find_first_of("\r\n \t") != token->npos || token->empty()) std::abort();
  }
  static_cast<void>(live::ParsePeerUrls(answer, 1));
  for (const char c : live::RefusalText(answer)) {
    if (c >= 0 && c < ' ') std::abort();
  }
  return 0;
}
