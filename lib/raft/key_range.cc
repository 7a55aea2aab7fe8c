#include "raft/key_range.h"

#include <algorithm>

namespace etcdf::raft {
namespace {

bool Less(Bytes a, Bytes b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

bool StartsWith(Bytes text, Bytes prefix) {
  return text.size() >= prefix.size() && Equal(text.first(prefix.size()), prefix);
}

// Visits every message of the tree, parents first. The depth is bounded by Message::kMaxDepth.
template <typename Visit>
bool VisitMessages(MessageView message, const Visit& visit) {
  if (!visit(message)) return false;
  for (const FieldView field : message) {
    if (field.schema().kind != FieldKind::kMessage) continue;
    for (const ValueView value : field) {
      if (!VisitMessages(value.message(), visit)) return false;
    }
  }
  return true;
}

// Visits every value with this meaning.
template <typename Visit>
bool VisitMeaning(MessageView message, Meaning meaning, const Visit& visit) {
  return VisitMessages(message, [&](MessageView part) {
    for (const FieldView field : part) {
      if (field.schema().meaning != meaning) continue;
      for (const ValueView value : field) {
        if (!visit(value)) return false;
      }
    }
    return true;
  });
}

}  // namespace

bool KeyRange::Covers(Bytes wanted) const {
  if (is_single()) return Equal(key, wanted);
  return !Less(wanted, key) && (is_unbounded() || Less(wanted, range_end));
}

bool KeyRange::CoversSomeOf(Bytes prefix) const {
  if (is_single()) return StartsWith(key, prefix);
  // The keys with the prefix form an interval that begins at the prefix itself. Two intervals meet
  // if one holds the other's first key.
  if (Covers(prefix)) return true;
  return StartsWith(key, prefix) && (is_unbounded() || Less(key, range_end));
}

bool VisitKeys(MessageView message, const std::function<bool(const KeyUse&)>& visit) {
  return VisitMessages(message, [&](MessageView part) {
    Bytes key;
    Bytes range_end;
    bool has_key = false;
    for (const FieldView field : part) {
      if (field.schema().meaning == Meaning::kKey) {
        key = field.value().bytes();
        has_key = true;
      } else if (field.schema().meaning == Meaning::kRangeEnd) {
        range_end = field.value().bytes();
        has_key = true;  // an empty key is absent from the wire
      }
    }
    if (!has_key) return true;
    return visit(
        {.range = {.key = key, .range_end = range_end}, .message_name = part.schema().name});
  });
}

bool VisitPuts(MessageView message, const std::function<bool(const Put&)>& visit) {
  return VisitMessages(message, [&](MessageView part) {
    if (part.schema().name != "PutRequest") return true;
    Put put;
    for (const FieldView field : part) {
      if (field.schema().meaning == Meaning::kKey) put.key = field.value().bytes();
      if (field.schema().meaning == Meaning::kValue) put.value = field.value().bytes();
    }
    return visit(put);
  });
}

bool VisitLeases(MessageView message, const std::function<bool(int64_t)>& visit) {
  return VisitMeaning(message, Meaning::kLease, [&](ValueView value) {
    return value.number() == 0 || visit(value.signed_number());
  });
}

bool VisitUsers(MessageView message, const std::function<bool(Bytes)>& visit) {
  return VisitMeaning(message, Meaning::kUser, [&](ValueView value) {
    return value.bytes().empty() || visit(value.bytes());
  });
}

}  // namespace etcdf::raft
