#include "cluster/sums.h"

#include <algorithm>
#include <map>
#include <set>

#include "compare/row_stream.h"
#include "digest/sums.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::cluster {
namespace {

using digest::BucketSum;
using digest::DatabaseSums;
using digest::RangeSums;
using digest::Span;

SumVerdict VerdictOf(bool same) { return same ? SumVerdict::kSame : SumVerdict::kDifferent; }

// What is summed of a member once, whatever it is held against.
struct Summed {
  std::vector<BucketSum> buckets;
  RangeSums log;
};

Summed Sum(Member& member) {
  if (member.digest) return {.buckets = member.digest->database.buckets, .log = member.digest->log};
  Summed summed{.buckets = digest::SumBuckets(member.Store()), .log = {}};
  if (member.log) summed.log = digest::SumLog(*member.log);
  return summed;
}

// The history and the compacted state of `digest` against those of another member.
void CompareHistory(const DatabaseSums& digest, Member& other, SumsComparison& result) {
  const Span span = digest.history.span();
  const DatabaseSums sums =
      other.digest ? other.digest->database : digest::SumHistory(other.Store(), span);
  const Span other_span = sums.history.span();
  result.history = digest::Compare(digest.history, sums.history);
  result.state_revision = std::max(span.after, other_span.after);
  // Who has not come to that revision has no state as of it.
  const bool has_state = other.Facts().revision.value_or(0) >= result.state_revision;
  if (has_state && span.after == other_span.after) {
    result.state = VerdictOf(digest.compacted_state == sums.compacted_state);
  }
}

// Whether a row may differ for a reason of its own (compare::Innocence) that a sum cannot tell.
bool MayBeInnocent(const std::string& bucket) {
  return bucket == mvcc::kLeaseBucket || bucket == mvcc::kAuthUsersBucket ||
         bucket == mvcc::kMembersBucket;
}

bool AppliedTheSame(const Member& a, const Member& b) {
  const auto index = a.Facts().consistent_index;
  return index && index == b.Facts().consistent_index && !a.applied_is_least() &&
         !b.applied_is_least();
}

// Whether what each member notes of itself in `meta` is the same on both, as far as it is told.
bool NoteTheSame(const digest::Facts& a, const digest::Facts& b) {
  return a.consistent_index == b.consistent_index && a.term == b.term &&
         a.compact_revision == b.compact_revision;
}

SumVerdict Judge(const std::string& bucket, bool applied_the_same, bool note_the_same) {
  if (bucket == mvcc::kMetaBucket) {
    return note_the_same ? SumVerdict::kNotCompared : SumVerdict::kBenign;
  }
  const bool is_told = applied_the_same && !MayBeInnocent(bucket);
  return is_told ? SumVerdict::kDifferent : SumVerdict::kNotCompared;
}

void CompareBuckets(const Member& member_a, const std::vector<BucketSum>& a, const Member& member_b,
                    const std::vector<BucketSum>& b, SumsComparison& result) {
  const bool applied_the_same = AppliedTheSame(member_a, member_b);
  const bool note_the_same = NoteTheSame(member_a.Facts(), member_b.Facts());
  std::map<std::string, std::pair<BucketSum, BucketSum>> by_name;
  for (const BucketSum& sum : a) by_name[sum.name].first = sum;
  for (const BucketSum& sum : b) by_name[sum.name].second = sum;
  for (const auto& [name, sums] : by_name) {
    // One that is not there has no rows.
    const bool same = sums.first.rows == sums.second.rows && sums.first.sum == sums.second.sum;
    result.buckets.push_back(
        {.name = name,
         .verdict = same ? SumVerdict::kSame : Judge(name, applied_the_same, note_the_same)});
  }
}

void CompareLogs(const RangeSums& a, const RangeSums& b, uint64_t committed,
                 SumsComparison& result) {
  digest::Comparison comparison = digest::Compare(a, b);
  if (comparison.compared.empty()) return;
  const auto broken = std::ranges::find_if(
      comparison.differing, [&](const Span& range) { return range.until <= committed; });
  if (broken != comparison.differing.end()) result.broken_promise = *broken;
  result.log = std::move(comparison);
}

RowsInRanges ReadRows(size_t index, Member& member, const std::vector<Span>& ranges) {
  RowsInRanges result{.member = index, .rows = {}};
  mvcc::UnheardFindings unheard;  // whoever summed the rows has reported them
  compare::RowStream stream(index, member.Store().database, unheard);
  for (const Span& range : ranges) {
    // A range lies within the database's own revisions, which are no more than INT64_MAX.
    const auto last = static_cast<int64_t>(range.until);
    for (stream.SeekOwn(static_cast<int64_t>(range.after + 1));
         stream.has_row() && stream.own().revision.main <= last; stream.Advance()) {
      if (result.rows.size() == RowsInRanges::kMaxRows) {
        result.more = true;
        return result;
      }
      result.rows.push_back(stream.Side());
    }
  }
  return result;
}

// All that is in one of the ranges, as ranges that do not overlap.
std::vector<Span> Merged(std::vector<Span> ranges) {
  std::ranges::sort(ranges, {}, &Span::after);
  std::vector<Span> merged;
  for (const Span& range : ranges) {
    if (!merged.empty() && range.after <= merged.back().until) {
      merged.back().until = std::max(merged.back().until, range.until);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

bool HasSums(const Member& member) { return member.digest || member.has_database(); }

}  // namespace

const char* SumVerdictName(SumVerdict verdict) {
  switch (verdict) {
    case SumVerdict::kSame: return "same";
    case SumVerdict::kBenign: return "benign";
    case SumVerdict::kDifferent: return "different";
    case SumVerdict::kNotCompared: return "not_compared";
  }
  return "";
}

Relation SumsComparison::keys() const {
  if (!history.differing.empty() || state == SumVerdict::kDifferent) return Relation::kDifferent;
  return state == SumVerdict::kSame ? Relation::kSame : Relation::kUnknown;
}

SumsResult CompareSums(const std::vector<Member*>& members) {
  SumsResult result;
  if (std::ranges::none_of(members,
                           [](const auto& member) { return member->digest.has_value(); })) {
    return result;
  }
  std::vector<Summed> summed(members.size());
  for (size_t i = 0; i < members.size(); ++i) {
    if (HasSums(*members[i])) summed[i] = Sum(*members[i]);
  }
  std::map<size_t, std::vector<Span>> differing;
  for (size_t b = 0; b < members.size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (!HasSums(*members[a]) || !HasSums(*members[b])) continue;
      const size_t digest = members[a]->digest ? a : b;
      const size_t other = a + b - digest;
      if (!members[digest]->digest) continue;
      SumsComparison pair{.a = a, .b = b};
      CompareHistory(members[digest]->digest->database, *members[other], pair);
      CompareBuckets(*members[a], summed[a].buckets, *members[b], summed[b].buckets, pair);
      CompareLogs(summed[a].log, summed[b].log,
                  std::min(members[a]->committed(), members[b]->committed()), pair);
      if (members[other]->has_database()) {
        std::ranges::copy(pair.history.differing, std::back_inserter(differing[other]));
      }
      result.pairs.push_back(std::move(pair));
    }
  }
  for (auto& [member, ranges] : differing) {
    if (ranges.empty()) continue;
    result.rows.push_back(ReadRows(member, *members[member], Merged(std::move(ranges))));
  }
  return result;
}

}  // namespace etcdf::cluster
