#include "member/membership.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "json/json.h"
#include "mvcc/findings.h"
#include "mvcc/schema.h"
#include "raft/payload.h"

namespace etcdf::member {
namespace {

// The keys of the buckets, and the names of the v2 store's nodes: hexadecimal without padding.
std::optional<uint64_t> ParseMemberId(std::string_view text) {
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole ? std::optional(id) : std::nullopt;
}

// Takes over what a member's JSON says: {"id":1,"peerURLs":["http://.."],"isLearner":true,
// "name":"a","clientURLs":[..]}, or a part of it. What it does not name stays, unless it names it
// anew.
enum class TakenJson : uint8_t { kTaken, kNoJson, kOfAnother };
TakenJson TakeMemberJson(Bytes json, uint64_t id, Seen& seen) {
  Attributes found;
  bool is_of_another = false;
  bool is_learner = false;
  bool has_raft_attributes = false;
  const bool is_json = json::Walk(AsText(json), [&](auto path, const json::Scalar& value) {
    if (path.size() != 1) return;
    if (path[0] == "id") is_of_another = value.number != id;
    if (path[0] == "peerURLs") found.peer_urls.emplace_back(value.text);
    if (path[0] == "peerURLs") has_raft_attributes = true;
    if (path[0] == "clientURLs") found.client_urls.emplace_back(value.text);
    if (path[0] == "name") found.name = value.text;
    if (path[0] == "isLearner") is_learner = value.is_true;
  });
  if (!is_json) return TakenJson::kNoJson;
  if (is_of_another) return TakenJson::kOfAnother;
  if (!found.name.empty()) seen.attributes.name = std::move(found.name);
  if (!found.client_urls.empty()) seen.attributes.client_urls = std::move(found.client_urls);
  if (has_raft_attributes) {
    seen.attributes.peer_urls = std::move(found.peer_urls);
    seen.standing = is_learner ? Standing::kLearner : Standing::kMember;
  }
  return TakenJson::kTaken;
}

void ReportUnreadable(std::string_view bucket, Bytes key, const char* what, const std::string& file,
                      FindingSink& findings) {
  findings.Report(
      {.kind = kMembersUnreadable,
       .file = file,
       .what = "the row " + Printable(AsText(key)) + " of bucket " + std::string(bucket) + what,
       .consequence = "etcd 3.6 does not start with such a row"});
}

const char* FaultText(TakenJson taken) {
  switch (taken) {
    case TakenJson::kNoJson: return " holds no JSON";
    case TakenJson::kOfAnother: return " holds another member's JSON";
    case TakenJson::kTaken: break;
  }
  return nullptr;
}

// Calls `take(key, value)` for each row, which returns what is wrong with the value, or null.
template <typename Take>
void ForEachRow(const backend::Database& database, std::string_view bucket, const std::string& file,
                FindingSink& findings, Take take) {
  const auto opened = database.Open(AsBytes(bucket));
  if (!opened) return;
  const auto cursor = opened->NewCursor(findings);
  for (bool there = cursor->First(); there; there = cursor->Next()) {
    const backend::Row& row = cursor->row();
    const auto id = ParseMemberId(AsText(row.key));
    const char* const fault = id ? take(*id, row.value) : " has a key that is no member's id";
    if (fault != nullptr) ReportUnreadable(bucket, row.key, fault, file, findings);
  }
}

// PUT /0/members/ID/attributes, as etcd up to 3.5 makes a member's name known.
void ApplyV2Request(raft::MessageView request, Membership& membership) {
  constexpr uint32_t kPath = 3;
  constexpr uint32_t kVal = 4;
  constexpr std::string_view kPrefix = "/0/members/";
  constexpr std::string_view kSuffix = "/attributes";
  std::string_view path = AsText(request.BytesOf(kPath));
  if (!path.starts_with(kPrefix) || !path.ends_with(kSuffix)) return;
  path.remove_prefix(kPrefix.size());
  path.remove_suffix(std::min(path.size(), kSuffix.size()));
  const auto id = ParseMemberId(path);
  if (!id) return;
  const auto known = membership.find(*id);
  if (known != membership.end()) TakeMemberJson(request.BytesOf(kVal), *id, known->second);
}

// membershippb.ClusterMemberAttrSetRequest: what 3.6 has in its place.
void ApplyAttributes(raft::MessageView request, Membership& membership) {
  constexpr uint32_t kMemberId = 1;
  constexpr uint32_t kAttributes = 2;
  const auto known = membership.find(request.Number(kMemberId));
  const raft::MessageView attributes = request.Child(kAttributes);
  if (known == membership.end() || !attributes) return;
  Attributes& to = known->second.attributes;
  to.client_urls.clear();
  for (const raft::FieldView field : attributes) {
    for (const raft::ValueView value : field) {
      if (field.schema().name == "name") to.name = AsText(value.bytes());
      if (field.schema().name == "client_urls") {
        to.client_urls.emplace_back(AsText(value.bytes()));
      }
    }
  }
}

void ApplyConfChange(Bytes data, Membership& membership) {
  const auto change = wire::DecodeConfChange(data);
  if (!change) return;
  Seen& seen = membership[change->node_id];
  if (change->type == wire::ConfChangeType::kRemoveNode) {
    seen = {.standing = Standing::kRemoved};
    return;
  }
  // A promotion's context repeats the member with isPromote, and may still call it a learner.
  TakeMemberJson(change->context, change->node_id, seen);
  seen.standing = change->type == wire::ConfChangeType::kAddLearnerNode ? Standing::kLearner
                  : change->type == wire::ConfChangeType::kAddNode      ? Standing::kMember
                                                                        : seen.standing;
}

bool IsPresent(const Seen& seen) {
  return seen.standing == Standing::kMember || seen.standing == Standing::kLearner;
}

Seen Find(const Membership& membership, uint64_t id) {
  const auto found = membership.find(id);
  return found == membership.end() ? Seen{} : found->second;
}

std::string UrlText(std::vector<std::string> urls) {
  std::ranges::sort(urls);
  std::string text;
  for (const std::string& url : urls) text += (text.empty() ? "" : ",") + url;
  return text.empty() ? "none" : text;
}

}  // namespace

Membership ReadMembersBucket(const backend::Database& database, const std::string& file,
                             FindingSink& findings) {
  Membership membership;
  ForEachRow(database, mvcc::kMembersBucket, file, findings, [&](uint64_t id, Bytes value) {
    Seen& seen = membership[id];
    seen.standing = Standing::kMember;
    return FaultText(TakeMemberJson(value, id, seen));
  });
  return membership;
}

Membership ReadMemberBuckets(const backend::Database& database, const std::string& file,
                             FindingSink& findings) {
  Membership membership = ReadMembersBucket(database, file, findings);
  const auto take_removed = [&](uint64_t id, Bytes) -> const char* {
    Seen& seen = membership[id];
    if (IsPresent(seen)) {
      findings.Report({.kind = kMembersZombie,
                       .file = file,
                       .what = "member " + HexId(id) +
                               " stands in bucket members and in bucket members_removed",
                       .consequence = "etcd takes it for a member when it starts from this "
                                      "database, though it was removed"});
    }
    seen.standing = Standing::kRemoved;
    return nullptr;
  };
  ForEachRow(database, mvcc::kMembersRemovedBucket, file, findings, take_removed);
  return membership;
}

std::optional<wire::ConfState> ParseConfStateJson(Bytes json) {
  wire::ConfState state;
  const bool is_json = json::Walk(AsText(json), [&](auto path, const json::Scalar& value) {
    if (path.size() != 1) return;
    if (path[0] == "auto_leave") state.auto_leave = value.is_true;
    if (!value.number) return;
    if (path[0] == "voters") state.voters.push_back(*value.number);
    if (path[0] == "learners") state.learners.push_back(*value.number);
    if (path[0] == "voters_outgoing") state.voters_outgoing.push_back(*value.number);
    if (path[0] == "learners_next") state.learners_next.push_back(*value.number);
  });
  return is_json ? std::optional(std::move(state)) : std::nullopt;
}

void CheckJsonRows(const mvcc::Store& store) {
  const auto check = [&](std::string_view bucket, std::string_view name) {
    const auto json = mvcc::FindRow(store.database, bucket, name, store.findings);
    if (!json || json::Walk(AsText(*json), [](auto, const json::Scalar&) {})) return;
    store.findings.Report(
        {.kind = mvcc::kBadMeta,
         .file = store.file,
         .what = "row " + std::string(name) + " of bucket " + std::string(bucket) + " holds " +
                 Counted(json->size(), "byte that is", "bytes that are") + " no JSON",
         .consequence = "etcd stops when it reads the row"});
  };
  check(mvcc::kMetaBucket, mvcc::kConfStateName);
  check(mvcc::kClusterBucket, mvcc::kDowngradeName);
}

Membership MembershipOf(const wire::ConfState& state) {
  Membership membership;
  for (const auto* learners : {&state.learners, &state.learners_next}) {
    for (const uint64_t id : *learners) membership[id].standing = Standing::kLearner;
  }
  for (const auto* voters : {&state.voters_outgoing, &state.voters}) {
    for (const uint64_t id : *voters) membership[id].standing = Standing::kMember;
  }
  return membership;
}

std::optional<Membership> ParseV2Membership(Bytes json) {
  // Root, Children, 0, Children, members, Children, ID, Children, attributes, Value
  constexpr size_t kKindAt = 4;
  constexpr size_t kIdAt = 6;
  constexpr size_t kAttributesAt = 8;
  Membership membership;
  bool has_root = false;
  const bool is_json = json::Walk(AsText(json), [&](auto path, const json::Scalar& value) {
    has_root = has_root || (!path.empty() && path[0] == "Root");
    if (path.size() <= kIdAt || path[2] != "0") return;
    const auto id = ParseMemberId(path[kIdAt]);
    if (!id) return;
    if (path[kKindAt] == "removed_members") {
      membership[*id] = {.standing = Standing::kRemoved};
    } else if (path[kKindAt] == "members" && path.size() == kAttributesAt + 2 &&
               path.back() == "Value" && !value.text.empty()) {
      TakeMemberJson(AsBytes(value.text), *id, membership[*id]);
    }
  });
  return is_json && has_root ? std::optional(std::move(membership)) : std::nullopt;
}

void ApplyLog(const wal::Log& log, const wal::IndexRange& range, Membership& membership) {
  std::vector<wal::LogEntry> entries;
  raft::Payload payload;
  for (const wal::Chunk& chunk : log.chunks()) {
    if (!wal::Log::MayHold(chunk, range)) continue;
    log.ReadChunk(chunk, entries);
    for (const wal::LogEntry& logged : entries) {
      if (!range.Holds(logged.entry.index) || logged.superseded_by) continue;
      if (logged.entry.type == wire::EntryType::kConfChange) {
        ApplyConfChange(logged.entry.data, membership);
      } else if (logged.entry.type == wire::EntryType::kNormal) {
        payload.Decode(logged.entry.data);
        if (payload.request_name() == "v2") ApplyV2Request(payload.request(), membership);
        if (payload.request_name() == "cluster_member_attr_set") {
          ApplyAttributes(payload.request(), membership);
        }
      }
    }
  }
}

namespace {

// One source beside the buckets, as messages name it.
struct Witness {
  const char* name;
  const Membership* membership;
  bool has_attributes;
};

// What one member is according to the buckets and to a witness.
class MemberComparison {
 public:
  MemberComparison(uint64_t id, const Seen& bucket, const std::string& file, FindingSink& findings)
      : id_(id), bucket_(bucket), file_(file), findings_(findings) {}

  void HoldAgainst(const Witness& witness) {
    const Seen other = Find(*witness.membership, id_);
    if (IsPresent(bucket_) && !IsPresent(other)) {
      const char* const how =
          other.standing == Standing::kRemoved ? " it was removed" : " there is none such";
      Report(kMembersZombie, "bucket members has it, but by ", witness, how,
             "etcd 3.6 brings such a member back: it starts from the buckets");
    } else if (!IsPresent(bucket_) && IsPresent(other)) {
      Report(kMembersMissing, "bucket members lacks it, but by ", witness, " it is a member",
             "etcd 3.6 does not know the member when it starts from this database");
    } else if (IsPresent(bucket_)) {
      CompareStanding(witness, other);
      if (witness.has_attributes) CompareAttributes(witness, other.attributes);
    }
  }

 private:
  void CompareStanding(const Witness& witness, const Seen& other) {
    if (bucket_.standing == other.standing) return;
    const bool lost = bucket_.standing == Standing::kLearner;
    Report(kMembersLearner,
           lost ? "bucket members calls it a learner, but by "
                : "bucket members calls it a voter, but by ",
           witness, lost ? " it votes" : " it is a learner",
           "etcd 3.5.1 to 3.5.19 do not store a promotion; 3.6 goes by the bucket");
  }

  void CompareAttributes(const Witness& witness, const Attributes& other) {
    const Attributes& mine = bucket_.attributes;
    const auto differ = [&](const char* what, const std::string& in_bucket,
                            const std::string& in_other) {
      if (in_bucket == in_other) return;
      Report(kMembersAttributes,
             std::string("bucket members has the ") + what + " " + Printable(in_bucket) + ", ",
             witness, " has " + Printable(in_other),
             "etcd 3.5.1 to 3.5.19 store a member once and never again; 3.6 goes by the bucket");
    };
    if (!other.name.empty()) differ("name", mine.name.empty() ? "none" : mine.name, other.name);
    if (!other.client_urls.empty()) {
      differ("client URLs", UrlText(mine.client_urls), UrlText(other.client_urls));
    }
    if (!other.peer_urls.empty()) {
      differ("peer URLs", UrlText(mine.peer_urls), UrlText(other.peer_urls));
    }
  }

  // Once a kind: the witnesses repeat one another.
  void Report(const FindingKind& kind, const std::string& what, const Witness& witness,
              const std::string& how, const char* consequence) {
    if (std::ranges::find(reported_, kind.id) != reported_.end()) return;
    reported_.push_back(kind.id);
    findings_.Report({.kind = kind,
                      .file = file_,
                      .what = "member " + HexId(id_) + ": " + what + witness.name + how,
                      .consequence = consequence});
  }

  uint64_t id_;
  const Seen& bucket_;
  const std::string& file_;
  FindingSink& findings_;
  std::vector<std::string_view> reported_;
};

}  // namespace

void CompareMemberships(const MembershipSources& sources, const std::string& file,
                        FindingSink& findings) {
  std::vector<Witness> witnesses;
  const auto add = [&](const char* name, const std::optional<Membership>& membership,
                       bool has_attributes) {
    if (membership) witnesses.push_back({name, &*membership, has_attributes});
  };
  if (!sources.conf_state_predates) {
    add("the conf state of bucket meta", sources.conf_state, false);
  }
  add("the newest .snap file and the log", sources.snap_store, true);
  add("the newest .snap file's conf state and the log", sources.snap_conf_state, false);
  add("the log", sources.log, true);

  for (const uint64_t id : MemberIds(sources)) {
    const Seen bucket = Find(sources.buckets, id);
    const bool is_hidden = !sources.buckets_are_whole && bucket.standing == Standing::kAbsent;
    if (is_hidden) continue;
    MemberComparison comparison(id, bucket, file, findings);
    for (const Witness& witness : witnesses) comparison.HoldAgainst(witness);
  }
}

std::set<uint64_t> MemberIds(const MembershipSources& sources) {
  std::set<uint64_t> ids;
  const auto add = [&](const Membership& membership) {
    for (const auto& [id, seen] : membership) ids.insert(id);
  };
  add(sources.buckets);
  for (const auto* source :
       {&sources.conf_state, &sources.snap_store, &sources.snap_conf_state, &sources.log}) {
    if (*source) add(**source);
  }
  return ids;
}

}  // namespace etcdf::member
