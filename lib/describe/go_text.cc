#include "describe/go_text.h"

#include <charconv>
#include <chrono>

#include "base/escape.h"
#include "describe/value.h"
#include "raft/schema.h"
#include "wire/reader.h"

namespace etcdf::describe {
namespace {

using output::ValueFormat;
using raft::FieldKind;
using raft::FieldSchema;
using raft::FieldView;
using raft::Meaning;
using raft::MessageView;
using raft::ValueView;

template <typename Number>
void AppendNumber(std::string& out, Number number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<size_t>(end - digits));
}

// The one secret that upstream removes, too. (etcd v3.6.9, tools/etcd-dump-logs/main.go,
// printInternalRaftRequest.)
const FieldSchema* PlainPasswordOfChange() {
  static const FieldSchema* const field = raft::InternalRaftRequestSchema()
                                              .FindName("auth_user_change_password")
                                              ->message->FindName("password");
  return field;
}

void AppendSecret(std::string& out, const FieldSchema& schema, Bytes secret,
                  const ValueFormat& format) {
  if (!format.show_secrets || &schema == PlainPasswordOfChange()) {
    AppendQuoted(out, AsBytes(kSecretRemoved));
  } else if (format.redact) {
    AppendFingerprint(out, secret);
  } else {
    AppendQuoted(out, secret);
  }
}

void AppendBytes(std::string& out, const FieldSchema& schema, Bytes bytes,
                 const ValueFormat& format) {
  switch (schema.meaning) {
    case Meaning::kValue: return AppendValue(out, bytes, format, AppendQuoted);
    case Meaning::kSecret: return AppendSecret(out, schema, bytes, format);
    case Meaning::kToken:
      return format.redact ? AppendFingerprint(out, bytes) : AppendQuoted(out, bytes);
    default: return AppendQuoted(out, bytes);
  }
}

void AppendFieldValue(std::string& out, const FieldSchema& schema, ValueView value,
                      const ValueFormat& format) {
  switch (schema.kind) {
    case FieldKind::kInt64: return AppendNumber(out, value.signed_number());
    case FieldKind::kUint64: return AppendNumber(out, value.number());
    case FieldKind::kBool: out += value.number() != 0 ? "true" : "false"; return;
    case FieldKind::kEnum: {
      const auto number = static_cast<int32_t>(value.signed_number());
      const std::string_view name = schema.enumeration->Name(number);
      if (name.empty()) return AppendNumber(out, number);
      out += name;
      return;
    }
    case FieldKind::kString:
    case FieldKind::kBytes: return AppendBytes(out, schema, value.bytes(), format);
    case FieldKind::kMessage:
      out += '<';
      AppendGoText(out, value.message(), format);
      out += '>';
      return;
  }
}

bool Shows(const FieldView& field, const ValueFormat& format) {
  const bool left_out = field.schema().meaning == Meaning::kValue && LeavesOut(format);
  return !left_out && field.IsShown();
}

// Prints unknown fields as text_encode.go's writeUnknownFields does. That one reads all of them as
// one run of bytes, and stops where google.golang.org/protobuf/encoding/protowire refuses what gogo
// let pass: field numbers above 2^31-1, numbers below 1 within a group, varints above 64 bits. What
// is written by then stays.
class UnknownFieldsText {
 public:
  UnknownFieldsText(std::string& out, const ValueFormat& format) : out_(out), format_(format) {}

  // One field whole, which for a group means everything up to its end. False: stop.
  bool Append(Bytes raw) {
    rest_ = raw;
    while (!rest_.empty()) {
      if (!AppendOne()) return false;
    }
    return true;
  }

 private:
  bool AppendOne() {
    uint64_t tag = 0;
    if (!Varint(tag)) return false;
    const uint64_t number = tag >> 3;
    if (number < 1 || number > INT32_MAX) return false;
    const auto type = static_cast<wire::Type>(tag & 7);
    if (type == wire::Type::kGroupEnd) {
      out_ += "} ";
      return true;
    }
    AppendNumber(out_, number);
    if (type == wire::Type::kGroupBegin) {
      out_ += " { ";
      return true;
    }
    out_ += ':';
    if (!AppendPlain(type)) return false;
    out_ += ' ';
    return true;
  }

  bool AppendPlain(wire::Type type) {
    uint64_t number = 0;
    switch (type) {
      case wire::Type::kVarint:
        if (!Varint(number)) return false;
        AppendNumber(out_, number);
        return true;
      case wire::Type::kFixed64: return Fixed(8);
      case wire::Type::kFixed32: return Fixed(4);
      default:  // bytes: the message's reader let no other type pass
        if (!Varint(number) || number > rest_.size()) return false;
        if (format_.redact) {
          AppendFingerprint(out_, rest_.first(number));
        } else {
          AppendGoQuoted(out_, rest_.first(number));
        }
        rest_ = rest_.subspan(number);
        return true;
    }
  }

  bool Fixed(size_t size) {
    if (rest_.size() < size) return false;
    uint64_t number = 0;
    for (size_t i = 0; i < size; ++i) number |= static_cast<uint64_t>(rest_[i]) << (8 * i);
    rest_ = rest_.subspan(size);
    AppendNumber(out_, number);
    return true;
  }

  // Unlike gogo's reader, refuses a tenth byte above 1.
  bool Varint(uint64_t& value) {
    value = 0;
    for (size_t i = 0; i < rest_.size() && i < 10; ++i) {
      const uint64_t byte = rest_[i];
      if (i == 9 && byte > 1) return false;
      value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        rest_ = rest_.subspan(i + 1);
        return true;
      }
    }
    return false;
  }

  std::string& out_;
  const ValueFormat& format_;
  Bytes rest_;
};

// As upstream's excerpt(): "%q", or two of them around "..." where that is shorter.
void AppendExcerpt(std::string& out, Bytes text, size_t head_bytes, size_t tail_bytes) {
  if (head_bytes + tail_bytes > text.size()) return AppendGoQuoted(out, text);
  AppendGoQuoted(out, text.first(head_bytes));
  out += "...";
  AppendGoQuoted(out, text.last(tail_bytes));
}

void AppendPadded(std::string& out, unsigned number, unsigned digits) {
  char text[10];
  for (unsigned i = digits; i > 0; --i, number /= 10) {
    text[i - 1] = static_cast<char>('0' + number % 10);
  }
  out.append(text, digits);
}

}  // namespace

// The depth of the recursion is bounded by Message::kMaxDepth.
void AppendGoText(std::string& out, MessageView message, const ValueFormat& format) {
  for (const FieldView field : message) {
    if (!Shows(field, format)) continue;
    const FieldSchema& schema = field.schema();
    for (const ValueView value : field) {
      out += schema.name_colon;
      AppendFieldValue(out, schema, value, format);
      out += ' ';
    }
  }
  if (!message.has_unknown()) return;
  UnknownFieldsText unknown(out, format);
  message.ForEachUnknown([&](Bytes raw) { return unknown.Append(raw); });
}

void AppendV2RequestLine(std::string& out, MessageView request, const ValueFormat& format) {
  // Field numbers of etcdserverpb.Request.
  constexpr uint32_t kMethod = 2, kPath = 3, kVal = 4, kTime = 15;
  const std::string_view method = AsText(request.BytesOf(kMethod));
  if (method.empty()) {
    out += "\tnoop";
    return;
  }
  if (method == "SYNC") {
    out += "\tmethod=SYNC time=\"";
    AppendGoTime(out, static_cast<int64_t>(request.Number(kTime)));
    out += '"';
    return;
  }
  out += "\tmethod=";
  AppendOctalEscaped(out, AsBytes(method));
  out += " path=";
  AppendExcerpt(out, request.BytesOf(kPath), 64, 64);
  if (method == "QGET" || method == "DELETE") return;
  if (LeavesOut(format)) return;
  out += " val=";
  AppendValue(out, request.BytesOf(kVal), format,
              [](std::string& to, Bytes value) { AppendExcerpt(to, value, 128, 0); });
}

void AppendConfChangeLine(std::string& out, Bytes data) {
  const auto change = wire::DecodeConfChange(data);
  if (!change) {
    out += "\t???";
    return;
  }
  out += "\tmethod=";
  out += ConfChangeTypeName(change->type);
  out += " id=";
  out += HexId(change->node_id);
}

void AppendConfStateJson(std::string& out, const wire::ConfState& state) {
  const auto append_list = [&out](std::string_view name, const std::vector<uint64_t>& ids) {
    if (ids.empty()) return;
    out += '"';
    out += name;
    out += "\":[";
    for (size_t i = 0; i < ids.size(); ++i) {
      if (i > 0) out += ',';
      AppendNumber(out, ids[i]);
    }
    out += "],";
  };
  out += '{';
  append_list("voters", state.voters);
  append_list("learners", state.learners);
  append_list("voters_outgoing", state.voters_outgoing);
  append_list("learners_next", state.learners_next);
  out += "\"auto_leave\":";
  out += state.auto_leave ? "true}" : "false}";
}

std::string ConfChangeTypeName(wire::ConfChangeType type) {
  static const raft::EnumSchema& types = *raft::ConfChangeSchema().FindName("type")->enumeration;
  const auto number = static_cast<int32_t>(type);
  const std::string_view name = types.Name(number);
  return name.empty() ? std::to_string(number) : std::string(name);
}

void AppendGoTime(std::string& out, int64_t unix_nanoseconds) {
  // By hand, because chrono's floor to seconds does not fit back into nanoseconds for the first
  // one.
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t unix_seconds = unix_nanoseconds / kSecond;
  int64_t fraction = unix_nanoseconds % kSecond;
  if (fraction < 0) {
    fraction += kSecond;
    --unix_seconds;
  }
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  AppendPadded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out += '-';
  AppendPadded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  AppendPadded(out, static_cast<unsigned>(date.day()), 2);
  out += ' ';
  AppendPadded(out, static_cast<unsigned>(clock.hours().count()), 2);
  out += ':';
  AppendPadded(out, static_cast<unsigned>(clock.minutes().count()), 2);
  out += ':';
  AppendPadded(out, static_cast<unsigned>(clock.seconds().count()), 2);
  if (fraction != 0) {
    out += '.';
    AppendPadded(out, static_cast<unsigned>(fraction), 9);
    out.resize(out.find_last_not_of('0') + 1);
  }
  out += " +0000 UTC";
}

}  // namespace etcdf::describe
