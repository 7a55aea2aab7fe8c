// Randomness that can be replayed. A property test draws everything from one generator; when it
// fails it prints the seed, and ETCDF_SEED=SEED runs exactly that case again. Without the variable
// the seed is fixed, so that a run of the tests is the same every time; a soak run sets its own.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace etcdf::testing {

// ETCDF_SEED if it is a number, otherwise a fixed one.
uint64_t TestSeed();

class SeededTest : public ::testing::Test {
 protected:
  SeededTest() : random_(TestSeed()) {}

  std::mt19937_64& random() { return random_; }

  // From 0 to `limit` - 1; 0 if `limit` is 0.
  uint64_t Below(uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }

  // `size` random bytes.
  std::string RandomBytes(size_t size);

  void TearDown() override;

 private:
  std::mt19937_64 random_;
};

}  // namespace etcdf::testing
