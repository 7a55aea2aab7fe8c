// Randomness that a seed repeats, whatever the machine.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace etcdf::reliability {

class Dice {
 public:
  Dice(uint64_t seed, uint64_t round) {
    std::seed_seq sequence{seed, seed >> 32, round, round >> 32};
    random_.seed(sequence);
  }

  // From 0 to `limit` - 1; 0 if `limit` is 0.
  uint64_t Below(uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }
  bool OneIn(uint64_t times) { return Below(times) == 0; }

  template <typename List>
  auto& OneOf(List& list) {
    return list[Below(std::size(list))];
  }

  std::string Bytes(size_t count) {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }

  // Flips a bit of the bytes from `begin` to `end` - 1, which are not none. Returns the place.
  size_t FlipBit(std::string& bytes, size_t begin, size_t end) {
    const size_t at = begin + Below(end - begin);
    bytes[at] = static_cast<char>(bytes[at] ^ 1 << Below(8));
    return at;
  }
  size_t FlipBit(std::string& bytes) { return FlipBit(bytes, 0, bytes.size()); }

  // What could stand in place of a number of `bits` bits: its neighbours, a limit, anything.
  uint64_t Instead(uint64_t number, unsigned bits) {
    const uint64_t mask = ~uint64_t{0} >> (64 - bits);
    const uint64_t bit = uint64_t{1} << Below(bits);
    switch (Below(8)) {
      case 0: return 0;
      case 1: return mask;
      case 2: return mask >> 1;
      case 3: return (number + 1) & mask;
      case 4: return (number - 1) & mask;
      case 5: return bit;
      case 6: return number ^ bit;
      default: return random_() & mask;
    }
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace etcdf::reliability
