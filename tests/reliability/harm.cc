#include "tests/reliability/harm.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "apply/compare.h"
#include "apply/stored_row.h"
#include "mvcc/key_row.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "raft/payload.h"
#include "wire/writer.h"

namespace etcdf::reliability {
namespace {

using apply::StoredRow;

constexpr auto kNames = std::to_array<std::string_view>({"skip", "skip_range", "double_range",
                                                         "unlogged", "changed_value", "removed_row",
                                                         "two_skips", "skip_and_double"});
static_assert(kNames.size() == kHarmKinds);

constexpr uint64_t kRangeMax = 25;
// Room behind the first of two edits, in entries that write keys: both fit, with one between them.
constexpr uint64_t kRoom = 2 * kRangeMax + 2;

class Drawing {
 public:
  Drawing(const Member& member, std::span<const uint64_t> writing, std::mt19937_64& dice)
      : member_(member), writing_(writing), dice_(dice) {}

  Harm Draw(HarmKind kind) {
    const size_t writing = writing_.size();
    switch (kind) {
      case HarmKind::kSkip: return {kind, {Skip(Below(writing))}};
      case HarmKind::kSkipRange: return {kind, {Range(Edit::What::kSkip, Below(writing - 1), 2)}};
      case HarmKind::kDoubleRange: return {kind, {Range(Edit::What::kDouble, Below(writing), 1)}};
      case HarmKind::kUnlogged: return {kind, {Unlogged()}};
      case HarmKind::kChangedValue: return {kind, {Altered(Edit::What::kChangeValue)}};
      case HarmKind::kRemovedRow: return {kind, {Altered(Edit::What::kRemoveRow)}};
      case HarmKind::kTwoSkips: {
        const size_t first = Below(writing - 2);
        return {kind, {Skip(first), Skip(first + 2 + Below(writing - first - 2))}};
      }
      case HarmKind::kSkipAndDouble: return {kind, SkipAndDouble()};
    }
    return {};
  }

 private:
  uint64_t Below(uint64_t limit) { return dice_() % limit; }

  // The number of the entry among those that write keys.
  Edit Skip(size_t at) {
    const uint64_t index = writing_[at];
    return {.what = Edit::What::kSkip, .index_first = index, .index_last = index};
  }

  // At least `count_min` entries that write keys, at most kRangeMax entries, from the one with that
  // number; where there are not so many, those before it.
  Edit Range(Edit::What what, size_t at, size_t count_min) {
    for (;; at = at == 0 ? Below(writing_.size() - 1) : at - 1) {
      size_t count = 1;
      while (at + count < writing_.size() && writing_[at + count] - writing_[at] < kRangeMax)
        ++count;
      if (count < count_min) continue;
      const size_t last = at + count_min - 1 + Below(count - count_min + 1);
      return {.what = what, .index_first = writing_[at], .index_last = writing_[last]};
    }
  }

  std::vector<Edit> SkipAndDouble() {
    const size_t first = Below(writing_.size() - kRoom);
    const auto number_of = [&](uint64_t index) {
      return static_cast<size_t>(std::ranges::lower_bound(writing_, index) - writing_.begin());
    };
    const auto second = [&](const Edit& edit) {
      const size_t from = number_of(edit.index_last) + 2;
      return from + Below(writing_.size() - from);
    };
    if (Below(2) == 0) {
      const Edit skip = Skip(first);
      return {skip, Range(Edit::What::kDouble, second(skip), 1)};
    }
    const Edit range = Range(Edit::What::kDouble, first, 1);
    return {range, Skip(second(range))};
  }

  Edit Unlogged() {
    const uint64_t index = 1 + writing_[Below(writing_.size())];
    Edit edit{.what = Edit::What::kUnlogged, .index_first = index, .index_last = index};
    edit.key = Below(2) == 0 ? "unlogged/" + std::to_string(Below(1000)) : KnownKey();
    edit.value = "nobody wrote this: " + std::to_string(dice_());
    return edit;
  }

  // A key that others write, too: their versions, compares and deletes then show the write.
  std::string KnownKey() {
    const mvcc::Store& store = member_.database();
    const auto bucket = store.database.Open(AsBytes(mvcc::kKeyBucket));
    const auto cursor = bucket->NewCursor(store.findings);
    const auto revision =
        static_cast<int64_t>(Below(static_cast<uint64_t>(mvcc::ReadStatus(store).revision) + 1));
    cursor->Seek(AsBytes(apply::EncodeRowKey({.revision = {.main = revision}})));
    const auto row = mvcc::DecodeKeyRow(cursor->row(), store.file, store.findings);
    return row ? std::string(AsText(row->kv.key)) : "known/0";
  }

  Edit Altered(Edit::What what) {
    Edit edit = Skip(Below(writing_.size()));
    edit.what = what;
    edit.row = Below(8);
    edit.value = "changed on the disk: " + std::to_string(dice_());
    return edit;
  }

  const Member& member_;
  std::span<const uint64_t> writing_;  // the entries to choose from
  std::mt19937_64& dice_;
};

// Applies the member's log with the edits.
class Replay {
 public:
  Replay(const Member& member, const Harm& harm)
      : member_(member), harm_(harm), effects_(harm.edits.size()), store_(member.rules()) {}

  void Run(uint64_t until) {
    const auto entries = member_.entries();
    for (const wire::Entry& entry : entries.first(std::min(entries.size(), until))) Take(entry);
    if (until >= entries.size()) Force(entries.size() + 1);
  }

  const apply::MemberStore& store() const { return store_; }
  const std::vector<Effect>& effects() const { return effects_; }

 private:
  template <typename Do>
  void ForEachEdit(Edit::What what, Do act) {
    for (size_t i = 0; i < harm_.edits.size(); ++i) {
      if (harm_.edits[i].what == what) act(harm_.edits[i], effects_[i]);
    }
  }

  static void Note(Effect& effect, uint64_t index, int64_t revisions) {
    if (effect.index_first == 0) effect.index_first = index;
    effect.index_last = index;
    effect.revisions += revisions;
  }

  void Take(const wire::Entry& entry) {
    Force(entry.index);
    if (IsSkipped(entry)) return;
    const auto rows = store_.Apply(entry).rows;
    for (const auto what : {Edit::What::kChangeValue, Edit::What::kRemoveRow}) {
      ForEachEdit(what, [&](const Edit& edit, Effect& effect) {
        if (edit.index_first != entry.index || rows.empty()) return;
        const StoredRow& row = rows[edit.row % rows.size()];
        if (row.tombstone && what == Edit::What::kChangeValue) return;
        Note(effect, entry.index, 0);
        effect.revision = row.revision;
      });
    }
    ForEachEdit(Edit::What::kDouble, [&](const Edit& edit, Effect& effect) {
      if (edit.index_last == entry.index) ApplyAgain(edit, effect);
    });
  }

  void Force(uint64_t index) {
    ForEachEdit(Edit::What::kUnlogged, [&](const Edit& edit, Effect& effect) {
      if (edit.index_first != index) return;
      Note(effect, index, 1);
      effect.revision = {.main = store_.keys().current_revision() + 1};
      const StoredRow* const before = store_.keys().Find(AsBytes(edit.key));
      const StoredRow row{
          .revision = effect.revision,
          .key = AsBytes(edit.key),
          .value = AsBytes(edit.value),
          .create_revision = before != nullptr ? before->create_revision : effect.revision.main,
          .version = before != nullptr ? before->version + 1 : 1};
      store_.Force({&row, 1});
    });
  }

  bool IsSkipped(const wire::Entry& entry) {
    bool skipped = false;
    ForEachEdit(Edit::What::kSkip, [&](const Edit& edit, Effect& effect) {
      if (entry.index < edit.index_first || entry.index > edit.index_last) return;
      skipped = true;
      const auto mark = store_.mark();
      if (!store_.Apply(entry).rows.empty()) Note(effect, entry.index, -1);
      store_.RollBack(mark);
    });
    return skipped;
  }

  void ApplyAgain(const Edit& edit, Effect& effect) {
    effect.revision = {.main = store_.keys().current_revision() + 1};
    for (uint64_t index = edit.index_first; index <= edit.index_last; ++index) {
      if (!store_.Apply(member_.entries()[index - 1]).rows.empty()) Note(effect, index, 1);
    }
  }

  const Member& member_;
  const Harm& harm_;
  std::vector<Effect> effects_;
  apply::MemberStore store_;
};

// Makes the database of what the replay left, and of the rows that no log tells of.
class Rows {
 public:
  Rows(const Member& member, const Harm& harm, const Replay& replay, uint64_t until)
      : member_(member), harm_(harm), replay_(replay), until_(until) {}

  testing::MemoryDatabase Make() {
    CopyMeta();
    PutKeys();
    for (size_t i = 0; i < apply::kTables; ++i) PutTable(static_cast<apply::Table>(i));
    return std::move(made_);
  }

 private:
  void CopyMeta() {
    const auto bucket = member_.database().database.Open(AsBytes(mvcc::kMetaBucket));
    const auto cursor = bucket->NewCursor(member_.database().findings);
    for (bool more = cursor->First(); more; more = cursor->Next()) {
      made_.Put(mvcc::kMetaBucket, AsText(cursor->row().key), AsText(cursor->row().value));
    }
    const int64_t compact = replay_.store().keys().compact_revision();
    for (const std::string_view name : {mvcc::kScheduledCompactName, mvcc::kFinishedCompactName}) {
      made_.Erase(mvcc::kMetaBucket, name);
      const StoredRow row{.revision = {.main = compact}};
      if (compact >= 0) made_.Put(mvcc::kMetaBucket, name, apply::EncodeRowKey(row));
    }
    if (until_ >= member_.entries().size()) return;
    made_.Erase(mvcc::kMetaBucket, mvcc::kConsistentIndexName);
    std::string index;
    wire::AppendBe64(index, until_);
    made_.Put(mvcc::kMetaBucket, mvcc::kConsistentIndexName, index);
  }

  void PutKeys() {
    replay_.store().ForEachRow([&](const StoredRow& stored) {
      StoredRow row = stored;
      if (!Alter(row)) return;
      made_.Put(mvcc::kKeyBucket, apply::EncodeRowKey(row), apply::EncodeRowValue(row));
    });
  }

  // False if the row is removed.
  bool Alter(StoredRow& row) const {
    for (size_t i = 0; i < harm_.edits.size(); ++i) {
      const Edit& edit = harm_.edits[i];
      if (replay_.effects()[i].revision != row.revision) continue;
      if (edit.what == Edit::What::kRemoveRow) return false;
      if (edit.what == Edit::What::kChangeValue) row.value = AsBytes(edit.value);
    }
    return true;
  }

  void PutTable(apply::Table table) {
    if (table == apply::Table::kKnownMembers) return;
    const std::string_view bucket = apply::BucketOf(table);
    if (table != apply::Table::kConfState) {
      // Makes the bucket, which etcd has from its first start on.
      made_.Put(bucket, "x", "");
      made_.Erase(bucket, "x");
    }
    for (const auto& [key, row] : replay_.store().tables().rows(table)) {
      const auto stored =
          mvcc::FindRow(member_.database().database, bucket, key, member_.database().findings);
      const bool is_known = row.reproducible || !stored;
      made_.Put(bucket, key, is_known ? std::string_view(row.value) : AsText(*stored));
    }
  }

  const Member& member_;
  const Harm& harm_;
  const Replay& replay_;
  uint64_t until_;
  testing::MemoryDatabase made_;
};

}  // namespace

std::string_view HarmKindName(HarmKind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<HarmKind> ParseHarmKind(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<HarmKind>(found - kNames.begin());
}

Harm DrawHarm(const Member& member, HarmKind kind, Where where, std::mt19937_64& dice) {
  std::span<const uint64_t> writing = member.writing();
  if (where == Where::kAboveCompaction) {
    // The first entry that writes keys makes revision 2, and each one revision.
    const int64_t compact = mvcc::ReadStatus(member.database()).CompactRevision();
    writing = writing.subspan(static_cast<size_t>(std::max<int64_t>(compact - 1, 0)));
  }
  return Drawing(member, writing, dice).Draw(kind);
}

bool SameKeys(const backend::Database& a, const backend::Database& b) {
  FindingList findings;
  const auto bucket_a = a.Open(AsBytes(mvcc::kKeyBucket));
  const auto bucket_b = b.Open(AsBytes(mvcc::kKeyBucket));
  const auto cursor_a = bucket_a->NewCursor(findings);
  const auto cursor_b = bucket_b->NewCursor(findings);
  bool more_a = cursor_a->First(), more_b = cursor_b->First();
  while (more_a && more_b) {
    if (!Equal(cursor_a->row().key, cursor_b->row().key) ||
        !Equal(cursor_a->row().value, cursor_b->row().value)) {
      return false;
    }
    more_a = cursor_a->Next();
    more_b = cursor_b->Next();
  }
  return more_a == more_b;
}

bool HarmedMember::has_happened() const {
  return std::ranges::all_of(effects, [](const Effect& effect) { return effect.index_first != 0; });
}

bool HarmedMember::Holds(const mvcc::Revision& revision) const {
  FindingList findings;
  const std::string key = apply::EncodeRowKey({.revision = revision});
  const auto bucket = database.Open(AsBytes(mvcc::kKeyBucket));
  const auto cursor = bucket->NewCursor(findings);
  return cursor->Seek(AsBytes(key)) && AsText(cursor->row().key).starts_with(key);
}

bool HarmedMember::HoldsAnyOf(int64_t first, int64_t last) const {
  FindingList findings;
  const std::string begin = apply::EncodeRowKey({.revision = {.main = first}});
  const std::string end = apply::EncodeRowKey({.revision = {.main = last + 1}});
  const auto bucket = database.Open(AsBytes(mvcc::kKeyBucket));
  const auto cursor = bucket->NewCursor(findings);
  return cursor->Seek(AsBytes(begin)) && AsText(cursor->row().key) < end;
}

DrawnHarm DrawAndDo(const Member& member, HarmKind kind, Where where, uint64_t seed) {
  std::mt19937_64 dice(seed);
  for (;;) {
    DrawnHarm drawn{.harm = DrawHarm(member, kind, where, dice), .harmed = {}};
    drawn.harmed = DoHarm(member, drawn.harm);
    if (drawn.harmed.has_happened()) return drawn;
  }
}

std::optional<uint64_t> LastBeforeCompaction(const Member& member, const HarmedMember& harmed) {
  constexpr uint32_t kCompaction = 7;  // field of InternalRaftRequest
  uint64_t last = 0;
  for (const Effect& effect : harmed.effects) last = std::max(last, effect.index_last);
  raft::Payload payload;
  for (const wire::Entry& entry : member.entries()) {
    if (entry.index <= last || entry.type != wire::EntryType::kNormal) continue;
    payload.Decode(entry.data);
    if (payload.request_number() == kCompaction) return entry.index - 1;
  }
  return std::nullopt;
}

HarmedMember DoHarm(const Member& member, const Harm& harm, uint64_t until) {
  Replay replay(member, harm);
  replay.Run(until);
  HarmedMember harmed;
  harmed.database = Rows(member, harm, replay, until).Make();
  harmed.effects = replay.effects();
  harmed.is_visible = !SameKeys(member.database().database, harmed.database);
  return harmed;
}

}  // namespace etcdf::reliability
