#include "mvcc/parallel_scan.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace etcdf::mvcc {
namespace {

// Enough for the cores to finish together, few enough for starting one to cost nothing.
constexpr size_t kPartsWanted = 64;

}  // namespace

void RunOnCores(size_t count, const std::function<void(size_t)>& task, Cores cores) {
  std::atomic<size_t> next = 0;
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&]() noexcept {
    try {
      for (size_t i = next++; i < count; i = next++) task(i);
    } catch (...) {
      const std::scoped_lock lock(failure_mutex);
      failure = std::current_exception();
      next = count;
    }
  };
  {
    const size_t threads =
        cores == Cores::kOne ? 1 : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

void ForEachPart(const backend::Bucket& bucket, FindingSink& findings,
                 const std::function<void(PartScan&)>& work, Cores cores) {
  FindingList split_findings;
  auto scans = bucket.Split(kPartsWanted, split_findings);
  if (scans.size() > kMaxParts) scans = bucket.Split(1, split_findings);
  std::vector<FindingList> row_findings(scans.size());
  const auto task = [&](size_t i) {
    PartScan part(i, *scans[i], row_findings[i]);
    work(part);
  };
  RunOnCores(scans.size(), task, cores);
  const auto pass_on = [&](const FindingList& list) {
    for (const Finding& finding : list.findings()) findings.Report(finding);
  };
  pass_on(split_findings);
  for (size_t i = 0; i < scans.size(); ++i) {
    pass_on(scans[i]->findings());
    pass_on(row_findings[i]);
  }
}

}  // namespace etcdf::mvcc
