#include "compare/buckets.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <span>

#include "json/json.h"
#include "mvcc/schema.h"
#include "raft/message.h"

namespace etcdf::compare {
namespace {

// One member's rows of a bucket, in the order of their keys.
class BucketRows {
 public:
  BucketRows(const mvcc::Store& store, std::string_view bucket)
      : bucket_(store.database.Open(AsBytes(bucket))) {
    if (bucket_ == nullptr) return;
    cursor_ = bucket_->NewCursor(store.findings);
    has_row_ = cursor_->First();
  }

  bool has_row() const { return has_row_; }
  const backend::Row& row() const { return cursor_->row(); }
  void Advance() { has_row_ = cursor_->Next(); }
  bool IsAt(Bytes key) const { return has_row_ && Equal(row().key, key); }

 private:
  std::unique_ptr<backend::Bucket> bucket_;
  std::unique_ptr<backend::Cursor> cursor_;
  bool has_row_ = false;
};

bool Precedes(Bytes a, Bytes b) { return std::ranges::lexicographical_compare(a, b); }

using Sides = std::vector<RowDifference::Side>;

bool AllPresent(const Sides& sides) {
  return std::ranges::all_of(sides, [](const auto& side) { return side.present; });
}

// Whether all values agree in what `part` makes of each.
template <typename Part>
bool Agree(const Sides& sides, Part part) {
  const auto first = part(sides.front().value);
  return std::ranges::all_of(sides, [&](const auto& side) { return part(side.value) == first; });
}

// A user without the password, and the two halves of that, which is bcrypt's: "$2a$", the cost,
// "$", 22 characters of salt, 31 of the hash of both.
struct SaltedUser {
  std::string all_but_password;
  std::string_view salt;  // and all before it
  std::string_view hash;
};

// Nothing if it is no user with such a password.
std::optional<SaltedUser> SaltedUserOf(Bytes value, raft::Message& message) {
  constexpr uint32_t kPassword = 2;
  constexpr size_t kHashBytes = 31;
  constexpr size_t kPasswordBytes = 60;
  if (message.Parse(raft::UserSchema(), value) != raft::ParseVerdict::kAccepted) {
    return std::nullopt;
  }
  const std::string_view password = AsText(message.root().BytesOf(kPassword));
  if (!password.starts_with("$2") || password.size() != kPasswordBytes) return std::nullopt;
  // What stands before and behind the password in the stored bytes is all the rest.
  const std::string_view all = AsText(value);
  const auto at = static_cast<size_t>(password.data() - all.data());
  return SaltedUser{.all_but_password = std::string(all.substr(0, at)) +
                                        std::string(all.substr(at + kPasswordBytes)),
                    .salt = password.substr(0, kPasswordBytes - kHashBytes),
                    .hash = password.substr(kPasswordBytes - kHashBytes)};
}

// The scalars of a text of JSON as "name=value", whatever their order, without those whose
// outermost name is in `without`; nothing if it is not JSON.
std::optional<std::multiset<std::string>> ScalarsOf(
    Bytes json, std::initializer_list<std::string_view> without = {}) {
  std::multiset<std::string> scalars;
  const auto note = [&](std::span<const std::string> path, const json::Scalar& value) {
    if (path.empty() || std::ranges::find(without, path.front()) != without.end()) return;
    // What is false or empty may as well be left out, which versions do differently.
    if (!value.number && !value.is_true && value.text.empty()) return;
    std::string text;
    for (const std::string& name : path) text += name + "=";
    text += value.number ? std::to_string(*value.number) : value.is_true ? "true" : value.text;
    scalars.insert(std::move(text));
  };
  if (!json::Walk(AsText(json), note)) return std::nullopt;
  return scalars;
}

// Whether all values are such that `part` can be made of them, and agree in it.
template <typename Part>
bool AgreeReadably(const Sides& sides, Part part) {
  return AllPresent(sides) && part(sides.front().value).has_value() && Agree(sides, part);
}

Innocence InnocenceInMeta(const RowDifference& difference) {
  const std::string_view name = AsText(difference.key);
  if (name == mvcc::kScheduledCompactName || name == mvcc::kFinishedCompactName) {
    return Innocence::kCompaction;
  }
  // It is absent until 3.5 has applied a change of members.
  if (name != mvcc::kConfStateName || !AllPresent(difference.sides)) return Innocence::kOwn;
  const auto whole = [](Bytes value) { return ScalarsOf(value); };
  return AgreeReadably(difference.sides, whole) ? Innocence::kOrder : Innocence::kNone;
}

bool DifferInAttributesOnly(const Sides& sides) {
  return AgreeReadably(sides, [](Bytes value) { return ScalarsOf(value, {"name", "clientURLs"}); });
}

// With another salt all of the hash is another, and with the same one it is the same. Where only
// one of the two differs, bytes were changed.
bool DifferInSaltOnly(const Sides& sides) {
  raft::Message message;
  std::vector<SaltedUser> users;
  for (const RowDifference::Side& side : sides) {
    auto user = side.present ? SaltedUserOf(side.value, message) : std::nullopt;
    if (!user) return false;
    users.push_back(*std::move(user));
  }
  return std::ranges::all_of(users, [&](const SaltedUser& a) {
    return std::ranges::all_of(users, [&](const SaltedUser& b) {
      return a.all_but_password == b.all_but_password && (a.salt == b.salt) == (a.hash == b.hash);
    });
  });
}

bool DifferInRemainingTtlOnly(const Sides& sides) {
  return AgreeReadably(sides, [](Bytes value) {
    const auto lease = mvcc::DecodeLease(value);
    const bool is_possible = lease && lease->remaining_ttl_seconds >= 0 &&
                             lease->remaining_ttl_seconds <= lease->ttl_seconds;
    return is_possible ? std::optional(std::pair(lease->id, lease->ttl_seconds)) : std::nullopt;
  });
}

struct Judgement {
  Blame blame = Blame::kInnocent;
  Innocence innocence = Innocence::kNone;
  RowDoubt doubt = RowDoubt::kNone;
};

Judgement Innocent(Innocence reason) { return {.innocence = reason}; }

// What a restore writes anew (etcd v3.6.9, etcdutl/snapshot/v3_snapshot.go, saveDB and
// saveWALAndSnap).
bool IsRewrittenByRestore(std::string_view bucket) {
  return bucket == mvcc::kMetaBucket || bucket == mvcc::kMembersBucket ||
         bucket == mvcc::kMembersRemovedBucket || bucket == mvcc::kClusterBucket;
}

class Comparer {
 public:
  Comparer(std::span<const mvcc::Store> members, const Nodes& nodes, LagWitness& lag)
      : members_(members), nodes_(nodes), lag_(lag) {}

  BucketComparison Run(std::string name) {
    BucketComparison result{.name = std::move(name),
                            .parted = Pairs(members_.size()),
                            .unknown = Pairs(members_.size())};
    std::vector<BucketRows> rows;
    rows.reserve(members_.size());
    for (const mvcc::Store& member : members_) rows.emplace_back(member, result.name);
    while (const auto key = Lowest(rows)) {
      Sides sides(rows.size());
      for (size_t i = 0; i < rows.size(); ++i) {
        sides[i] = {.member = i, .present = rows[i].IsAt(*key), .value = {}};
        if (sides[i].present) sides[i].value = rows[i].row().value;
      }
      if (!AllPresent(sides) || !Agree(sides, AsText)) Record(*key, std::move(sides), result);
      for (BucketRows& stream : rows) {
        if (stream.IsAt(*key)) stream.Advance();
      }
    }
    std::ranges::stable_sort(result.differences, std::greater(), &RowDifference::blame);
    return result;
  }

 private:
  static std::optional<Bytes> Lowest(const std::vector<BucketRows>& rows) {
    std::optional<Bytes> lowest;
    for (const BucketRows& stream : rows) {
      if (!stream.has_row()) continue;
      if (!lowest || Precedes(stream.row().key, *lowest)) lowest = stream.row().key;
    }
    return lowest;
  }

  // Of two sides that are not the same.
  Judgement Judge(std::string_view bucket, Bytes key, const Sides& two) {
    if (bucket == mvcc::kMetaBucket) {
      const Innocence innocence = InnocenceInMeta({.key = key, .sides = two});
      if (innocence != Innocence::kNone) return Innocent(innocence);
    }
    const size_t a = two.front().member;
    const size_t b = two.back().member;
    if (IsRewrittenByRestore(bucket) && lag_.RestoredBetween(a, b)) {
      return Innocent(Innocence::kRestored);
    }
    if (bucket == mvcc::kLeaseBucket && DifferInRemainingTtlOnly(two) &&
        lag_.ReachesBetween(a, b)) {
      return Innocent(Innocence::kRemainingTtl);
    }
    if (bucket == mvcc::kMembersBucket && DifferInAttributesOnly(two)) {
      return Innocent(Innocence::kAttributes);
    }
    RowDoubt doubt = RowDoubt::kLag;
    if (bucket == mvcc::kAuthUsersBucket && DifferInSaltOnly(two)) {
      const LagWitness::Answer salted = lag_.Salts(key);
      if (salted == LagWitness::Answer::kYes) return Innocent(Innocence::kBcryptSalt);
      if (salted == LagWitness::Answer::kUnknown) doubt = RowDoubt::kSalt;
    }
    switch (lag_.Explains(bucket, key, two.front(), two.back())) {
      case LagWitness::Answer::kYes: return Innocent(Innocence::kLag);
      case LagWitness::Answer::kUnknown: return {.blame = Blame::kUnknown, .doubt = doubt};
      case LagWitness::Answer::kNo: break;
    }
    if (doubt == RowDoubt::kSalt) return {.blame = Blame::kUnknown, .doubt = doubt};
    return {.blame = Blame::kGuilty};
  }

  void JudgePairs(std::string_view bucket, RowDifference& difference, Pairs& guilty,
                  Pairs& unknown) {
    const Sides& sides = difference.sides;
    for (size_t b = 0; b < sides.size(); ++b) {
      for (size_t a = 0; a < b; ++a) {
        if (sides[a].present == sides[b].present && Equal(sides[a].value, sides[b].value)) continue;
        const Judgement judgement = Judge(bucket, difference.key, {sides[a], sides[b]});
        if (judgement.blame == Blame::kGuilty) guilty.Add(a, b);
        if (judgement.blame == Blame::kUnknown) unknown.Add(a, b);
        difference.blame = std::max(difference.blame, judgement.blame);
        if (difference.innocence == Innocence::kNone) difference.innocence = judgement.innocence;
        if (difference.doubt == RowDoubt::kNone) difference.doubt = judgement.doubt;
      }
    }
  }

  void Record(Bytes key, Sides sides, BucketComparison& result) {
    RowDifference difference{.key = key, .sides = std::move(sides)};
    Pairs guilty(members_.size());
    JudgePairs(result.name, difference, guilty, result.unknown);
    if (difference.blame == Blame::kGuilty) {
      ++result.rows_guilty;
      difference.minority = MinorityOf(guilty);
      for (size_t b = 0; b < members_.size(); ++b) {
        for (size_t a = 0; a < b; ++a) {
          if (guilty.Has(a, b)) result.parted.Add(a, b);
        }
      }
    }
    ++result.rows_differing;
    result.rows_unknown += difference.blame == Blame::kUnknown ? 1 : 0;
    constexpr BucketVerdict kVerdicts[] = {BucketVerdict::kBenign, BucketVerdict::kNotCompared,
                                           BucketVerdict::kDifferent};
    result.verdict = std::max(result.verdict, kVerdicts[static_cast<size_t>(difference.blame)]);
    // Innocent differences must not crowd out the others, nor doubts the guilty.
    constexpr size_t kRooms[] = {BucketComparison::kMaxDifferences / 3,
                                 BucketComparison::kMaxDifferences / 3 * 2,
                                 BucketComparison::kMaxDifferences};
    if (result.differences.size() < kRooms[static_cast<size_t>(difference.blame)]) {
      result.differences.push_back(std::move(difference));
    }
  }

  // Those who are not with the majority; who does not part from anybody in a group is of it.
  std::vector<size_t> MinorityOf(const Pairs& guilty) const {
    std::vector<int> group_of(members_.size());
    for (size_t i = 0; i < members_.size(); ++i) {
      group_of[i] = static_cast<int>(i);
      for (size_t j = 0; j < i; ++j) {
        if (group_of[j] != static_cast<int>(j) || guilty.Has(i, j)) continue;
        group_of[i] = static_cast<int>(j);
        break;
      }
    }
    const auto majority = nodes_.MajorityOf(group_of);
    std::vector<size_t> minority;
    for (size_t i = 0; majority && i < members_.size(); ++i) {
      if (group_of[i] != *majority) minority.push_back(i);
    }
    return minority;
  }

  std::span<const mvcc::Store> members_;
  const Nodes& nodes_;
  LagWitness& lag_;
};

}  // namespace

const char* InnocenceName(Innocence innocence) {
  switch (innocence) {
    case Innocence::kNone: return "";
    case Innocence::kOwn: return "own";
    case Innocence::kCompaction: return "compaction";
    case Innocence::kLag: return "lag";
    case Innocence::kBcryptSalt: return "bcrypt_salt";
    case Innocence::kRemainingTtl: return "remaining_ttl";
    case Innocence::kAttributes: return "attributes";
    case Innocence::kOrder: return "order";
    case Innocence::kRestored: return "restored";
  }
  return "";
}

const char* BucketVerdictName(BucketVerdict verdict) {
  switch (verdict) {
    case BucketVerdict::kSame: return "same";
    case BucketVerdict::kBenign: return "benign";
    case BucketVerdict::kNotCompared: return "not_compared";
    case BucketVerdict::kDifferent: return "different";
  }
  return "";
}

const char* RowDoubtName(RowDoubt doubt) {
  switch (doubt) {
    case RowDoubt::kNone: return "";
    case RowDoubt::kLag: return "lag";
    case RowDoubt::kSalt: return "salt";
  }
  return "";
}

std::vector<BucketComparison> CompareBuckets(std::span<const mvcc::Store> members,
                                             const Nodes& nodes, LagWitness& lag) {
  std::set<std::string> names;
  for (const mvcc::Store& member : members) {
    for (const Bytes name : member.database.bucket_names()) {
      if (AsText(name) != mvcc::kKeyBucket) names.emplace(AsText(name));
    }
  }
  Comparer comparer(members, nodes, lag);
  std::vector<BucketComparison> results;
  for (const std::string& name : names) results.push_back(comparer.Run(name));
  return results;
}

}  // namespace etcdf::compare
