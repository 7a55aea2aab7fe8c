#include "yaml/yaml.h"

#include <yaml.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace etcdf::yaml {
namespace {

using json::Value;

class Parser {
 public:
  explicit Parser(std::string_view text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, AsBytes(text).data(), text.size());
  }
  ~Parser() { yaml_parser_delete(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  bool Next(yaml_event_t& event) { return yaml_parser_parse(&parser_, &event) == 1; }

 private:
  yaml_parser_t parser_;
};

// Makes a tree of the events of one document.
class Builder {
 public:
  // False where the event cannot be part of a tree.
  bool Take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_SCALAR_EVENT: return Scalar(event);
      case YAML_SEQUENCE_START_EVENT: return Open(Value::Kind::kArray);
      case YAML_MAPPING_START_EVENT: return Open(Value::Kind::kObject);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: return Close();
      case YAML_ALIAS_EVENT: return false;
      default: return true;
    }
  }

  Value root = {};

 private:
  struct Container {
    Value value;
    std::string name = {};  // of the member to come
    bool has_name = false;
  };

  bool Scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    std::string text(AsText({scalar.value, scalar.length}));
    if (!open_.empty() && open_.back().value.kind() == Value::Kind::kObject &&
        !open_.back().has_name) {
      open_.back().name = std::move(text);
      open_.back().has_name = true;
      return true;
    }
    const bool is_plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const bool is_null = is_plain && (text.empty() || text == "~" || text == "null");
    return Place(is_null ? Value() : Value(Value::Kind::kString, std::move(text)));
  }

  bool Open(Value::Kind kind) {
    if (open_.size() == json::kMaxDepth) return false;
    // A mapping or a list as a name says nothing that JSON could.
    if (!open_.empty() && open_.back().value.kind() == Value::Kind::kObject &&
        !open_.back().has_name) {
      return false;
    }
    open_.push_back({.value = Value(kind, {})});
    return true;
  }

  bool Close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return Place(std::move(value));
  }

  bool Place(Value value) {
    if (++values_ > json::kMaxValues) return false;
    if (open_.empty()) {
      root = std::move(value);
      return true;
    }
    Container& parent = open_.back();
    if (parent.value.kind() == Value::Kind::kObject) {
      value.set_name(std::exchange(parent.name, {}));
      parent.has_name = false;
    }
    parent.value.Append(std::move(value));
    return true;
  }

  std::vector<Container> open_;
  size_t values_ = 0;
};

}  // namespace

Result<Value> Parse(std::string_view text) {
  Parser parser(text);
  Builder builder;
  for (;;) {
    yaml_event_t event;
    if (!parser.Next(event)) return Fail({.code = ErrorCode::kMalformed, .what = "not YAML"});
    const std::unique_ptr<yaml_event_t, void (*)(yaml_event_t*)> owned(&event, yaml_event_delete);
    if (event.type == YAML_STREAM_END_EVENT || event.type == YAML_DOCUMENT_END_EVENT) break;
    if (!builder.Take(event)) {
      return Fail({.code = ErrorCode::kMalformed,
                   .what = "YAML with an alias, with a list as a name, or too large"});
    }
  }
  return std::move(builder.root);
}

}  // namespace etcdf::yaml
