// Whether an audit said what was done to the member.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/audit.h"
#include "tests/reliability/harm.h"
#include "tests/reliability/member.h"

namespace etcdf::reliability {

enum class Judgement : uint8_t {
  kExact,  // each thing that happened, and nothing else, entry by entry
  kTie,    // the truth is among the ties named, or the ranges overlap; all rows are explained
  kWrong,  // something else, something more, something less, or nothing at all
  // The bucket `key` is that of the healthy member, byte for byte; or of two things that happened
  // one leaves no trace beside the other, which is named.
  kInvisible,
  kCrash,  // the audit did not end
};
inline constexpr size_t kJudgements = 5;

// "exact", "tie", "wrong", "invisible", "crash".
std::string_view JudgementName(Judgement judgement);

Judgement Judge(const Member& member, const Harm& harm, const HarmedMember& harmed,
                const audit::AuditReport& report);

// "skip 120..131; double 300..301", as it came to be.
std::string HarmText(const Harm& harm, const HarmedMember& harmed);
// "anomalous: skipped 120..131, applied_twice 299..301 (ties 299 300)".
std::string ReportText(const audit::AuditReport& report);

}  // namespace etcdf::reliability
