#include <algorithm>
#include <array>
#include <bit>
#include <cctype>

#include "base/escape.h"
#include "kubernetes/closed_leaf.h"
#include "kubernetes/print.h"
#include "output/json_writer.h"

namespace etcdf::kubernetes {
namespace {

using std::string_view_literals::operator""sv;

// Words that YAML 1.1, which kubectl reads, takes for something other than text.
bool IsWord(std::string_view text) {
  static constexpr std::array kWords = {"true"sv, "false"sv, "null"sv, "yes"sv,  "no"sv,   "on"sv,
                                        "off"sv,  "y"sv,     "n"sv,    ".nan"sv, ".inf"sv, "~"sv};
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::ranges::find(kWords, lower) != kWords.end();
}

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether the text can stand without quotes: never read as a number, a date, a word or a mark. What
// only might be is quoted.
bool IsPlain(std::string_view text) {
  if (text.empty() || IsWord(text)) return false;
  const char first = text.front();
  const bool begins_plain = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                            first == '/' || first == '_';
  if (!begins_plain) {
    // A digit, as of an address or a version, if a letter shows that it is no number: 0x1f, 1e3 and
    // 1_000 are numbers, 1.2.3 is none.
    const bool has_digits_only = std::ranges::all_of(text, [](char c) {
      return (c >= '0' && c <= '9') ||
             std::string_view("+-._:eExXoObBTZtzabcdfABCDF ").find(c) != std::string_view::npos;
    });
    if (!IsAlphanumeric(first) || has_digits_only) return false;
  }
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_last = at + 1 == text.size();
    if (c == ':' && (is_last || text[at + 1] == ' ')) return false;
    if (c == ' ' && (is_last || text[at + 1] == '#')) return false;
    if (!IsAlphanumeric(c) && "/_.-:+@=,()%$;<>?!&*'^~# "sv.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// Whether the text can stand as lines below a `|`.
bool IsBlock(std::string_view text) {
  if (text.find('\n') == text.npos || text.front() == ' ' || text.front() == '\n') return false;
  if (!IsUtf8(AsBytes(text))) return false;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<uint8_t>(text[at]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) return false;
    // What JSON escapes, or YAML takes for a line break: U+0080 to U+00A0, U+061C, U+2000 on,
    // U+FEFF.
    if (c == 0xc2 || c == 0xd8 || c == 0xe2 || c == 0xef) return false;
    if (c == '\t' && (at == 0 || text[at - 1] == '\n')) return false;
    if (c == ' ' && (at + 1 == text.size() || text[at + 1] == '\n')) return false;
  }
  return true;
}

class YamlPrinter {
 public:
  YamlPrinter(std::string& out, const HashKey& ids) : out_(out), ids_(ids) {}

  // `indent` is that of the value's own lines. The cursor stands behind "name:" or at the begin of
  // a line, or behind "- ".
  void Root(const Node& node) {
    if (node.is_container() && node.node_count > 1) return Container(node, 0);
    Leaf(node, 0);
    out_ += '\n';
  }

 private:
  void Container(const Node& node, size_t indent) {
    bool is_first = true;
    for (const Node& child : Children(node)) {
      if (!is_first) out_.append(indent, ' ');
      is_first = false;
      if (node.kind == NodeKind::kArray) {
        Item(child, indent);
      } else {
        Member(child, indent);
      }
    }
  }

  void Item(const Node& item, size_t indent) {
    out_ += "- ";
    if (IsNested(item)) return Container(item, indent + 2);
    Leaf(item, indent + 2);
    out_ += '\n';
  }

  void Member(const Node& member, size_t indent) {
    Text(member.name, indent, false);
    out_ += ':';
    if (!IsNested(member)) {
      out_ += ' ';
      Leaf(member, indent + 2);
      out_ += '\n';
      return;
    }
    out_ += '\n';
    const size_t inner = member.kind == NodeKind::kArray ? indent : indent + 2;
    out_.append(inner, ' ');
    Container(member, inner);
  }

  static bool IsNested(const Node& node) { return node.is_container() && node.node_count > 1; }

  void Leaf(const Node& node, size_t indent) {
    if (node.closed && !node.is_container() && node.kind != NodeKind::kNull) return Closed(node);
    switch (node.kind) {
      case NodeKind::kNull: out_ += "null"; break;
      case NodeKind::kBool: out_ += node.word != 0 ? "true" : "false"; break;
      case NodeKind::kInteger: out_ += std::to_string(std::bit_cast<int64_t>(node.word)); break;
      case NodeKind::kUnsigned: out_ += std::to_string(node.word); break;
      case NodeKind::kNumber: Number(node.text()); break;
      case NodeKind::kJson: out_ += node.text(); break;  // which is YAML, too
      case NodeKind::kText: Text(node.text(), indent, true); break;
      case NodeKind::kOddText: Quoted(node.text()); break;
      case NodeKind::kBytes: {
        std::string base64;
        AppendBase64(base64, AsBytes(node.text()));
        Text(base64, indent, false);
        break;
      }
      case NodeKind::kArray: out_ += "[]"; break;
      case NodeKind::kObject: out_ += "{}"; break;
    }
  }

  void Closed(const Node& leaf) {
    const ClosedLeaf closed = CloseLeaf(leaf, ids_);
    out_ +=
        "{closed: true, bytes: " + std::to_string(closed.bytes) + ", id: \"" + closed.id + "\"}";
  }

  void Text(std::string_view text, size_t indent, bool may_be_block) {
    if (IsPlain(text)) {
      out_ += text;
    } else if (may_be_block && IsBlock(text)) {
      Block(text, indent);
    } else {
      Quoted(text);
    }
  }

  // JSON's strings are YAML's, but for two characters that end a line in YAML.
  void Quoted(std::string_view text) {
    const size_t from = out_.size();
    output::JsonWriter(out_).Text(text);
    for (size_t at = from; (at = out_.find("\xe2\x80", at)) != out_.npos;) {
      const char last = out_[at + 2];
      if (last == '\xa8' || last == '\xa9') {
        out_.replace(at, 3, last == '\xa8' ? "\\u2028" : "\\u2029");
      }
      at += 3;
    }
  }

  // YAML 1.1 wants a point in a number with an exponent.
  void Number(std::string_view digits) {
    const size_t exponent = digits.find_first_of("eE");
    out_ += digits.substr(0, exponent);
    if (exponent == digits.npos) return;
    if (digits.substr(0, exponent).find('.') == digits.npos) out_ += ".0";
    out_ += digits[exponent];
    const bool has_sign = digits[exponent + 1] == '-' || digits[exponent + 1] == '+';
    if (!has_sign) out_ += '+';
    out_ += digits.substr(exponent + 1);
  }

  void Block(std::string_view text, size_t indent) {
    out_ += '|';
    const bool ends_line = text.ends_with('\n');
    if (!ends_line) out_ += '-';
    if (text.ends_with("\n\n")) out_ += '+';
    if (ends_line) text.remove_suffix(1);
    for (;;) {
      const size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      out_ += '\n';
      if (!line.empty()) out_.append(indent, ' ') += line;
      if (end == text.npos) break;
      text.remove_prefix(end + 1);
    }
  }

  std::string& out_;
  const HashKey& ids_;
};

}  // namespace

void AppendYaml(std::string& out, const Node& value, const HashKey& ids) {
  YamlPrinter(out, ids).Root(value);
}

}  // namespace etcdf::kubernetes
