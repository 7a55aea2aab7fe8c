// Writes as a timeline prints them, and counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/finding.h"
#include "dating/judge.h"
#include "dump-db/verbs.h"
#include "mvcc/key_row.h"
#include "objects/write_reader.h"

namespace etcdf::dump_db {

// What the writes of a group come to.
class Tally {
 public:
  // Groups beyond so many are counted together: a hostile store may name as many as it has rows.
  static constexpr size_t kMaxGroups = 1 << 16;

  void Count(const std::string& group, const objects::Write& write, const mvcc::KeyRow& row);
  void Add(const Tally& other);

  // In text the largest group first, in JSON an object a line.
  std::string Text(const Options& options) const;

 private:
  struct Counts {
    uint64_t creates = 0;
    uint64_t updates = 0;
    uint64_t deletes = 0;
    uint64_t bytes = 0;
    int64_t first_revision = 0;
    int64_t last_revision = 0;

    uint64_t writes() const { return creates + updates + deletes; }
    void Add(const Counts& other);
  };

  Counts& CountsOf(const std::string& group);

  std::map<std::string, Counts> groups_;
  Counts others_;
};

// One thread's; writes that the filters of the options do not want it leaves out.
class TimelineLines {
 public:
  // All must outlive it.
  TimelineLines(const VerbContext& context, const objects::Tools& tools,
                const dating::Verdict& verdict, FindingSink& findings)
      : options_(context.options),
        verdict_(verdict),
        reader_(tools, context.evidence.path, findings) {}

  // What stands above the first line.
  static std::string Header(const Options& options);

  // Appends a line, or counts the write where the options ask for counts.
  void Append(std::string& out, Tally& tally, const mvcc::KeyRow& row,
              const objects::StoredWrite& stored);

 private:
  bool Wants(const mvcc::KeyRow& row, const objects::Write& write) const;
  std::string GroupOf(const dating::Interval& when, const objects::Write& write) const;
  void AppendText(std::string& out, const mvcc::KeyRow& row, const dating::Interval& when,
                  const objects::Write& write) const;
  void AppendJson(std::string& out, const mvcc::KeyRow& row, const dating::Interval& when,
                  const objects::Write& write) const;

  const Options& options_;
  const dating::Verdict& verdict_;
  objects::WriteReader reader_;
};

}  // namespace etcdf::dump_db
