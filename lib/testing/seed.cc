#include "testing/seed.h"

#include <cstdlib>

#include "testing/statements.h"

namespace etcdf::testing {

uint64_t TestSeed() {
  constexpr uint64_t kSeed = 20130601;
  const char* value = std::getenv("ETCDF_SEED");
  return value == nullptr ? kSeed : ParseNumber(value).value_or(kSeed);
}

std::string SeededTest::RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_());
  return bytes;
}

void SeededTest::TearDown() {
  if (HasFailure()) ADD_FAILURE() << "replay with ETCDF_SEED=" << TestSeed();
}

}  // namespace etcdf::testing
