#include "dating/findings.h"

#include "base/counted.h"
#include "base/escape.h"
#include "kubernetes/texts.h"

namespace etcdf::dating {
namespace {

std::string NameOf(const JudgedClock& clock) {
  return clock.name.empty() ? "the API servers" : Printable(clock.name);
}

std::string SecondsText(Micros time) {
  return Counted(static_cast<uint64_t>(time / kSecond), "second", "seconds");
}

// How far it is off, in the direction that the readings prove.
std::string HowFar(const JudgedClock& clock) {
  if (clock.ahead_least && *clock.ahead_least > 0) {
    return "is at least " + SecondsText(*clock.ahead_least) + " ahead of the others";
  }
  if (clock.ahead_most && *clock.ahead_most < 0) {
    return "is at least " + SecondsText(-*clock.ahead_most) + " behind the others";
  }
  return "contradicts the others";
}

}  // namespace

void ReportClocks(const Verdict& verdict, const std::string& file, FindingSink& findings) {
  for (const JudgedClock& clock : verdict.clocks) {
    if (!clock.believed) {
      findings.Report(
          {.kind = kClockOff,
           .file = file,
           .what = "the clock of " + NameOf(clock) + " " + HowFar(clock),
           .consequence = "its " + Counted(clock.readings, "time", "times") + " date nothing"});
    } else if (clock.unused > 0) {
      findings.Report(
          {.kind = kTimesLeftOut,
           .file = file,
           .what = Counted(clock.unused, "time", "times") + " of the clock of " + NameOf(clock) +
                   " of " + std::to_string(clock.readings) + " contradict those of others",
           .consequence = clock.unused == 1 ? "it dates nothing" : "they date nothing"});
    }
  }
}

std::string TimeText(Micros time) {
  std::string text;
  kubernetes::AppendMicroTime(text, time / kSecond, static_cast<int32_t>(time % kSecond * 1000));
  return text;
}

}  // namespace etcdf::dating
