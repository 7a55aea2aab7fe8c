// How much of a test that tries every case is run. Under a sanitizer each case takes many times as
// long, and what a sanitizer finds it finds in a part of them.
#pragma once

#include <cstddef>

namespace etcdf::testing {

// One case in this many is run. Prime to the sizes of fields and pages, so that a stride of it
// meets all of their bytes in turn.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr size_t kOneCaseIn = 7;
#else
inline constexpr size_t kOneCaseIn = 1;
#endif

}  // namespace etcdf::testing
