#include "json/json.h"

#include <charconv>
#include <utility>

// RapidJSON 1.1 adds to a null pointer while its stack is empty, and only compares the sum:
// harmless, but not to clang's sanitizer.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/encodedstream.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

namespace etcdf::json {
namespace {

namespace rj = rapidjson;

template <typename Number>
std::optional<Number> NumberIn(std::string_view digits) {
  Number number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// What RapidJSON calls as it reads; each function tells whether to go on. The names are its own.
// Numbers come as RawNumber, never in these ways.
struct NoNumbers {
  bool Int(int /*value*/) { return false; }
  bool Uint(unsigned /*value*/) { return false; }
  bool Int64(int64_t /*value*/) { return false; }
  bool Uint64(uint64_t /*value*/) { return false; }
  bool Double(double /*value*/) { return false; }
};

// Makes a tree of the events.
class Builder : public NoNumbers {
 public:
  bool Null() { return Place(Value()); }
  bool Bool(bool value) { return Place(Value(Value::Kind::kBool, value ? "true" : "false")); }
  bool RawNumber(const char* digits, rj::SizeType size, bool /*copy*/) {
    return Place(Value(Value::Kind::kNumber, std::string(digits, size)));
  }
  bool String(const char* text, rj::SizeType size, bool /*copy*/) {
    return Place(Value(Value::Kind::kString, std::string(text, size)));
  }
  bool Key(const char* text, rj::SizeType size, bool /*copy*/) {
    open_.back().next_name.assign(text, size);
    return true;
  }
  bool StartObject() { return Open(Value::Kind::kObject); }
  bool EndObject(rj::SizeType /*count*/) { return Close(); }
  bool StartArray() { return Open(Value::Kind::kArray); }
  bool EndArray(rj::SizeType /*count*/) { return Close(); }

  bool beyond_limits() const { return beyond_limits_; }
  Value Take() { return std::move(root_); }

 private:
  struct Container {
    Value value;
    std::string next_name = {};  // of the member to come
  };

  bool Place(Value value) {
    if (++values_ > kMaxValues) return GiveUp();
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      value.set_name(std::move(open_.back().next_name));
      open_.back().value.Append(std::move(value));
    }
    return true;
  }
  bool Open(Value::Kind kind) {
    if (open_.size() == kMaxDepth) return GiveUp();
    open_.push_back({Value(kind, {})});
    return true;
  }
  bool Close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return Place(std::move(value));
  }
  bool GiveUp() {
    beyond_limits_ = true;
    return false;
  }

  std::vector<Container> open_;  // from the outermost to the innermost
  Value root_;
  size_t values_ = 0;
  bool beyond_limits_ = false;
};

// Hands on the scalars, and keeps the names that lead to them.
class Walker : public NoNumbers {
 public:
  explicit Walker(const Visitor& visit) : visit_(visit) {}

  bool StartObject() {
    path_.emplace_back();
    return true;
  }
  bool EndObject(rj::SizeType /*members*/) {
    path_.pop_back();
    return true;
  }
  bool Key(const char* name, rj::SizeType length, bool /*copy*/) {
    path_.back().assign(name, length);
    return true;
  }
  bool StartArray() { return true; }
  bool EndArray(rj::SizeType /*elements*/) { return true; }

  bool String(const char* text, rj::SizeType length, bool /*copy*/) {
    return Visit({.text = {text, length}, .number = {}});
  }
  bool Bool(bool value) { return Visit({.text = {}, .number = {}, .is_true = value}); }
  bool RawNumber(const char* digits, rj::SizeType size, bool /*copy*/) {
    return Visit({.text = {}, .number = NumberIn<uint64_t>({digits, size})});
  }
  bool Null() { return Visit({}); }

 private:
  bool Visit(const Scalar& value) {
    visit_(path_, value);
    return true;
  }

  const Visitor& visit_;
  std::vector<std::string> path_;
};

// Whether `text` is JSON, and `handler` took all of it.
template <typename Handler>
bool Read(std::string_view text, Handler& handler) {
  // RapidJSON takes a NUL for the end of the text.
  if (text.find('\0') != text.npos) return false;
  rj::MemoryStream bytes(text.data(), text.size());
  rj::EncodedInputStream<rj::UTF8<>, rj::MemoryStream> stream(bytes);
  rj::Reader reader;
  constexpr unsigned kFlags =
      rj::kParseIterativeFlag | rj::kParseNumbersAsStringsFlag | rj::kParseValidateEncodingFlag;
  return !reader.Parse<kFlags>(stream, handler).IsError();
}

}  // namespace

const Value& Value::operator[](std::string_view name) const {
  static const Value null;
  if (kind_ != Kind::kObject) return null;
  for (size_t i = items_.size(); i > 0; --i) {
    if (items_[i - 1].name_ == name) return items_[i - 1];
  }
  return null;
}

std::optional<uint64_t> Value::Unsigned() const {
  const bool may_be = kind_ == Kind::kNumber || kind_ == Kind::kString;
  return may_be ? NumberIn<uint64_t>(text_) : std::nullopt;
}

std::optional<int64_t> Value::Signed() const {
  const bool may_be = kind_ == Kind::kNumber || kind_ == Kind::kString;
  return may_be ? NumberIn<int64_t>(text_) : std::nullopt;
}

std::optional<bool> Value::Bool() const {
  if (kind_ != Kind::kBool) return std::nullopt;
  return text_ == "true";
}

std::optional<std::string_view> Value::Text() const {
  if (kind_ != Kind::kString) return std::nullopt;
  return text_;
}

Result<Value> Parse(std::string_view text) {
  Builder builder;
  if (!Read(text, builder)) {
    return Fail({.code = ErrorCode::kMalformed,
                 .what = builder.beyond_limits() ? "JSON with too many values, or too deeply nested"
                                                 : "not JSON"});
  }
  return builder.Take();
}

bool Walk(std::string_view text, const Visitor& visit) {
  Walker walker(visit);
  return Read(text, walker);
}

}  // namespace etcdf::json
