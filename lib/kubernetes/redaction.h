// What of an object is not for every reader's eyes.
#pragma once

#include <cstdint>

#include "kubernetes/document.h"

namespace etcdf::kubernetes {

enum class Disclosure : uint8_t {
  kSecretsClosed,  // as decoded values print unless the user asks for more
  kAllClosed,      // the structure alone: every leaf is closed
  kOpen,
};

// Closes leaves of the document. Of a Secret, wherever in the document it stands, all but what says
// which one it is: data and stringData, what no table has, annotations that repeat them. Of the
// requests and reviews of tokens, the token. `under_secrets`: the key is that of a Secret, for a
// value that no longer says so.
void CloseLeaves(Document& document, Disclosure disclosure, bool under_secrets = false);

}  // namespace etcdf::kubernetes
