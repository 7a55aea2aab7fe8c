// What a stored object shows of times, and whose clocks these are (kubernetes: metav1.ObjectMeta,
// coordination.k8s.io Lease, Event of core/v1 and events.k8s.io).
#pragma once

#include <optional>
#include <string>

#include "dating/reading.h"
#include "kubernetes/document.h"
#include "mvcc/key_row.h"
#include "mvcc/parallel_scan.h"
#include "objects/decoder.h"

namespace etcdf::dating {

// 0: shows none.
struct ShownTimes {
  // The newest of the API server's stamps.
  Micros stamp = 0;
  Source stamp_source = Source::kCreation;
  Micros deletion = 0;  // when it was asked to delete the object
  // Of a client, and by which clock: a host's, where the object names it.
  Micros client = 0;
  Source client_source = Source::kLease;
  std::string clock = {};
};

// Of one value after the other, in one thread.
class ShownTimesReader {
 public:
  // Both must outlive it.
  ShownTimesReader(const objects::Tools& tools, const std::string& file)
      : decoder_(tools, file, unheard_) {}

  ShownTimes Read(const mvcc::KeyRow& row);

 private:
  mvcc::UnheardFindings unheard_;
  objects::Decoder decoder_;
};

// Microseconds since 1970 of RFC 3339; 0 where it is none.
Micros ParseMicros(std::string_view text);

}  // namespace etcdf::dating
