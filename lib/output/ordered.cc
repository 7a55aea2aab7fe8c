#include "output/ordered.h"

namespace etcdf::output {

bool OrderedParts::Write(size_t ordinal, std::string& text) {
  {
    std::unique_lock lock(mutex_);
    turn_changed_.wait(lock, [&] { return turn_ == ordinal || stopped(); });
  }
  // Only the part whose turn it is comes past here, so the sink needs no lock.
  if (!stopped() && !text.empty() && !sink_.Write(text)) Stop();
  text.clear();
  return !stopped();
}

void OrderedParts::Stop() {
  {
    const std::scoped_lock lock(
        mutex_);  // a waiter between its check and its sleep must not miss it
    stopped_ = true;
  }
  turn_changed_.notify_all();
}

void OrderedParts::Abandon(std::exception_ptr failure) {
  {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
  }
  Stop();
}

void OrderedParts::Finish(Part& part) {
  Write(part.ordinal_, part.text);
  {
    const std::scoped_lock lock(mutex_);
    if (turn_ == part.ordinal_) ++turn_;
  }
  turn_changed_.notify_all();
}

}  // namespace etcdf::output
