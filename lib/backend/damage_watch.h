// Whether damage is met while something is read.
#pragma once

#include <utility>

#include "base/finding.h"

namespace etcdf::backend {

// Passes findings on, and remembers if one of them is damage.
class DamageWatch final : public FindingSink {
 public:
  explicit DamageWatch(FindingSink& sink) : sink_(sink) {}

  void Report(Finding finding) override {
    met_ = met_ || finding.kind.severity == Severity::kDamage;
    sink_.Report(std::move(finding));
  }
  bool met() const { return met_; }
  // The same, of what was met since the last call.
  bool TakeMet() { return std::exchange(met_, false); }

 private:
  FindingSink& sink_;
  bool met_ = false;
};

}  // namespace etcdf::backend
