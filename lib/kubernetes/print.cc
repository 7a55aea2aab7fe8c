#include "kubernetes/print.h"

#include <bit>

#include "base/escape.h"
#include "kubernetes/closed_leaf.h"
#include "output/json_writer.h"

namespace etcdf::kubernetes {
namespace {

void WriteLeaf(output::JsonWriter& json, const ClosedLeaf& leaf) {
  json.BeginObject();
  json.Bool("closed", true);
  json.Uint("bytes", leaf.bytes);
  json.Text("id", leaf.id);
  json.EndObject();
}

class JsonPrinter {
 public:
  JsonPrinter(std::string& out, const HashKey& ids) : json_(out), ids_(ids) {}

  void Value(const Node& node) {
    if (node.closed && !node.is_container()) return Closed(node);
    switch (node.kind) {
      case NodeKind::kNull: return json_.Null();
      case NodeKind::kBool: return json_.Bool(node.word != 0);
      case NodeKind::kInteger: return json_.Int(std::bit_cast<int64_t>(node.word));
      case NodeKind::kUnsigned: return json_.Uint(node.word);
      case NodeKind::kNumber:
      case NodeKind::kJson: return json_.Raw(node.text());
      case NodeKind::kText: return json_.Utf8(node.text());
      case NodeKind::kOddText: return json_.Text(node.text());
      case NodeKind::kBytes:
        base64_.clear();
        AppendBase64(base64_, AsBytes(node.text()));
        return json_.Utf8(base64_);
      case NodeKind::kArray:
        json_.BeginArray();
        for (const Node& item : Children(node)) Value(item);
        return json_.EndArray();
      case NodeKind::kObject:
        json_.BeginObject();
        for (const Node& member : Children(node)) Member(member);
        return json_.EndObject();
    }
  }

 private:
  void Member(const Node& member) {
    if (member.kind == NodeKind::kOddText && !member.closed) {
      return json_.Bytes(PrintableName(member.name), AsBytes(member.text()));
    }
    if (member.is_plain_name) {
      json_.PlainName(member.name);
    } else {
      json_.Name(PrintableName(member.name));
    }
    Value(member);
  }

  // The writer wants UTF-8.
  std::string_view PrintableName(std::string_view name) {
    if (IsUtf8(AsBytes(name))) return name;
    name_.clear();
    AppendOctalEscaped(name_, AsBytes(name));
    return name_;
  }

  void Closed(const Node& leaf) {
    if (leaf.kind == NodeKind::kNull) return json_.Null();
    WriteLeaf(json_, CloseLeaf(leaf, ids_));
  }

  output::JsonWriter json_;
  const HashKey& ids_;
  std::string base64_;
  std::string name_;
};

}  // namespace

void AppendJson(std::string& out, const Node& value, const HashKey& ids) {
  JsonPrinter(out, ids).Value(value);
}

void WriteClosed(output::JsonWriter& json, Bytes bytes, const HashKey& ids) {
  WriteLeaf(json, {bytes.size(), KeyedHashText(ids, bytes)});
}

}  // namespace etcdf::kubernetes
