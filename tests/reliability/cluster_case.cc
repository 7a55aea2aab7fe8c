#include "tests/reliability/cluster_case.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>

#include "apply/stored_row.h"
#include "mvcc/schema.h"
#include "testing/proto_writer.h"
#include "tests/reliability/tool_run.h"
#include "wire/writer.h"

namespace etcdf::reliability {
namespace {

namespace fs = std::filesystem;
using testing::ProtoWriter;

constexpr size_t kMembersMin = 2;
constexpr size_t kMembersMax = 7;

std::string Be64(uint64_t number) {
  std::string bytes;
  wire::AppendBe64(bytes, number);
  return bytes;
}

// Which member has which form of a row: 0 is what the log makes of it.
using Variants = std::vector<size_t>;

class Builder {
 public:
  Builder(std::string_view kind, const ClusterBase& base, Dice& dice) : dice_(dice) {
    case_.kind = kind;
    case_.base = &base;
  }

  Dice& dice() { return dice_; }
  ClusterCase& drawn() { return case_; }
  std::vector<GivenMember>& members() { return case_.members; }
  const ClusterLog& log(size_t cluster = 0) const { return case_.clusters[cluster]; }
  bool Chance(uint64_t of_100) { return dice_.Below(100) < of_100; }

  void Did(std::string what) { case_.did.push_back(std::move(what)); }

  size_t DrawCount(size_t least = kMembersMin) {
    return least + dice_.Below(kMembersMax - least + 1);
  }

  // Members of one cluster that have all applied all; `absent` of its founders are not given.
  void Found(size_t count, size_t absent = 0) {
    const size_t cluster = case_.clusters.size();
    case_.clusters.push_back(MakeClusterLog(*case_.base->member, count + absent, dice_));
    for (size_t i = 0; i < count; ++i) Add(cluster, i);
  }

  GivenMember& Add(size_t cluster, size_t node) {
    const ClusterLog& log = case_.clusters[cluster];
    GivenMember& member = case_.members.emplace_back();
    member.name = "m" + std::to_string(case_.members.size());
    member.cluster = cluster;
    member.log = {.node = log.nodes[node], .last = log.last(), .commit = log.last()};
    member.applied = log.last();
    member.salt = dice_.Below(UINT64_MAX);
    return member;
  }

  // All data dirs, all databases, or any mixture.
  void DrawForms(size_t of) {
    const uint64_t what = dice_.Below(10);
    for (GivenMember& member : case_.members) {
      if (what < 5) continue;
      member.form = what < 7 ? Form::kDatabase : static_cast<Form>(dice_.Below(of));
    }
  }

  // Members of which one must remain a data dir.
  void DrawFormsOfDirs(size_t of) {
    for (GivenMember& member : case_.members) {
      const bool is_first = &member == &case_.members.front();
      if (!is_first && !member.is_backup && Chance(20)) {
        member.form = static_cast<Form>(dice_.Below(of));
      }
    }
  }

  void DrawOptions() {
    const auto add = [this](uint64_t of_100, const char* option) {
      if (Chance(of_100)) case_.options.emplace_back(option);
    };
    add(30, "--best-member");
    add(20, "--roll-forward");
    add(5, "--audit");
    add(15, "--all");
  }

  Variants DrawVariants() {
    const size_t count = members().size();
    Variants variants(count, 0);
    switch (dice_.Below(4)) {
      case 0: variants[dice_.Below(count)] = 1; break;
      case 1:
        for (size_t i = 0; i < std::max<size_t>(1, (count - 1) / 2); ++i) {
          variants[dice_.Below(count)] = 1;
        }
        break;
      case 2: {  // as many as half of them the same, and each of the others another way
        std::vector<size_t> order(count);
        std::iota(order.begin(), order.end(), size_t{0});
        for (size_t i = count; i > 1; --i) std::swap(order[i - 1], order[dice_.Below(i)]);
        for (size_t i = (count + 1) / 2; i < count; ++i)
          variants[order[i]] = i - (count + 1) / 2 + 1;
        break;
      }
      default:
        for (size_t& variant : variants) variant = dice_.Below(3);
    }
    for (size_t i = 0; i < count; ++i) {
      if (members()[i].cluster > 0 || members()[i].same_file_as) variants[i] = 0;
    }
    if (std::ranges::all_of(variants, [](size_t v) { return v == 0; })) variants.front() = 1;
    return variants;
  }

  // A difference in bucket `key`, at an entry whose rows no compaction removes.
  void DifferInKeys() {
    const Variants variants = DrawVariants();
    const uint64_t index = DrawWriting();
    if (index == 0) return;
    std::vector<KeyEdit> edits;
    for (size_t i = 0; i < 1 + std::ranges::max(variants); ++i) edits.push_back(DrawEdit(index, i));
    for (size_t i = 0; i < variants.size(); ++i) {
      GivenMember& member = members()[i];
      const bool has_one =
          std::ranges::find(member.key_edits, index, &KeyEdit::index) != member.key_edits.end();
      if (variants[i] == 0 || has_one) continue;
      member.key_edits.push_back(edits[variants[i]]);
      Did(member.name + ": entry " + std::to_string(index) + " " +
          std::string(kEditNames[static_cast<size_t>(edits[variants[i]].what)]) + " (" +
          std::to_string(variants[i]) + ")");
    }
  }

  // A difference in another bucket. `extra_only`: a row more, which no entry explains.
  void DifferInTables(bool extra_only) {
    const Variants variants = DrawVariants();
    std::vector<TableEdit> edits;
    while (edits.empty()) edits = DrawTableEdits(std::ranges::max(variants), extra_only);
    for (size_t i = 0; i < variants.size(); ++i) {
      if (variants[i] == 0 || variants[i] > edits.size()) continue;
      const TableEdit& edit = edits[variants[i] - 1];
      const bool has_one = std::ranges::any_of(members()[i].table_edits, [&](const TableEdit& e) {
        return e.bucket == edit.bucket && e.key == edit.key;
      });
      if (has_one) continue;
      members()[i].table_edits.push_back(edit);
      // What an alarm refuses once the logs are applied depends on where each member stands.
      const bool is_last = extra_only && edit.bucket == mvcc::kAlarmBucket;
      Did(members()[i].name + ": bucket " + edit.bucket + " row of " +
          std::to_string(edit.key.size()) + " bytes " + (edit.value ? "set" : "removed") + " (" +
          std::to_string(variants[i]) + ")");
      if (is_last) return;
    }
  }

  // A difference in a row of bucket `key` that came to it later, on the disk.
  void RotKeys() {
    const Variants variants = DrawVariants();
    const auto& [key, row] = AnyOf(Sound().at(std::string(mvcc::kKeyBucket)), dice_);
    for (size_t i = 0; i < variants.size(); ++i) {
      GivenMember& member = members()[i];
      if (variants[i] == 0 || member.applied < log().last()) continue;
      const bool is_removed = variants[i] == 1 && Chance(30);
      auto value = WithValue(key, row, "rotten " + std::to_string(variants[i]));
      if (!value) continue;
      member.table_edits.push_back({.bucket = std::string(mvcc::kKeyBucket), .key = key});
      if (!is_removed) member.table_edits.back().value = *std::move(value);
      Did(member.name + ": row of revision " + std::to_string(LoadBe64(AsBytes(key).data())) +
          (is_removed ? " removed" : " has another value (" + std::to_string(variants[i]) + ")"));
    }
  }

  // Each member hashed a user's password by itself, as etcd up to 3.4 does.
  void SaltUsers() {
    const auto users = Sound().find(mvcc::kAuthUsersBucket);
    for (const auto& [name, row] : users->second) {
      if (row.find("$2a$") == row.npos) continue;
      const Variants variants = DrawVariants();
      for (size_t i = 0; i < variants.size(); ++i) {
        if (variants[i] == 0) continue;
        const std::string hash = PasswordHash(variants[i] * 77, variants[i] * 99);
        members()[i].table_edits.push_back({.bucket = std::string(mvcc::kAuthUsersBucket),
                                            .key = name,
                                            .value = WithPassword(row, hash)});
        Did(members()[i].name + ": password of " + name + " salted (" +
            std::to_string(variants[i]) + ")");
      }
    }
  }

  // Some are not done with their last compaction.
  void LeaveCompactions() {
    const int64_t until = CompactRevisionOf(Sound());
    for (GivenMember& member : members()) {
      if (until == 0 || !Chance(60)) continue;
      member.compacting_at = static_cast<int64_t>(dice_.Below(static_cast<uint64_t>(until) + 1));
      Did(member.name + ": compaction to " + std::to_string(until) + " has come to " +
          std::to_string(*member.compacting_at));
    }
  }

  void RaiseAlarms() {
    for (uint64_t alarms = 1 + dice_.Below(2); alarms > 0; --alarms) {
      const uint64_t node = dice_.OneOf(case_.clusters.front().nodes);
      const uint64_t alarm = 1 + dice_.Below(2);
      case_.clusters.front().Append(AlarmRequest(node, alarm));
      Did("alarm " + std::to_string(alarm) + " of " + HexOf(node));
    }
  }

  // Members are added to a cluster that a backup was restored to.
  void FoundRestored(size_t count) {
    const ClusterLog before = MakeClusterLog(*case_.base->member, 1, dice_);
    const uint64_t least = before.last() / 2;
    const Restoration how{.until = least + dice_.Below(before.last() - least + 1),
                          .nodes = count,
                          .runs_on = Chance(60),
                          .by_v2 = !case_.base->rules.gates_follow_alarms};
    Restored restored = RestoreBackup(before, how, dice_);
    case_.clusters.push_back(std::move(restored.log));
    case_.backup = std::move(restored.backup);
    for (size_t i = 0; i < count; ++i) Add(0, i).log.is_restored = true;
    Did("restored from a backup as of entry " + std::to_string(how.until) +
        (how.runs_on ? ", and ran on" : ""));
  }

  // The database of the backup that the cluster was restored from.
  void FoundBackup() {
    GivenMember& backup = Add(0, 0);
    backup.form = Form::kDatabase;
    backup.is_backup = true;
    backup.applied = backup.log.last = 0;
    Did(backup.name + ": the backup");
  }

  // All that the member wrote down after some entry is gone. Its own requests went on.
  void PutBack(GivenMember& member) {
    constexpr uint64_t kOwnLost = 40;  // entries, most of which it proposed
    const uint64_t founders = log().founders();
    const uint64_t end = member.applied - kOwnLost;
    member.applied = founders + 20 + dice_.Below(end - founders - 20);
    member.log.last = member.log.commit = member.applied;
    Did(member.name + ": put back to entry " + std::to_string(member.applied));
  }

  // The cluster's members again, of other nodes.
  void FoundStrangers(size_t count) {
    const size_t cluster = case_.clusters.size();
    case_.clusters.push_back(RenameNodes(MakeClusterLog(*case_.base->member, count, dice_), dice_));
    for (size_t i = 0; i < count; ++i) Add(cluster, i);
    Did(std::to_string(count) + " strangers");
  }

  // The member's database, or its log, too, ends before the others'.
  void Lag(GivenMember& member, bool log_too) {
    const ClusterLog& log = case_.clusters[member.cluster];
    const uint64_t first = log.last() / 3;
    member.applied = first + dice_.Below(log.last() - first);
    if (log_too) {
      member.log.last = member.applied + dice_.Below(3);
      member.log.last = std::min(member.log.last, log.last());
      member.log.commit = member.applied + dice_.Below(member.log.last - member.applied + 1);
    }
    Did(member.name + ": applied up to " + std::to_string(member.applied) + ", log up to " +
        std::to_string(member.log.last));
  }

  bool IsProposer(const GivenMember& member) const {
    const auto& proposers = case_.clusters[member.cluster].proposers;
    return std::ranges::find(proposers, member.log.node) != proposers.end();
  }

  void DrawShapes() {
    for (GivenMember& member : case_.members) {
      if (Chance(30)) member.log.zeros = 4096 * (1 + dice_.Below(64));
      for (uint64_t cuts = Chance(30) ? 1 + dice_.Below(2) : 0; cuts > 0; --cuts) {
        const uint64_t first = case_.clusters[member.cluster].founders() + 2;
        if (member.log.last > first) {
          member.log.cuts.push_back(first + dice_.Below(member.log.last - first));
        }
      }
    }
  }

  ClusterCase Finish() {
    DrawShapes();
    for (GivenMember& member : case_.members) {
      member.rows = RowsOf(member, member.applied);
      const uint64_t until = std::min(member.log.last, CommittedIn(member.cluster));
      const bool goes_on = member.has_log() && until > member.applied;
      member.rolled = goes_on ? RowsOf(member, until) : member.rows;
    }
    return std::move(case_);
  }

 private:
  static constexpr auto kEditNames = std::to_array<std::string_view>(
      {"value", "lease", "metadata", "key", "missing", "extra", "skip"});

  // As any of the logs that are given says.
  uint64_t CommittedIn(size_t cluster) const {
    uint64_t committed = 0;
    for (const GivenMember& member : case_.members) {
      if (member.has_log() && member.cluster == cluster) {
        committed = std::max(committed, member.log.commit);
      }
    }
    return committed;
  }

  Rows RowsOf(const GivenMember& member, uint64_t applied) const {
    MemberPast past = PastOf(member.cluster, applied);
    if (member.is_backup) {
      past.entries = case_.backup;
      past.applied = case_.backup.size();
      past.backup = {};
    }
    // What went wrong went wrong before the member ended.
    std::vector<KeyEdit> edits = member.key_edits;
    std::erase_if(edits, [&](const KeyEdit& edit) { return edit.index > member.applied; });
    past.edits = edits;
    past.salt = member.salt;
    past.compacting_at = member.compacting_at;
    Rows rows = MakeRows(past);
    for (const TableEdit& edit : member.table_edits) {
      BucketRows& bucket = rows[edit.bucket];
      bucket.erase(edit.key);
      if (edit.value) bucket.emplace(edit.key, *edit.value);
    }
    return rows;
  }

  const Rows& Sound() {
    if (sound_.empty()) {
      sound_ = MakeRows(PastOf(0, log().last()));
    }
    return sound_;
  }

  MemberPast PastOf(size_t cluster, uint64_t applied) const {
    const ClusterLog& log = case_.clusters[cluster];
    return {.base = *case_.base,
            .entries = log.entries,
            .applied = applied,
            .backup = case_.backup,
            .founders = log.founders()};
  }

  // An entry that wrote a row which is still there at the end; 0 if there is none.
  uint64_t DrawWriting() {
    if (writing_.empty()) {
      const auto entries = EntriesByRevision(PastOf(0, log().last()));
      std::set<int64_t> revisions;
      for (const auto& [key, value] : Sound().at(std::string(mvcc::kKeyBucket))) {
        revisions.insert(static_cast<int64_t>(LoadBe64(AsBytes(key).data())));
      }
      for (const auto& [revision, index] : entries) {
        if (revisions.contains(revision)) writing_.push_back(index);
      }
    }
    return writing_.empty() ? 0 : dice_.OneOf(writing_);
  }

  KeyEdit DrawEdit(uint64_t index, size_t variant) {
    KeyEdit edit{
        .what = static_cast<KeyEdit::What>(dice_.Below(KeyEdit::kKinds)),
        .index = index,
        .row = 0,
        .text = "planted/" + std::to_string(variant) + "/" + std::to_string(dice_.Below(1000)),
        .number = static_cast<int64_t>(variant + 1)};
    using What = KeyEdit::What;
    const bool is_one_of_a_kind = edit.what == What::kMissing || edit.what == What::kSkip;
    if (variant > 1 && is_one_of_a_kind) edit.what = What::kValue;
    return edit;
  }

  template <typename Map>
  static const typename Map::value_type& AnyOf(const Map& map, Dice& dice) {
    auto at = map.begin();
    std::advance(at, static_cast<ptrdiff_t>(dice.Below(map.size())));
    return *at;
  }

  std::vector<TableEdit> DrawTableEdits(size_t count, bool extra_only) {
    static constexpr auto kBuckets = std::to_array<std::string_view>(
        {mvcc::kLeaseBucket, mvcc::kAuthUsersBucket, mvcc::kAuthRolesBucket, mvcc::kAlarmBucket,
         mvcc::kMembersRemovedBucket, mvcc::kAuthBucket, mvcc::kMembersBucket, mvcc::kClusterBucket,
         mvcc::kMetaBucket});
    constexpr size_t kWithExtra = 4;
    const std::string bucket(kBuckets[dice_.Below(extra_only ? kWithExtra : kBuckets.size())]);
    std::vector<TableEdit> edits;
    if (extra_only || bucket == mvcc::kAlarmBucket || bucket == mvcc::kMembersRemovedBucket ||
        (Chance(40) && HasExtra(bucket))) {
      for (size_t i = 0; i < count; ++i) edits.push_back(Extra(bucket, i));
      return edits;
    }
    const auto found = Sound().find(bucket);
    if (found == Sound().end() || found->second.empty()) return {};
    const auto& [key, value] = AnyOf(found->second, dice_);
    for (size_t i = 0; i < count; ++i) {
      auto edit = Changed(bucket, key, value, i);
      if (edit) edits.push_back(*std::move(edit));
    }
    return edits;
  }

  static bool HasExtra(std::string_view bucket) {
    return bucket == mvcc::kLeaseBucket || bucket == mvcc::kAuthUsersBucket ||
           bucket == mvcc::kAuthRolesBucket;
  }

  // A row that no entry tells of.
  TableEdit Extra(const std::string& bucket, size_t variant) {
    const uint64_t number = 1 + dice_.Below(1u << 20);
    const std::string name = "planted" + std::to_string(number);
    if (bucket == mvcc::kLeaseBucket) {
      const uint64_t id = 0x7000000000000000u + number;
      return {.bucket = bucket,
              .key = Be64(id),
              .value = ProtoWriter().Number(1, id).Number(2, 60 + variant).bytes()};
    }
    if (bucket == mvcc::kAuthUsersBucket) {
      return {.bucket = bucket,
              .key = name,
              .value = ProtoWriter().Bytes(1, name).Bytes(2, PasswordHash(number, number)).bytes()};
    }
    if (bucket == mvcc::kAuthRolesBucket) {
      return {.bucket = bucket, .key = name, .value = ProtoWriter().Bytes(1, name).bytes()};
    }
    if (bucket == mvcc::kAlarmBucket) {
      const uint64_t node = dice_.Below(UINT64_MAX) | 1;  // nobody of whom an entry tells
      return {.bucket = bucket,
              .key = ProtoWriter().Number(1, node).Number(2, 1 + variant % 2).bytes(),
              .value = ""};
    }
    return {.bucket = bucket, .key = HexOf(number | uint64_t{1} << 60), .value = "removed"};
  }

  static std::string HexOf(uint64_t number) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[number >> shift & 15];
    return text;
  }

  // Another row in place of a sound one; nothing where a difference would be innocent.
  std::optional<TableEdit> Changed(const std::string& bucket, const std::string& key,
                                   const std::string& value, size_t variant) {
    TableEdit edit{.bucket = bucket, .key = key, .value = value};
    const std::string number = std::to_string(variant + 1 + dice_.Below(9) * 10);
    if (bucket == mvcc::kMetaBucket) {
      if (key != mvcc::kConfStateName) return std::nullopt;
      edit.value = "{\"voters\":[" + number + "],\"auto_leave\":false}";
    } else if (bucket == mvcc::kLeaseBucket) {
      edit.value = ProtoWriter()
                       .Number(1, LoadBe64(AsBytes(key).data()))
                       .Number(2, 100'000 + variant)
                       .bytes();
    } else if (bucket == mvcc::kAuthUsersBucket) {
      // Another role, or a password of which etcd would have stored another salt as well.
      edit.value = Chance(50) ? value + ProtoWriter().Bytes(3, "planted" + number).bytes()
                              : WithPassword(value, PasswordHash(1, variant + 7));
    } else if (bucket == mvcc::kAuthRolesBucket) {
      const std::string permission =
          ProtoWriter().Number(1, 1).Bytes(2, "planted" + number).bytes();
      edit.value = value + ProtoWriter().Bytes(2, permission).bytes();
    } else if (bucket == mvcc::kAuthBucket) {
      if (key == mvcc::kAuthEnabledName) {
        if (variant > 0) return std::nullopt;
        edit.value = std::string(1, static_cast<char>(value == std::string(1, '\1') ? 0 : 1));
      } else {
        edit.value = Be64(900 + variant);
      }
    } else if (bucket == mvcc::kMembersBucket) {
      edit.value = "{\"id\":" + std::to_string(std::stoull(key, nullptr, 16)) +
                   ",\"peerURLs\":[\"http://planted" + number + ":2380\"]}";
    } else if (bucket == mvcc::kClusterBucket) {
      if (key != mvcc::kClusterVersionName) return std::nullopt;
      edit.value = "3.3." + number;
    }
    if (variant == 0 && HasExtra(bucket) && Chance(40)) edit.value = std::nullopt;
    return edit;
  }

  Dice& dice_;
  ClusterCase case_;
  Rows sound_;
  std::vector<uint64_t> writing_;
};

void DrawAgree(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  b.DrawForms(kForms);
}

void DifferInSomeKeys(Builder& b) {
  for (uint64_t spots = 1 + b.dice().Below(3); spots > 0; --spots) {
    if (b.Chance(80)) {
      b.DifferInKeys();
    } else {
      b.RotKeys();
    }
  }
}

void DrawKeys(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  DifferInSomeKeys(b);
  b.DrawForms(kForms);
}

void DrawTables(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  for (uint64_t spots = 1 + b.dice().Below(3); spots > 0; --spots) b.DifferInTables(false);
  b.DrawForms(kForms);
}

void DrawMixed(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  for (uint64_t spots = 2 + b.dice().Below(4); spots > 0; --spots) {
    if (b.Chance(50)) {
      b.DifferInKeys();
    } else {
      b.DifferInTables(false);
    }
  }
  b.DrawForms(kForms);
}

// Members that lag, up to all but one.
void LagSome(Builder& b) {
  auto& members = b.members();
  for (uint64_t i = 1 + b.dice().Below(members.size() - 1); i > 0; --i) {
    GivenMember& member = b.dice().OneOf(members);
    const bool lags = member.applied < b.log(member.cluster).last();
    if (!lags) b.Lag(member, !b.IsProposer(member) && b.Chance(50));
  }
}

void DrawLag(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  LagSome(b);
  b.DrawForms(kForms);
}

void DrawBeyond(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  LagSome(b);
  for (uint64_t spots = 1 + b.dice().Below(3); spots > 0; --spots) b.DifferInKeys();
  b.DrawForms(kForms);
}

void DrawLagHides(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  LagSome(b);
  for (uint64_t spots = 1 + b.dice().Below(2); spots > 0; --spots) b.DifferInTables(true);
  b.DrawForms(kForms);
}

void DrawSalt(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  b.SaltUsers();
  b.DrawForms(kForms);
}

void DrawCompaction(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  b.LeaveCompactions();
  if (b.Chance(30)) b.DifferInKeys();
  b.DrawForms(3);
}

void DrawAlarms(Builder& b) {
  b.Found(b.DrawCount(), b.dice().Below(2));
  b.RaiseAlarms();
  for (GivenMember& member : b.members()) {
    member.applied = member.log.last = member.log.commit = b.log().last();
  }
  if (b.Chance(30)) b.DifferInKeys();
  b.DrawForms(3);
}

// One of the members is given twice.
void DrawSameFile(Builder& b) {
  const size_t count = 1 + b.dice().Below(4);
  b.Found(count);
  if (count > 1 && b.Chance(60)) DifferInSomeKeys(b);
  b.DrawForms(3);
  const size_t twin = b.dice().Below(count);
  GivenMember& again = b.members().emplace_back(b.members()[twin]);
  again.name = "m" + std::to_string(count + 1);
  again.same_file_as = twin;
  b.Did(again.name + ": the files of " + b.members()[twin].name);
}

// One of them stands for two: a copy of it is there as well, perhaps in place of another one.
void DrawTwins(Builder& b) {
  const size_t count = 1 + b.dice().Below(4);
  b.Found(count, b.dice().Below(2));
  const size_t twin = b.dice().Below(count);
  GivenMember copy = b.members()[twin];
  copy.name = "m" + std::to_string(count + 1);
  b.members().push_back(copy);
  b.Did(copy.name + ": a copy of " + b.members()[twin].name);
  if (b.Chance(30)) b.Lag(b.members().back(), false);
  if (b.Chance(30)) DifferInSomeKeys(b);
}

void DrawStrangers(Builder& b) {
  b.Found(1 + b.dice().Below(4));
  const size_t own = b.members().size();
  if (own > 1 && b.Chance(50)) DifferInSomeKeys(b);
  for (uint64_t groups = 1 + b.dice().Below(2); groups > 0; --groups) {
    b.FoundStrangers(1 + b.dice().Below(2));
  }
}

void DrawRestored(Builder& b) {
  b.FoundRestored(b.DrawCount(1));
  auto& members = b.members();
  if (members.size() == 1) {  // beside the backup's own database, as far as it has come
    b.FoundBackup();
  } else if (b.Chance(40)) {
    b.RotKeys();
  }
  b.DrawFormsOfDirs(3);
}

// A member was put back to an older copy of itself: what it proposed later stands in others' logs.
void DrawOldCopy(Builder& b) {
  b.Found(kMembersMin + 1 + b.dice().Below(3));
  b.PutBack(b.members().front());
}

struct Kind {
  std::string_view name;
  void (*draw)(Builder&);
};
constexpr auto kKinds = std::to_array<Kind>({{"agree", DrawAgree},
                                             {"keys", DrawKeys},
                                             {"tables", DrawTables},
                                             {"mixed", DrawMixed},
                                             {"lag", DrawLag},
                                             {"beyond", DrawBeyond},
                                             {"lag-hides", DrawLagHides},
                                             {"salt", DrawSalt},
                                             {"compaction", DrawCompaction},
                                             {"alarms", DrawAlarms},
                                             {"same-file", DrawSameFile},
                                             {"twins", DrawTwins},
                                             {"strangers", DrawStrangers},
                                             {"restored", DrawRestored},
                                             {"old-copy", DrawOldCopy}});
constexpr auto kNames = [] {
  std::array<std::string_view, kKinds.size()> names;
  for (size_t i = 0; i < names.size(); ++i) names[i] = kKinds[i].name;
  return names;
}();

void WriteMember(const ClusterCase& drawn, const GivenMember& member) {
  if (member.same_file_as) return;
  if (member.form == Form::kDatabase) {
    WriteRows(member.rows, member.Path());
    return;
  }
  const fs::path dir = member.form == Form::kDataDir ? member.name : "origin/" + member.name;
  Tree tree;
  WriteLog(drawn.clusters[member.cluster], member.log, tree);
  WriteTree(tree, dir);
  fs::create_directories(dir / "member/snap");
  WriteRows(member.rows, dir / "member/snap/db");
  if (member.form == Form::kDataDir) return;
  const Command command =
      member.form == Form::kLmdb
          ? Command{"dump-db", "export", dir.string(), "--out", member.Path()}
          : Command{"hashcheck", "digest", dir.string(), "--out", member.Path()};
  const ToolRun run = RunTool(command, uint64_t{1} << 30);
  if (!fs::exists(member.Path())) throw std::runtime_error(CommandText(command) + ": " + run.err);
}

}  // namespace

std::string GivenMember::Path() const {
  constexpr auto kEnds = std::to_array<std::string_view>({"", ".db", ".lmdb", ".digest"});
  return name + std::string(kEnds[static_cast<size_t>(form)]);
}

bool ClusterCase::HasTwinForAnother() const {
  for (size_t i = 0; i < clusters.size(); ++i) {
    std::multiset<uint64_t> given;
    for (const GivenMember& member : members) {
      if (member.cluster == i && !member.is_backup) given.insert(member.log.node);
    }
    const std::set<uint64_t> nodes(given.begin(), given.end());
    if (nodes.size() < given.size() && nodes.size() < clusters[i].nodes.size()) return true;
  }
  return false;
}

bool ClusterCase::HasOldCopy() const { return kind == "old-copy"; }

bool ClusterCase::Asks(std::string_view option) const {
  return std::ranges::find(options, option) != options.end();
}

std::span<const std::string_view> CaseKinds() { return kNames; }

ClusterCase DrawCase(std::string_view kind, const ClusterBase& base, Dice& dice) {
  Builder builder(kind, base, dice);
  std::ranges::find(kKinds, kind, &Kind::name)->draw(builder);
  builder.DrawOptions();
  return builder.Finish();
}

void WriteCase(const ClusterCase& drawn) {
  for (const GivenMember& member : drawn.members) WriteMember(drawn, member);
}

}  // namespace etcdf::reliability
