// A bucket read on all cores.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "base/finding.h"

namespace etcdf::mvcc {

// Part numbers are below this.
inline constexpr size_t kMaxParts = 256;

// A part of a bucket, while one thread reads it.
class PartScan {
 public:
  PartScan(size_t ordinal, backend::Scan& scan, FindingSink& findings)
      : ordinal_(ordinal), scan_(scan), findings_(findings) {}

  // Parts in the order of the bucket: 0, 1, ...
  size_t ordinal() const { return ordinal_; }
  // The next rows, in order; none at the end. Good until the next call.
  std::span<const backend::Row> Next() { return std::span(rows_).first(scan_.Next(rows_)); }
  // For what is wrong with the rows; reaches the caller's sink after the engine's own findings.
  FindingSink& findings() { return findings_; }

 private:
  static constexpr size_t kBatch = 64;  // few enough for a batch's rows to stay in the first cache
  size_t ordinal_;
  backend::Scan& scan_;
  FindingSink& findings_;
  std::array<backend::Row, kBatch> rows_;
};

enum class Cores : uint8_t { kAll, kOne };  // kOne: the caller's thread, the parts in their order

// Calls `work` with each part of the bucket, in several threads, and returns when all are done. As
// long as the file does not change, a bucket always has the same parts. Findings go to `findings`
// in the order of the rows. What `work` throws ends the walk and is thrown on. Returns if the
// engine read all that `work` asked for, without damage.
bool ForEachPart(const backend::Bucket& bucket, FindingSink& findings,
                 const std::function<void(PartScan&)>& work, Cores cores = Cores::kAll);

// Keeps nothing: for a second walk over rows whose findings are told already.
class UnheardFindings : public FindingSink {
 public:
  void Report(Finding /*finding*/) override {}
};

}  // namespace etcdf::mvcc
