#include "apply/members.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/escape.h"
#include "json/json.h"
#include "mvcc/schema.h"

namespace etcdf::apply {
namespace {

std::vector<std::string> TextsOf(const json::Value& list) {
  std::vector<std::string> texts;
  for (const auto& item : list.items()) texts.emplace_back(item.Text().value_or(""));
  return texts;
}

void AppendTexts(std::string& out, const std::vector<std::string>& texts) {
  out += '[';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ',';
    AppendGoJsonText(out, texts[i]);
  }
  out += ']';
}

void AppendIds(std::string& out, std::string_view name, const std::vector<uint64_t>& ids) {
  if (ids.empty()) return;
  out += '"';
  out += name;
  out += "\":[";
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(ids[i]);
  }
  out += "],";
}

// "/0/members/8e9e05c52164694d/attributes" names a member (membership/store.go,
// MemberAttributesStorePath).
std::optional<uint64_t> MemberOfPath(std::string_view path) {
  constexpr std::string_view kBefore = "/0/members/";
  constexpr std::string_view kBehind = "/attributes";
  if (!path.starts_with(kBefore) || !path.ends_with(kBehind)) return std::nullopt;
  path.remove_prefix(kBefore.size());
  if (path.size() <= kBehind.size()) return std::nullopt;
  path.remove_suffix(kBehind.size());
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), id, 16);
  if (error != std::errc() || end != path.data() + path.size()) return std::nullopt;
  return id;
}

}  // namespace

void AppendGoJsonText(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    // A character of UTF-8 is at most four bytes, and no shorter part of it is one.
    size_t length = 1;
    while (length < std::min<size_t>(4, text.size()) && !IsUtf8(AsBytes(text.substr(0, length)))) {
      ++length;
    }
    std::string_view character = text.substr(0, length);
    const bool is_utf8 = IsUtf8(AsBytes(character));
    if (!is_utf8) character = text.substr(0, 1);
    text.remove_prefix(character.size());
    const char first = character.front();
    if (!is_utf8) {
      out += "\\ufffd";
    } else if (character == "\u2028" || character == "\u2029") {
      out += character == "\u2028" ? "\\u2028" : "\\u2029";
    } else if (first == '"' || first == '\\') {
      out += '\\';
      out += first;
    } else if (first == '\n' || first == '\r' || first == '\t') {
      out += first == '\n' ? "\\n" : first == '\r' ? "\\r" : "\\t";
    } else if (static_cast<unsigned char>(first) < 0x20 || first == '<' || first == '>' ||
               first == '&') {
      out += "\\u" + FixedHex(static_cast<unsigned char>(first), 4);
    } else {
      out += character;
    }
  }
  out += '"';
}

std::optional<Members::Member> Members::Decode(std::string_view json_text) {
  const auto parsed = json::Parse(json_text);
  if (!parsed || parsed->kind() != json::Value::Kind::kObject) return std::nullopt;
  const json::Value& value = *parsed;
  Member member{.id = value["id"].Unsigned().value_or(0),
                .is_learner = value["isLearner"].Bool().value_or(false),
                .attributes = {.name = std::string(value["name"].Text().value_or("")),
                               .client_urls = TextsOf(value["clientURLs"])}};
  if (value["peerURLs"].kind() == json::Value::Kind::kArray) {
    member.peer_urls = TextsOf(value["peerURLs"]);
  }
  return member;
}

std::string Members::Encode(const Member& member) {
  std::string text = "{\"id\":" + std::to_string(member.id) + ",\"peerURLs\":";
  if (member.peer_urls) {
    AppendTexts(text, *member.peer_urls);
  } else {
    text += "null";
  }
  if (member.is_learner) text += ",\"isLearner\":true";
  if (!member.attributes.name.empty()) {
    text += ",\"name\":";
    AppendGoJsonText(text, member.attributes.name);
  }
  if (!member.attributes.client_urls.empty()) {
    text += ",\"clientURLs\":";
    AppendTexts(text, member.attributes.client_urls);
  }
  return text + '}';
}

std::optional<Members::Member> Members::Find(uint64_t id) const {
  const TableRow* const row = tables_.Find(Table::kKnownMembers, HexId(id));
  return row == nullptr ? std::nullopt : Decode(row->value);
}

std::vector<Members::Member> Members::All() const {
  std::vector<Member> members;
  for (const auto& [id, row] : tables_.rows(Table::kKnownMembers)) {
    if (auto member = Decode(row.value)) members.push_back(*std::move(member));
  }
  std::ranges::sort(members, {}, &Member::id);
  return members;
}

void Members::Put(const Member& member) {
  const std::string key = HexId(member.id);
  const std::string value = Encode(member);
  tables_.Put(Table::kKnownMembers, key, {.value = value});
  if (rules_.keeps_first_member_row && tables_.Has(Table::kMembers, key)) return;
  tables_.Put(Table::kMembers, key, {.value = value});
}

// raftpb.ConfState as JSON; raft lists the ids in ascending order (schema/confstate.go).
void Members::PutConfState() {
  if (!rules_.stores_conf_state) return;
  std::vector<uint64_t> voters;
  std::vector<uint64_t> learners;
  for (const Member& member : All()) (member.is_learner ? learners : voters).push_back(member.id);
  std::string text = "{";
  AppendIds(text, "voters", voters);
  AppendIds(text, "learners", learners);
  text += "\"auto_leave\":false}";
  tables_.Put(Table::kConfState, mvcc::kConfStateName, {.value = std::move(text)});
}

Refusal Members::Apply(const wire::ConfChange& change) {
  Refusal refusal = Refusal::kServerStops;
  if (tables_.Has(Table::kMembersRemoved, HexId(change.node_id))) return Refusal::kMemberRemoved;
  switch (change.type) {
    case wire::ConfChangeType::kAddNode:
    case wire::ConfChangeType::kAddLearnerNode: refusal = Add(change); break;
    case wire::ConfChangeType::kUpdateNode: refusal = Update(change); break;
    case wire::ConfChangeType::kRemoveNode: refusal = Remove(change.node_id); break;
  }
  if (refusal == Refusal::kNone) PutConfState();
  return refusal;
}

bool Members::PeerUrlsTaken(const Member& wanted) const {
  const auto is_wanted = [&](const std::string& url) {
    return std::ranges::find(*wanted.peer_urls, url) != wanted.peer_urls->end();
  };
  return wanted.peer_urls && std::ranges::any_of(All(), [&](const Member& other) {
           return other.id != wanted.id && other.peer_urls &&
                  std::ranges::any_of(*other.peer_urls, is_wanted);
         });
}

Refusal Members::Add(const wire::ConfChange& change) {
  const auto member = Decode(AsText(change.context));
  if (!member) return Refusal::kServerStops;
  const auto context = json::Parse(AsText(change.context));
  if ((*context)["isPromote"].Bool().value_or(false)) return Promote(change.node_id);
  if (Find(change.node_id)) return Refusal::kMemberExists;
  if (PeerUrlsTaken(*member)) return Refusal::kPeerUrlExists;
  const bool counts =
      !rules_.counts_learners_by_change || change.type == wire::ConfChangeType::kAddLearnerNode;
  if (member->is_learner && counts) {
    const auto learners = std::ranges::count_if(All(), &Member::is_learner);
    if (static_cast<uint64_t>(learners) >= rules_.learners_max) return Refusal::kTooManyLearners;
  }
  if (member->id != change.node_id) return Refusal::kServerStops;
  Put(*member);
  return Refusal::kNone;
}

Refusal Members::Promote(uint64_t id) {
  auto member = Find(id);
  if (!member) return Refusal::kMemberNotFound;
  if (!member->is_learner) return Refusal::kMemberNotLearner;
  member->is_learner = false;
  Put(*member);
  return Refusal::kNone;
}

Refusal Members::Update(const wire::ConfChange& change) {
  auto member = Find(change.node_id);
  if (!member) return Refusal::kMemberNotFound;
  const auto given = Decode(AsText(change.context));
  if (!given || given->id != change.node_id) return Refusal::kServerStops;
  if (PeerUrlsTaken(*given)) return Refusal::kPeerUrlExists;
  member->peer_urls = given->peer_urls;
  member->is_learner = given->is_learner;
  Put(*member);
  return Refusal::kNone;
}

Refusal Members::Remove(uint64_t id) {
  const std::string key = HexId(id);
  if (!tables_.Has(Table::kKnownMembers, key)) return Refusal::kMemberNotFound;
  tables_.Erase(Table::kKnownMembers, key);
  tables_.Erase(Table::kMembers, key);
  tables_.Put(Table::kMembersRemoved, key, {.value = "removed"});
  return Refusal::kNone;
}

Refusal Members::SetAttributes(uint64_t id, Attributes attributes) {
  auto member = Find(id);
  if (member) {
    member->attributes = std::move(attributes);
    Put(*member);
    return Refusal::kNone;
  }
  const bool removed = tables_.Has(Table::kMembersRemoved, HexId(id));
  return removed ? Refusal::kMemberRemoved : Refusal::kServerStops;
}

Refusal Members::SetAttributesByPath(std::string_view path, std::string_view json_text) {
  const auto id = MemberOfPath(path);
  if (!id) return Refusal::kNone;
  const auto member = Decode(json_text);
  if (!member) return Refusal::kServerStops;
  return SetAttributes(*id, member->attributes);
}

}  // namespace etcdf::apply
