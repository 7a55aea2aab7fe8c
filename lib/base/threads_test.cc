#include "base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <vector>

namespace etcdf {
namespace {

TEST(Threads, EachTaskIsDoneOnce) {
  for (const size_t threads : {1U, 2U, 5U, 200U}) {
    std::vector<std::atomic<int>> done(100);
    RunOnThreads(threads, done.size(), [&](size_t i) { ++done[i]; });
    for (const auto& times : done) EXPECT_EQ(times, 1) << threads;
  }
}

TEST(Threads, OneThreadKeepsTheOrder) {
  std::vector<size_t> done;
  RunOnThreads(1, 4, [&](size_t i) { done.push_back(i); });
  EXPECT_EQ(done, (std::vector<size_t>{0, 1, 2, 3}));
}

TEST(Threads, WhatATaskThrowsReachesTheCaller) {
  for (const size_t threads : {1U, 2U, 5U}) {
    const auto fail_all = [](size_t) { throw std::bad_alloc(); };
    EXPECT_THROW(RunOnThreads(threads, 10, fail_all), std::bad_alloc) << threads;
  }
}

}  // namespace
}  // namespace etcdf
