#include "tests/reliability/cluster_truth.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/bytes.h"
#include "mvcc/key_row.h"
#include "mvcc/schema.h"

namespace etcdf::reliability {
namespace {

using mvcc::Revision;

// A row of bucket `key`: its own key holds the revision, 8 bytes, "_", and 8 bytes.
Revision RevisionIn(std::string_view key) {
  constexpr size_t kSubAt = 9;
  return {.main = static_cast<int64_t>(LoadBe64(AsBytes(key).data())),
          .sub = static_cast<int64_t>(LoadBe64(AsBytes(key).data() + kSubAt))};
}
bool IsTombstone(std::string_view key) { return key.ends_with('t'); }

// The user's key: mvccpb.KeyValue begins with it.
std::string UserKeyOf(std::string_view value) {
  const auto row = mvcc::ParseKeyValue(AsBytes(value));
  return row ? std::string(AsText(row->key)) : std::string();
}

// What can be compared with a member that is compacted up to `compacted` and ends at `until`: the
// state there, and all rows behind it.
std::map<Revision, std::string> Comparable(const Rows& rows, int64_t compacted, int64_t until) {
  std::map<Revision, std::string> comparable;
  std::map<std::string, Revision> live;
  for (const auto& [key, value] : rows.at(std::string(mvcc::kKeyBucket))) {
    const Revision revision = RevisionIn(key);
    if (revision.main > until) break;
    if (revision.main <= compacted) {
      const std::string user_key = UserKeyOf(value);
      if (const auto before = live.find(user_key); before != live.end()) {
        comparable.erase(before->second);
        live.erase(before);
      }
      if (IsTombstone(key)) continue;
      live[user_key] = revision;
    }
    comparable[revision] = std::string(IsTombstone(key) ? "deleted " : "put ") + value;
  }
  return comparable;
}

// Whether there is a revision that both have.
bool HaveWindow(const Rows& a, const Rows& b) {
  return std::max(CompactRevisionOf(a), CompactRevisionOf(b)) <=
         std::min(RevisionOf(a), RevisionOf(b));
}

std::optional<Revision> FirstKeyDifference(const Rows& a, const Rows& b) {
  const int64_t compacted = std::max(CompactRevisionOf(a), CompactRevisionOf(b));
  const int64_t until = std::min(RevisionOf(a), RevisionOf(b));
  if (compacted > until) return std::nullopt;
  const auto of_a = Comparable(a, compacted, until);
  const auto of_b = Comparable(b, compacted, until);
  auto at_a = of_a.begin();
  auto at_b = of_b.begin();
  for (; at_a != of_a.end() && at_b != of_b.end(); ++at_a, ++at_b) {
    if (*at_a != *at_b) return std::min(at_a->first, at_b->first);
  }
  if (at_a != of_a.end()) return at_a->first;
  if (at_b != of_b.end()) return at_b->first;
  return std::nullopt;
}

const std::string* Find(const Rows& rows, const std::string& bucket, const std::string& key) {
  const auto in = rows.find(bucket);
  if (in == rows.end()) return nullptr;
  const auto row = in->second.find(key);
  return row == in->second.end() ? nullptr : &row->second;
}

struct RowName {
  std::string bucket;
  std::string key;
};

// The rows of other buckets that are not the same.
std::vector<RowName> TableDifferences(const Rows& a, const Rows& b) {
  std::vector<RowName> differences;
  const auto add = [&](const Rows& rows, const Rows& others, bool only_absent) {
    for (const auto& [bucket, of_bucket] : rows) {
      if (bucket == mvcc::kKeyBucket) continue;
      for (const auto& [key, value] : of_bucket) {
        const std::string* const other = Find(others, bucket, key);
        if (other == nullptr || (!only_absent && *other != value)) {
          differences.push_back({.bucket = bucket, .key = key});
        }
      }
    }
  };
  add(a, b, false);
  add(b, a, true);
  return differences;
}

class Judging {
 public:
  explicit Judging(const ClusterCase& drawn) : drawn_(drawn), members_(drawn.members) {}

  Truth Run() {
    NameNodes();
    truth_.has_dirs =
        std::ranges::any_of(members_, [](const GivenMember& member) { return member.has_log(); });
    const size_t count = members_.size();
    truth_.relations.assign(count, std::vector<Relation>(count, Relation::kSame));
    for (size_t a = 0; a < count; ++a) {
      for (size_t b = a + 1; b < count; ++b) {
        truth_.relations[a][b] = truth_.relations[b][a] = Relate(a, b);
      }
    }
    OpenWhatMayBeEither();
    MakeClasses();
    JudgeBuckets();
    FindFirst();
    truth_.exit_codes = ExitCodes();
    return std::move(truth_);
  }

 private:
  // Up to 3.4 a database does not say how far its small buckets have come.
  bool applied_is_least() const { return !drawn_.base->rules.stores_conf_state; }

  void NameNodes() {
    uint64_t unknown = 1;
    for (const GivenMember& member : members_) {
      const bool tells = member.form == Form::kDataDir || member.form == Form::kDigest;
      truth_.nodes.push_back(member.same_file_as ? truth_.nodes[*member.same_file_as]
                             : tells             ? member.log.node
                                                 : unknown++);
    }
  }

  // Whether a log that was given holds the entries that one of the two has applied and the other
  // has not.
  bool IsCovered(const GivenMember& a, const GivenMember& b) const {
    const uint64_t end = std::max(a.applied, b.applied);
    return std::ranges::any_of(members_, [&](const GivenMember& member) {
      return member.has_log() && member.cluster == a.cluster && member.log.last >= end;
    });
  }

  // Whether it is known up to which entry the member has come. Up to 3.4 the consistent index does
  // not move before the next entry that writes keys, which a log has to show; the member's own
  // ends where it ends.
  bool IsBounded(const GivenMember& member) const {
    if (!applied_is_least() || member.has_log()) return true;
    const MemberPast past{.base = *drawn_.base,
                          .entries = drawn_.clusters[member.cluster].entries,
                          .applied = UINT64_MAX};
    uint64_t first_write = UINT64_MAX;
    for (const auto& [revision, index] : EntriesByRevision(past)) {
      if (index > ConsistentIndexOf(member.rows)) first_write = std::min(first_write, index);
    }
    return std::ranges::any_of(members_, [&](const GivenMember& other) {
      return other.has_log() && other.cluster == member.cluster && other.log.last >= first_write;
    });
  }

  static bool IsPlanted(const GivenMember& member, const RowName& row) {
    return std::ranges::any_of(member.table_edits, [&row](const TableEdit& edit) {
      return edit.bucket == row.bucket && edit.key == row.key;
    });
  }

  bool IsInnocent(const GivenMember& a, const GivenMember& b, const RowName& row) const {
    const std::string* const of_a = Find(a.rows, row.bucket, row.key);
    const std::string* const of_b = Find(b.rows, row.bucket, row.key);
    const bool both = of_a != nullptr && of_b != nullptr;
    if (row.bucket == mvcc::kMetaBucket) return row.key != mvcc::kConfStateName || !both;
    if (row.bucket == mvcc::kAuthUsersBucket && drawn_.base->rules.hashes_passwords && both) {
      return DifferInSaltOnly(*of_a, *of_b);
    }
    return false;
  }

  // Two passwords, each hashed with a salt of its own.
  static bool DifferInSaltOnly(const std::string& a, const std::string& b) {
    constexpr size_t kSaltBytes = 29;
    const auto password = [](const std::string& user) {
      const size_t at = user.find("$2a$");
      return at == user.npos ? std::string() : user.substr(at, 60);
    };
    const std::string of_a = password(a);
    const std::string of_b = password(b);
    return !of_a.empty() && !of_b.empty() && WithPassword(a, "") == WithPassword(b, "") &&
           of_a.substr(0, kSaltBytes) != of_b.substr(0, kSaltBytes) &&
           of_a.substr(kSaltBytes) != of_b.substr(kSaltBytes);
  }

  // Two hashes of one password, of which only a log can tell that no etcd 3.4 made them.
  static bool MayBeOfOlderEtcd(const GivenMember& a, const GivenMember& b, const RowName& row) {
    const std::string* const of_a = Find(a.rows, row.bucket, row.key);
    const std::string* const of_b = Find(b.rows, row.bucket, row.key);
    return row.bucket == mvcc::kAuthUsersBucket && of_a != nullptr && of_b != nullptr &&
           DifferInSaltOnly(*of_a, *of_b);
  }

  // What a row of another bucket that is not the same tells of two members.
  Relation RelateByRow(const GivenMember& a, const GivenMember& b, const RowName& row) const {
    const bool sums_only = !a.has_rows() || !b.has_rows();
    if (IsInnocent(a, b, row)) {
      return sums_only && row.bucket != mvcc::kMetaBucket ? Relation::kPerhapsSame
                                                          : Relation::kSame;
    }
    const bool at_one_index =
        a.applied == b.applied && !applied_is_least() && !MayBeOfOlderEtcd(a, b, row);
    if (IsPlanted(a, row) || IsPlanted(b, row)) {
      const bool is_told =
          !sums_only && (at_one_index || (IsCovered(a, b) && IsBounded(a) && IsBounded(b)));
      return is_told ? Relation::kDifferent : Relation::kPerhapsDifferent;
    }
    return IsCovered(a, b) && !sums_only ? Relation::kSame : Relation::kUnknown;
  }

  Relation RelateByKeys(const GivenMember& a, const GivenMember& b) const {
    const auto difference = FirstKeyDifference(a.rows, b.rows);
    if (!difference) return Relation::kSame;
    const bool at_one_revision = CompactRevisionOf(a.rows) == CompactRevisionOf(b.rows) &&
                                 RevisionOf(a.rows) == RevisionOf(b.rows);
    const bool is_told = (a.has_rows() && b.has_rows()) || at_one_revision;
    return is_told ? Relation::kDifferent : Relation::kPerhapsDifferent;
  }

  Relation Relate(size_t at_a, size_t at_b) {
    const GivenMember& a = members_[at_a];
    const GivenMember& b = members_[at_b];
    if (a.cluster != b.cluster) return Relation::kStrangers;
    if (a.is_backup || b.is_backup) {
      const ClusterLog& log = drawn_.clusters[a.cluster];
      return log.last() == log.founders() ? Relation::kSame : Relation::kPerhapsSame;
    }
    Relation relation = RelateByKeys(a, b);
    truth_.keys_differ = truth_.keys_differ || relation != Relation::kSame;
    for (const RowName& row : TableDifferences(a.rows, b.rows)) {
      const Relation by_row = RelateByRow(a, b, row);
      BucketTruth& bucket = truth_.buckets[row.bucket];
      bucket.any_row_differs = AllAtOneIndex();
      bucket.may_differ = bucket.may_differ || by_row >= Relation::kPerhapsDifferent;
      bucket.must_differ = bucket.must_differ || by_row == Relation::kDifferent;
      relation = std::max(relation, by_row);
    }
    if (relation >= Relation::kPerhapsDifferent) return relation;
    const bool have_rows = a.has_rows() && b.has_rows();
    if (have_rows && FirstKeyDifference(a.rolled, b.rolled)) return Relation::kDifferent;
    if (!HaveWindow(a.rows, b.rows) && !(have_rows && HaveWindow(a.rolled, b.rolled))) {
      return Relation::kUnknown;
    }
    if (relation != Relation::kSame || a.applied == b.applied) return relation;
    const bool by_own_log = (a.has_log() && a.log.last >= std::max(a.applied, b.applied)) ||
                            (b.has_log() && b.log.last >= std::max(a.applied, b.applied));
    return by_own_log && have_rows ? Relation::kSame : Relation::kPerhapsSame;
  }

  // A member that has not come to where two others part is of either's state, as far as is known.
  void OpenWhatMayBeEither() {
    const auto& relations = truth_.relations;
    std::vector<std::pair<size_t, size_t>> open;
    for (size_t a = 0; a < members_.size(); ++a) {
      for (size_t b = 0; b < members_.size(); ++b) {
        for (size_t c = 0; c < members_.size(); ++c) {
          if (a == b || b == c || a == c) continue;
          if (relations[a][b] == Relation::kSame && relations[b][c] <= Relation::kPerhapsSame &&
              relations[a][c] > Relation::kPerhapsSame) {
            open.emplace_back(a, b);
          }
        }
      }
    }
    for (const auto& [a, b] : open) {
      truth_.relations[a][b] = truth_.relations[b][a] = Relation::kPerhapsSame;
    }
  }

  // How many nodes all of these members are.
  size_t Nodes(const MemberSet& members) const {
    std::set<uint64_t> nodes;
    for (const size_t member : members) nodes.insert(truth_.nodes[member]);
    return nodes.size();
  }

  // Those outside of the class that is more than half of the nodes; of all, if there is none, none.
  // Nothing where a node stands in two classes: whose vote it has is open.
  std::optional<MemberSet> MinorityOf(const std::vector<MemberSet>& classes) const {
    MemberSet all;
    size_t nodes = 0;
    for (const MemberSet& members : classes) {
      all.insert(members.begin(), members.end());
      nodes += Nodes(members);
    }
    if (nodes != Nodes(all)) return std::nullopt;
    for (const MemberSet& members : classes) {
      if (Nodes(members) * 2 <= nodes) continue;
      MemberSet others;
      std::ranges::set_difference(all, members, std::inserter(others, others.end()));
      return others;
    }
    return MemberSet();
  }

  void MakeClasses() {
    truth_.decided = true;
    for (size_t a = 0; a < members_.size(); ++a) {
      for (size_t b = a + 1; b < members_.size(); ++b) {
        const Relation relation = truth_.Of(a, b);
        truth_.decided =
            truth_.decided && (relation == Relation::kSame || relation >= Relation::kDifferent);
      }
      const auto own = std::ranges::find_if(truth_.classes, [&](const MemberSet& members) {
        return truth_.Of(*members.begin(), a) == Relation::kSame;
      });
      if (own == truth_.classes.end()) {
        truth_.classes.push_back({a});
      } else {
        own->insert(a);
      }
    }
    if (truth_.decided) FindMinority();
  }

  // Each cluster's own.
  void FindMinority() {
    truth_.minority = MemberSet();
    for (size_t cluster = 0; cluster < drawn_.clusters.size(); ++cluster) {
      std::vector<MemberSet> own;
      for (const MemberSet& members : truth_.classes) {
        if (members_[*members.begin()].cluster == cluster) own.push_back(members);
      }
      const auto minority = MinorityOf(own);
      if (!minority || !truth_.minority) {
        truth_.minority.reset();
      } else {
        truth_.minority->insert(minority->begin(), minority->end());
      }
    }
  }

  bool AllAtOneIndex() const {
    return std::ranges::all_of(members_, [&](const GivenMember& member) {
      return member.applied == members_.front().applied && member.has_rows() &&
             member.cluster == 0 && !member.same_file_as && !member.is_backup;
    });
  }

  // By the guilty rows of one bucket.
  void JudgeBuckets() {
    if (!AllAtOneIndex()) return;
    for (auto& [name, bucket] : truth_.buckets) {
      if (!bucket.must_differ) continue;
      std::vector<MemberSet> classes;
      for (size_t i = 0; i < members_.size(); ++i) {
        const auto own = std::ranges::find_if(classes, [&, this](const MemberSet& members) {
          const GivenMember& other = members_[*members.begin()];
          return std::ranges::all_of(
              TableDifferences(other.rows, members_[i].rows), [&, this](const RowName& row) {
                return row.bucket != name || IsInnocent(other, members_[i], row);
              });
        });
        if (own == classes.end()) {
          classes.push_back({i});
        } else {
          own->insert(i);
        }
      }
      bucket.minority = MinorityOf(classes);
    }
  }

  void FindFirst() {
    std::optional<Revision> first;
    for (const GivenMember& a : members_) {
      for (const GivenMember& b : members_) {
        if (!a.has_rows() || !b.has_rows() || a.cluster != b.cluster) continue;
        const auto difference = FirstKeyDifference(a.rows, b.rows);
        if (difference && (!first || *difference < *first)) first = difference;
        // Once the logs are applied, another may be the first.
        const auto rolled = FirstKeyDifference(a.rolled, b.rolled);
        if (rolled.has_value() != difference.has_value() || (rolled && *rolled != *difference)) {
          return;
        }
      }
    }
    if (!first) return;
    truth_.first = {.revision = *first};
    if (AllAtOneIndex()) truth_.first->minority = MinorityAt(*first);
  }

  std::optional<MemberSet> MinorityAt(Revision revision) const {
    std::map<std::string, MemberSet> by_row;
    for (size_t i = 0; i < members_.size(); ++i) {
      const Rows& rows = members_[i].rows;
      const auto comparable = Comparable(rows, CompactRevisionOf(rows), RevisionOf(rows));
      const auto row = comparable.find(revision);
      by_row[row == comparable.end() ? std::string() : row->second].insert(i);
    }
    std::vector<MemberSet> classes;
    for (auto& [row, members] : by_row) classes.push_back(std::move(members));
    return MinorityOf(classes);
  }

  std::set<int> ExitCodes() const {
    Relation worst = Relation::kSame;
    bool strangers = false;
    for (const auto& of_member : truth_.relations) {
      for (const Relation relation : of_member) {
        if (relation == Relation::kStrangers) {
          strangers = true;
        } else {
          worst = std::max(worst, relation);
        }
      }
    }
    std::set<int> codes;
    switch (worst) {
      case Relation::kSame: codes = {strangers ? 2 : 0}; break;
      case Relation::kPerhapsSame: codes = {0, 2}; break;
      case Relation::kUnknown: codes = {2}; break;
      case Relation::kPerhapsDifferent: codes = {1, 2}; break;
      default: codes = {1};
    }
    // What its own log says of a member may be asked, too.
    const bool asks_logs = drawn_.Asks("--audit") || drawn_.Asks("--best-member");
    const bool has_harmed_dir = std::ranges::any_of(
        members_, [](const GivenMember& member) { return member.has_log() && member.is_edited(); });
    if (asks_logs && has_harmed_dir) codes.insert(1);
    // What is suspect outweighs all else. Two files that are one, or two states of one node, are
    // not compared as if they were two members.
    if (drawn_.HasTwinForAnother() || drawn_.HasOldCopy()) codes = {1};
    const bool one_file = std::ranges::any_of(
        members_, [](const GivenMember& member) { return member.same_file_as.has_value(); });
    if (one_file) codes = worst == Relation::kSame ? std::set{2} : std::set{1, 2};
    if (one_file && drawn_.HasTwinForAnother()) codes = {1, 2};
    if (drawn_.Asks("--best-member") && !truth_.has_dirs) codes.insert(2);
    return codes;
  }

  const ClusterCase& drawn_;
  const std::vector<GivenMember>& members_;
  Truth truth_;
};

}  // namespace

bool Truth::CanBeMajority(const MemberSet& members) const {
  std::set<uint64_t> own, all(nodes.begin(), nodes.end());
  for (const size_t a : members) {
    own.insert(nodes[a]);
    for (const size_t b : members) {
      if (Of(a, b) >= Relation::kDifferent) return false;
    }
  }
  return own.size() * 2 > all.size();
}

Truth TruthOf(const ClusterCase& drawn) { return Judging(drawn).Run(); }

std::string NamesOf(const MemberSet& members, const ClusterCase& drawn) {
  std::string names;
  for (const size_t member : members) {
    names += (names.empty() ? "" : " ") + drawn.members[member].name;
  }
  return names.empty() ? "nobody" : names;
}

}  // namespace etcdf::reliability
