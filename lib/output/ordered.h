// Work done on several cores, its text written in order.
//
// Part k's text reaches the sink after part k-1's, whatever finishes first. A part whose text grows
// beyond a limit waits for its turn and then writes as it goes, so memory is bounded by the number
// of workers, not by the size of a part.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "output/sink.h"

namespace etcdf::output {

class OrderedParts {
 public:
  OrderedParts(Sink& sink, size_t count) : sink_(sink), count_(count) {}

  // One part in the making. Append to `text` and call Checkpoint() now and then.
  class Part {
   public:
    std::string text;

    size_t ordinal() const { return ordinal_; }
    // False when nobody reads any more, or the work was cancelled: stop.
    bool Checkpoint() {
      return text.size() < kFlushBytes ? !owner_.stopped() : owner_.Write(ordinal_, text);
    }

    // Ends all of the work; what is not yet written stays unwritten.
    void Cancel() { owner_.Stop(); }

   private:
    friend class OrderedParts;
    static constexpr size_t kFlushBytes = 1 << 20;
    explicit Part(OrderedParts& owner) : owner_(owner) {}

    OrderedParts& owner_;
    size_t ordinal_ = 0;
  };

  // Calls `make_worker()` once in each of `workers` threads, and what it returns with every part
  // (Part&), each part exactly once. Returns when all are written or the sink is closed: false
  // then. What a worker throws (memory is short) ends all of the work and is thrown on.
  template <typename MakeWorker>
  bool Run(size_t workers, MakeWorker make_worker) {
    const auto work = [&]() noexcept {
      try {
        auto worker = make_worker();
        Part part(*this);
        for (part.ordinal_ = next_++; part.ordinal_ < count_; part.ordinal_ = next_++) {
          if (!stopped()) worker(part);
          Finish(part);
        }
      } catch (...) {
        Abandon(std::current_exception());
      }
    };
    {
      std::vector<std::jthread> helpers;
      for (size_t i = 1; i < workers; ++i) helpers.emplace_back(work);
      work();
    }
    if (failure_) std::rethrow_exception(failure_);
    return !stopped();
  }

  // Ends the work early; parts not yet written stay unwritten.
  void Stop();
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
  bool Write(size_t ordinal, std::string& text);
  void Finish(Part& part);
  void Abandon(std::exception_ptr failure);

  Sink& sink_;
  size_t count_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable turn_changed_;
  size_t turn_ = 0;  // the part that may write
  std::exception_ptr failure_;
};

}  // namespace etcdf::output
