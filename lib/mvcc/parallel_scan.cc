#include "mvcc/parallel_scan.h"

#include "base/threads.h"

namespace etcdf::mvcc {
namespace {

// Enough for the cores to finish together, few enough for starting one to cost nothing.
constexpr size_t kPartsWanted = 64;

}  // namespace

bool ForEachPart(const backend::Bucket& bucket, FindingSink& findings,
                 const std::function<void(PartScan&)>& work, Cores cores) {
  FindingList split_findings;
  auto scans = bucket.Split(kPartsWanted, split_findings);
  if (scans.size() > kMaxParts) scans = bucket.Split(1, split_findings);
  std::vector<FindingList> row_findings(scans.size());
  const auto task = [&](size_t i) {
    PartScan part(i, *scans[i], row_findings[i]);
    work(part);
  };
  RunOnThreads(cores == Cores::kOne ? 1 : CoreCount(), scans.size(), task);
  bool is_whole = bucket.is_whole() && split_findings.worst() != Severity::kDamage;
  const auto pass_on = [&](const FindingList& list) {
    for (const Finding& finding : list.findings()) findings.Report(finding);
  };
  pass_on(split_findings);
  for (size_t i = 0; i < scans.size(); ++i) {
    is_whole = is_whole && scans[i]->findings().worst() != Severity::kDamage;
    pass_on(scans[i]->findings());
    pass_on(row_findings[i]);
  }
  return is_whole;
}

}  // namespace etcdf::mvcc
