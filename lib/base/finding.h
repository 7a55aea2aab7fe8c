// Findings: what is odd or damaged in the evidence. Not errors: the reader reports one and goes on.
//
// A finding has a stable id that scripts may rely on (`wal.crc_mismatch`), a severity, the place,
// what was expected and found, and what follows from it. Every id is listed in docs/findings.md.
// Decoders create findings; only the tools print them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etcdf {

enum class Severity : uint8_t {
  kNote,     // normal after a crash, or merely worth knowing; the evidence is sound
  kSuspect,  // should not be so; may be harmless
  kDamage,   // bytes are wrong or missing
};

// "note", "suspect", "damage".
std::string_view SeverityName(Severity severity);

// A row of the catalogue (docs/findings.md). Modules define theirs as constants in a header:
// `findings.h`, or that of the unit which reports them.
struct FindingKind {
  std::string_view id;
  Severity severity;
};

// A figure that belongs to a finding, by a stable name: {"stored_crc", 2255914391}.
struct FindingFigure {
  std::string_view name;
  uint64_t value;
};

struct Finding {
  FindingKind kind;
  std::string file;                     // path, as the tool was given it
  std::optional<uint64_t> offset = {};  // bytes from the start of the file
  std::optional<uint64_t> length = {};  // bytes concerned
  std::string what;                     // expected and found
  std::string consequence = {};         // what follows for the reader; may be empty
  std::vector<FindingFigure> figures = {};
};

// "damage wal.crc_mismatch: FILE at 134320 (96 bytes): WHAT; CONSEQUENCE"
std::string FindingText(const Finding& finding);

class FindingSink {
 public:
  virtual ~FindingSink() = default;
  virtual void Report(Finding finding) = 0;
};

// Keeps findings in memory, at most `kMaxPerKind` of each kind: a hostile file may hold millions.
class FindingList : public FindingSink {
 public:
  static constexpr size_t kMaxPerKind = 1000;

  void Report(Finding finding) override;  // once: who reads a file twice meets its damage twice

  const std::vector<Finding>& findings() const { return findings_; }
  // How many were reported but not kept.
  uint64_t suppressed() const { return suppressed_; }
  // The worst severity reported, kept or not; nothing if nothing was reported.
  std::optional<Severity> worst() const { return worst_; }

 private:
  std::vector<Finding> findings_;
  std::vector<std::pair<std::string_view, size_t>> count_by_kind_;
  uint64_t suppressed_ = 0;
  std::optional<Severity> worst_;
};

}  // namespace etcdf
