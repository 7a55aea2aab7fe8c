// Work spread over several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace etcdf {

// How many threads run at once on this machine; at least 1.
size_t CoreCount();

// Calls task(0) to task(count - 1), in about this order, in so many threads, of which the caller's
// is one; in exactly this order where that is the only one. Returns when all are done. What a task
// throws (memory is short) ends the work and is thrown on. Throws std::system_error where a thread
// cannot be started.
void RunOnThreads(size_t threads, size_t count, const std::function<void(size_t)>& task);

}  // namespace etcdf
