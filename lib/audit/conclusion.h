// The end of a walk: whether a script gives the whole bucket `key`, and what is missing where it
// does not.
#pragma once

#include <string_view>
#include <vector>

#include "apply/compare.h"
#include "audit/plan.h"
#include "audit/trials.h"
#include "mvcc/store.h"

namespace etcdf::audit {

class Conclusion {
 public:
  // Borrows both.
  Conclusion(Trials& trials, const mvcc::Store& database)
      : trials_(trials), walk_(trials.walk()), database_(database) {}

  // Of a plan that gets to the end, or of how far it gets. Exchanges edits for others that seemed
  // as good, drops those that are not needed, adds what only the whole bucket can tell of, and
  // keeps of the others those that give the same bytes.
  Explanation Draw(Plan plan);

 private:
  bool Swap(Plan& plan);
  std::vector<std::string_view> KeysOf(const apply::Comparison& comparison) const;
  void SkipCompactions(Plan& plan);
  void TakeAsAbsent(Plan& plan, const apply::Comparison& comparison);
  void DropNeedless(Plan& plan);
  void ConfirmOthers(Plan& plan);
  // Whether the script gives the bucket.
  bool Gives(const Script& script);
  // At the end of the walk.
  Remains Compare();

  Trials& trials_;
  Walk& walk_;
  const mvcc::Store& database_;
};

}  // namespace etcdf::audit
