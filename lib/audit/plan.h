// A script in the making, and what an audit makes of it in the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "audit/remains.h"
#include "audit/script.h"
#include "replay/stored_rows.h"

namespace etcdf::audit {

// A script, and of each of its edits what seemed as good where it was chosen.
struct Plan {
  Script script = {};
  std::vector<std::vector<Edit>> others = {};

  // With one edit more, as number `place`.
  Plan With(size_t place, const Edit& edit) const;
  Script ScriptWith(size_t place, const Edit& edit) const;
  // With one of the others of edit number `place` instead.
  Plan Swapped(size_t place, size_t other) const;
  Script ScriptSwapped(size_t place, size_t other) const;
  // Without the edit.
  Plan Without(size_t place) const;
  // Adds to the others of each kShift without a key, and to those of its others that have none, the
  // same of each of these keys, as far as there are not too many.
  void NameShifts(std::span<const std::string_view> keys);
};

struct Explanation {
  Plan plan = {};         // the others are those that give the same bytes, everything else as it is
  bool too_many = false;  // edits; the search was given up
  bool gave_up = false;   // it took too long
  std::optional<int64_t> left_over;  // the first stored revision that nothing explains
  // By edit: the peer that told it from its others (AuditInput::peers). Empty: none did.
  std::vector<std::optional<size_t>> settled_by = {};
  // Of the peers that edits of the plan refer to.
  std::vector<std::shared_ptr<const replay::StoredRows>> peer_rows = {};
  // Of what the script gives, with bucket `key`. Rows are missing only where that is no difference
  // (StoredRows::are_torn).
  Remains remains = {};

  bool complete() const {
    return !too_many && !gave_up && !left_over && remains.comparison.equal();
  }
  // What happened, told one by one.
  size_t anomalies() const { return plan.script.size() + remains.strays.size(); }
  bool IsBetterThan(const Explanation& other) const;
};

}  // namespace etcdf::audit
