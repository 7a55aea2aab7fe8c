// What the verbs about the store have in common.
#pragma once

#include <string>

#include "app/process.h"
#include "dump-db/verbs.h"
#include "mvcc/store.h"

namespace etcdf::dump_db {

// The verb's database is there (Verb::needs).
inline mvcc::Store StoreOf(const VerbContext& context) {
  return {.database = *context.evidence.database,
          .file = context.evidence.path,
          .findings = context.findings};
}

// Text on its way out, handed over in large pieces.
class LineWriter {
 public:
  explicit LineWriter(output::Sink& out) : out_(out) {}
  ~LineWriter() { out_.Write(text); }
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  std::string text;

  // After each line. False when nobody reads any more, or the user has had enough: stop.
  bool EndLine() {
    if (text.size() < kPieceBytes) return true;
    if (app::Interrupted()) return false;
    const bool written = out_.Write(text);
    text.clear();
    return written;
  }

 private:
  static constexpr size_t kPieceBytes = 1 << 16;
  output::Sink& out_;
};

}  // namespace etcdf::dump_db
