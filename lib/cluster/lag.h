// What the members' raft logs know of why rows of two members may differ.
//
// Members stop at different entries. That excuses a difference if applying what is between to the
// one that has applied less makes the row what the other has, and only then. The entries are read
// from the log of any member that leads from the one index to the other, as far as they are
// committed.
//
// A member that was restored is led to from the backup by the entries of its own log.
//
// Up to 3.4 the consistent index is stored with changes of keys only, so the small buckets may be
// as of a later entry than the index says: up to the last that the member can have applied, and
// before the next that writes keys.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apply/tables.h"
#include "cluster/commit.h"
#include "cluster/member.h"
#include "compare/buckets.h"
#include "replay/table_history.h"

namespace etcdf::cluster {

class Lag final : public compare::LagWitness {
 public:
  // Members with databases, as CompareBuckets counts them. Borrows them.
  explicit Lag(std::span<Member* const> members);

  Answer Explains(std::string_view bucket, Bytes key, const compare::RowDifference::Side& a,
                  const compare::RowDifference::Side& b) override;
  Answer Salts(Bytes user) override;
  bool RestoredBetween(size_t a, size_t b) override;
  bool ReachesBetween(size_t a, size_t b) override;

 private:
  using Side = compare::RowDifference::Side;

  // What is known of a member's place in the log.
  struct Place {
    std::optional<uint64_t> applied = {};
    bool exact = false;
    uint64_t most = 0;  // the last entry that its small buckets may hold; UINT64_MAX: not known
  };
  // What the entries behind a member's index do, as far as a log leads.
  struct Ahead {
    size_t from = 0;  // the member
    uint64_t reach = 0;
    std::optional<replay::TableHistory> rows = {};
  };
  enum class Match : uint8_t { kNo, kYes, kUntold };

  Place PlaceOf(const Member& member) const;
  const ClusterCommit& CommitOf(size_t member);
  uint64_t CommittedIn(size_t member);
  const Ahead& AheadOf(size_t member);
  const Ahead& SinceRestore(size_t backup, size_t restored);
  Answer ExplainsRestored(std::string_view bucket, Bytes key, const Side& a, const Side& b);
  int64_t RevisionOf(size_t member) const;
  uint64_t MostOf(size_t member);
  Match Meets(const Ahead& ahead, std::string_view bucket, Bytes key, const Side& side,
              uint64_t first, uint64_t last);
  Match MeetsButForSalt(Bytes user, const Side& a, const Side& b);
  const apply::TableRow* RowOfRolled(size_t member, apply::Table table, Bytes key) const;
  bool IsUntold(std::string_view bucket, Bytes key, const Side& side) const;
  bool AuthRevisionsMeet(const Side& low, const Side& high, const Ahead& ahead) const;
  bool IsWithoutHash(Bytes user, const Side& a, const Side& b) const;
  void ReadPasswords();

  std::vector<Member*> members_;
  std::vector<Place> places_;
  compare::Pairs across_restore_;
  std::map<size_t, Ahead> ahead_;
  std::map<std::pair<size_t, size_t>, Ahead> since_restore_;
  std::map<size_t, ClusterCommit> commits_;
  // By user: whether the last entry that set the password has it hashed.
  std::optional<std::map<std::string, bool>> hashed_in_log_;
};

}  // namespace etcdf::cluster
