// The judgement itself: from what each clock showed to who is believed and which bounds remain.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dating/course.h"
#include "dating/judge.h"
#include "dating/line.h"

namespace etcdf::dating {

class Trial {
 public:
  // All must outlive it.
  Trial(std::span<const Course> courses, std::span<const Bound> earliest,
        std::span<const Bound> latest)
      : courses_(courses), earliest_(earliest), latest_(latest) {}

  Verdict Run();

 private:
  // How far a clock is ahead of the reference, by one reading or by the usual one. Nothing where
  // the reference says nothing on that side.
  struct Offset {
    std::optional<Micros> least;
    std::optional<Micros> most;
  };

  struct Leeway {
    Micros ahead = 0;
    Micros behind = 0;
  };

  void ChooseReference();
  Offset OffsetAt(const ClockRun& run) const;
  Offset UsualOffset(const Course& course) const;
  void Vote();
  bool AgreesOn(Micros time, const Offset& offset) const;
  Micros LearnLag() const;
  void UseReference(Clock clock, Micros lag);
  // `used`: by run, false where it contradicts the reference.
  Leeway LeewayOf(const std::vector<ClockRun>& runs, std::vector<bool>& used) const;
  void UseClient(Clock clock);
  void UseOutside();

  std::span<const Course> courses_;
  std::span<const Bound> earliest_;
  std::span<const Bound> latest_;
  Clock reference_ = kApiServer;
  Line reference_line_;          // with kUsualLag
  std::vector<Offset> offsets_;  // by clock
  Micros agreed_ = 0;            // the offset of those that are believed
  std::vector<JudgedClock> judged_;
  std::vector<Bound> lower_;
  std::vector<Bound> upper_;
};

}  // namespace etcdf::dating
