#include "compare/buckets.h"

#include <algorithm>
#include <array>
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

class Comparer {
 public:
  explicit Comparer(std::span<const BucketInput> members) : members_(members) {
    const auto same_index = [&](const BucketInput& m) {
      return m.applied == members.front().applied && !m.applied_is_least;
    };
    lag_ = !std::ranges::all_of(members, same_index);
  }

  BucketComparison Run(std::string name) const {
    BucketComparison result{.name = std::move(name)};
    std::vector<BucketRows> rows;
    rows.reserve(members_.size());
    for (const BucketInput& member : members_) rows.emplace_back(member.store, result.name);
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
    std::ranges::stable_partition(result.differences, [](const RowDifference& difference) {
      return difference.innocence == Innocence::kNone;
    });
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

  Innocence InnocenceOf(std::string_view bucket, const RowDifference& difference) const {
    const Sides& sides = difference.sides;
    const Innocence otherwise = lag_ ? Innocence::kLag : Innocence::kNone;
    if (bucket == mvcc::kMetaBucket) {
      const Innocence innocence = InnocenceInMeta(difference);
      return innocence == Innocence::kNone ? otherwise : innocence;
    }
    if (bucket == mvcc::kAuthUsersBucket && DifferInSaltOnly(sides)) return Innocence::kBcryptSalt;
    if (bucket == mvcc::kLeaseBucket && DifferInRemainingTtlOnly(sides)) {
      return Innocence::kRemainingTtl;
    }
    if (bucket == mvcc::kMembersBucket && DifferInAttributesOnly(sides)) {
      return Innocence::kAttributes;
    }
    return otherwise;
  }

  void Record(Bytes key, Sides sides, BucketComparison& result) const {
    RowDifference difference{.key = key, .sides = std::move(sides)};
    difference.innocence = InnocenceOf(result.name, difference);
    ++result.rows_differing;
    const bool guilty = difference.innocence == Innocence::kNone;
    if (guilty && result.rows_guilty++ == 0) result.minority = MinorityOf(difference.sides);
    result.verdict =
        std::max(result.verdict, guilty ? BucketVerdict::kDifferent : BucketVerdict::kBenign);
    // Innocent differences must not crowd out the others.
    const size_t room = BucketComparison::kMaxDifferences / (guilty ? 1 : 2);
    if (result.differences.size() < room) result.differences.push_back(std::move(difference));
  }

  static std::vector<size_t> MinorityOf(const Sides& sides) {
    const auto same = [](const auto& a, const auto& b) {
      return a.present == b.present && Equal(a.value, b.value);
    };
    for (const auto& candidate : sides) {
      std::vector<size_t> others;
      for (const auto& side : sides) {
        if (!same(candidate, side)) others.push_back(side.member);
      }
      if (others.size() * 2 < sides.size()) return others;
    }
    return {};
  }

  std::span<const BucketInput> members_;
  bool lag_ = false;
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
  }
  return "";
}

const char* BucketVerdictName(BucketVerdict verdict) {
  switch (verdict) {
    case BucketVerdict::kSame: return "same";
    case BucketVerdict::kBenign: return "benign";
    case BucketVerdict::kDifferent: return "different";
  }
  return "";
}

std::vector<BucketComparison> CompareBuckets(std::span<const BucketInput> members) {
  std::set<std::string> names;
  for (const BucketInput& member : members) {
    for (const Bytes name : member.store.database.bucket_names()) {
      if (AsText(name) != mvcc::kKeyBucket) names.emplace(AsText(name));
    }
  }
  const Comparer comparer(members);
  std::vector<BucketComparison> results;
  for (const std::string& name : names) results.push_back(comparer.Run(name));
  return results;
}

}  // namespace etcdf::compare
