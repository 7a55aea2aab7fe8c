#include "kubernetes/json_form.h"

#include <string>
#include <vector>

#include "json/scanner.h"

namespace etcdf::kubernetes {
namespace {

using json::Token;

// One text on its way into the document.
class Reading {
 public:
  Reading(Document& document, Flaws& flaws, std::string_view text, size_t offset, Extent extent)
      : document_(document),
        flaws_(flaws),
        text_(text),
        offset_(offset),
        extent_(extent),
        scanner_(text) {}

  bool Run(std::string_view name) {
    name_ = name;
    while (!has_all_) {
      const size_t begin = scanner_.offset();
      const Token token = scanner_.Next();
      if (token == Token::kEnd) break;
      const bool is_fault = token == Token::kFault || IsFollowed(token);
      if (is_fault || document_.is_full()) {
        GiveUp(is_fault, begin);
        return false;
      }
      Take(token);
    }
    CloseAll();
    return true;
  }

 private:
  void Take(Token token) {
    switch (token) {
      case Token::kName: return TakeName();
      case Token::kBeginObject:
      case Token::kBeginArray: return Open(token);
      case Token::kEndObject:
      case Token::kEndArray: return End();
      case Token::kString:
        document_.Text(name_, Unescaped());
        if (document_.nodes().back().kind == NodeKind::kOddText) ++flaws_.odd_texts;
        break;
      case Token::kNumber: document_.Number(name_, scanner_.text()); break;
      case Token::kTrue:
      case Token::kFalse: document_.Bool(name_, token == Token::kTrue); break;
      default: document_.Null(name_); break;
    }
    name_ = {};
  }

  void TakeName() {
    name_ = Unescaped();
    if (extent_ == Extent::kWhole) return;
    if (extent_ == Extent::kPrinted) {
      if (name_ == "fieldsV1") TakeFields();
      return;
    }
    const bool is_root = open_.size() == 1;
    const bool wanted = is_root ? name_ == "apiVersion" || name_ == "kind" || name_ == "metadata"
                                : name_ != "fieldsV1";
    if (wanted) {
      summarised_ += is_root ? 1 : 0;
    } else if (is_root && summarised_ == 3) {
      has_all_ = true;
    } else {
      scanner_.SkipValue(scanner_.Next());  // at a fault, the next token is one again
    }
  }

  // What a manager owns, as it is.
  void TakeFields() {
    std::string_view rest = text_.substr(scanner_.offset());
    const size_t spaces = rest.find_first_not_of(" \t\r\n");
    if (spaces == rest.npos) return;
    rest.remove_prefix(spaces);
    const size_t length = PlainFieldsLength(rest);
    if (length == 0 || !scanner_.SkipValue(scanner_.Next())) return;
    document_.Json(name_, rest.substr(0, length));
    name_ = {};
  }

  void Open(Token token) {
    if (open_.size() < Document::kMaxDepth) {
      const bool is_object = token == Token::kBeginObject;
      open_.push_back(document_.Open(is_object ? NodeKind::kObject : NodeKind::kArray, name_));
    } else {
      flaws_.beyond_limits = true;
      const size_t begin = scanner_.offset() - 1;
      scanner_.SkipValue(token);
      document_.Text(name_, text_.substr(begin, scanner_.offset() - begin));
    }
    name_ = {};
  }

  // Whether something comes after a value that stands alone and is no container.
  bool IsFollowed(Token token) {
    if (!open_.empty() || token == Token::kBeginObject || token == Token::kBeginArray) return false;
    const size_t end = scanner_.offset();
    if (text_.find_first_not_of(" \t\r\n", end) == text_.npos) return false;
    scanner_.Next();  // the fault, whose place is told
    return true;
  }

  // What is open longest stays open to the end of the text: what may follow it belongs to it.
  void End() {
    if (open_.size() > 1) Close();
  }

  void Close() {
    const size_t opened = open_.back();
    open_.pop_back();
    if (document_.nodes()[opened].kind == NodeKind::kArray) return document_.Close(opened);
    flaws_.duplicates += static_cast<uint32_t>(document_.CloseSorted(opened));
  }

  void CloseAll() {
    while (!open_.empty()) Close();
  }

  // Keeps the text from `begin` on as it is, where the value would stand.
  void GiveUp(bool is_fault, size_t begin) {
    if (is_fault) flaws_.BreakAt(offset_ + scanner_.offset());
    flaws_.beyond_limits = flaws_.beyond_limits || !is_fault;
    if (!open_.empty() && document_.nodes()[open_.back()].kind == NodeKind::kObject) name_ = kRest;
    document_.Base64(name_, AsBytes(text_.substr(begin)));
    CloseAll();
  }

  std::string_view Unescaped() {
    if (!scanner_.has_escapes()) return scanner_.text();
    scratch_.clear();
    json::AppendUnescaped(scratch_, scanner_.text());
    return document_.Keep(scratch_);
  }

  Document& document_;
  Flaws& flaws_;
  std::string_view text_;
  size_t offset_;
  Extent extent_;
  json::Scanner scanner_;
  std::vector<size_t> open_;  // containers, outermost first
  std::string_view name_;     // of the next value
  size_t summarised_ = 0;     // members of the root that a summary wants and has
  bool has_all_ = false;
  std::string scratch_;
};

}  // namespace

size_t PlainFieldsLength(std::string_view text) {
  size_t depth = 0;
  size_t at = 0;
  const auto is = [&](char c) { return at < text.size() && text[at] == c; };
  const auto pass_name = [&] {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] < 0x20 || text[at] > 0x7e) return false;
      if (text[at] != '\\') continue;
      ++at;
      if (!is('"') && !is('\\')) return false;
    }
    ++at;
    if (!is(':')) return false;
    ++at;
    return is('{');
  };
  if (!is('{')) return 0;
  for (;;) {
    ++at;  // an open brace
    if (++depth > Document::kMaxDepth) return 0;
    if (is('"')) {
      if (!pass_name()) return 0;
      continue;
    }
    while (is('}')) {
      ++at;
      if (--depth == 0) return at;
    }
    if (!is(',')) return 0;
    ++at;
    if (!is('"') || !pass_name()) return 0;
  }
}

bool AddJson(Document& document, Flaws& flaws, std::string_view name, std::string_view text,
             size_t offset, Extent extent) {
  return Reading(document, flaws, text, offset, extent).Run(name);
}

}  // namespace etcdf::kubernetes
