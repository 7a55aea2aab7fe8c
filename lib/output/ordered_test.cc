#include "output/ordered.h"

#include <gtest/gtest.h>

namespace etcdf::output {
namespace {

// Takes so many bytes and then behaves like a closed pipe.
class ShortSink : public Sink {
 public:
  explicit ShortSink(size_t room) : room_(room) {}
  bool Write(std::string_view text) override {
    if (text.size() > room_) return false;
    room_ -= text.size();
    return true;
  }

 private:
  size_t room_;
};

TEST(OrderedParts, WritesInOrderWhateverTheNumberOfWorkers) {
  for (const size_t workers : {1U, 2U, 3U, 8U}) {
    StringSink sink;
    OrderedParts parts(sink, 500);
    EXPECT_TRUE(parts.Run(workers, [] {
      return [](OrderedParts::Part& part) {
        // Parts of very different size: some flush on their way.
        const size_t lines = part.ordinal() % 100 == 7 ? 30'000 : part.ordinal() % 5;
        for (size_t i = 0; i < lines; ++i) {
          part.text += std::to_string(part.ordinal()) + ":" + std::to_string(i) +
                       " a line long enough to fill the buffer of a part\n";
          if (!part.Checkpoint()) return;
        }
      };
    }));
    std::string expected;
    for (size_t part = 0; part < 500; ++part) {
      const size_t lines = part % 100 == 7 ? 30'000 : part % 5;
      for (size_t i = 0; i < lines; ++i) {
        expected += std::to_string(part) + ":" + std::to_string(i) +
                    " a line long enough to fill the buffer of a part\n";
      }
    }
    EXPECT_TRUE(sink.text() == expected) << workers << " workers";
  }
}

TEST(OrderedParts, StopsAllWorkersWhenTheSinkCloses) {
  ShortSink sink(100);
  OrderedParts parts(sink, 1'000'000);
  std::atomic<uint64_t> made = 0;
  EXPECT_FALSE(parts.Run(4, [&] {
    return [&](OrderedParts::Part& part) {
      ++made;
      part.text += "ten bytes.";
    };
  }));
  EXPECT_GE(made.load(), 10u);
  EXPECT_LT(made.load(), 1000u);
}

TEST(OrderedParts, WhatAWorkerThrowsEndsTheWorkAndIsThrownOn) {
  StringSink sink;
  OrderedParts parts(sink, 1000);
  const auto run = [&] {
    return parts.Run(4, [] {
      return [](OrderedParts::Part& part) {
        if (part.ordinal() == 17) throw std::bad_alloc();
        part.text += "x";
      };
    });
  };
  EXPECT_THROW(run(), std::bad_alloc);
}

TEST(OrderedParts, NoPartsIsAResult) {
  StringSink sink;
  OrderedParts parts(sink, 0);
  EXPECT_TRUE(parts.Run(2, [] { return [](OrderedParts::Part&) { FAIL(); }; }));
  EXPECT_EQ(sink.text(), "");
}

}  // namespace
}  // namespace etcdf::output
