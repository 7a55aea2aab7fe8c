// What disks, copies and enemies do to the files of a data directory, drawn by dice.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tests/reliability/dice.h"
#include "tests/reliability/tree.h"

namespace etcdf::reliability {

struct Scene {
  Tree& tree;
  const Tree& other;  // of another member, for what is written to the wrong place
  Dice& dice;
};

// Whether the bytes themselves can tell.
enum class Trace : uint8_t {
  kInTheBytes,
  // A page that is sound lies in the place of another, as one of another member or an older version.
  // In a log a seam shows, of which either side may be the stranger. In a database nothing has to:
  // bbolt's pages have no checksum, and do not say which transaction wrote them.
  kMisplaced,
  // An enemy leaves a log that is right in every checksum and number: then only other files tell.
  kNoneAtAll
};

struct Fault {
  std::string_view name;
  Trace trace;
  // Says what was done; empty if there was nothing to do it to, and then nothing is changed.
  std::string (*apply)(Scene& scene);
};

// Of whole files and of any file's bytes; of bbolt's pages; of the log's records and .snap files.
std::span<const Fault> FileFaults();
std::span<const Fault> BoltFaults();
std::span<const Fault> LogFaults();

// The tables above, one after the other, each as often.
const Fault& DrawFault(Dice& dice);
// Null if none has this name.
const Fault* FindFault(std::string_view name);

// For those who write faults: a little-endian number of `width` bytes.
uint64_t NumberAt(const std::string& bytes, size_t at, unsigned width);
void PutNumber(std::string& bytes, size_t at, unsigned width, uint64_t number);

}  // namespace etcdf::reliability
