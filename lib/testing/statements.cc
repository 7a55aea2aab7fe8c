#include "testing/statements.h"

#include <charconv>

namespace etcdf::testing {
namespace {

constexpr size_t kRepeatedBytesMax = size_t{64} << 20;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::optional<uint8_t> HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<std::string> FromHex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const auto high = HexDigit(digits[i]), low = HexDigit(digits[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes += static_cast<char>(*high << 4 | *low);
  }
  return bytes;
}

// Reads one line from left to right.
class LineLexer {
 public:
  explicit LineLexer(std::string_view line) : line_(line) {}

  // False at the end of the line or at a mistake: what() tells which.
  bool Next(Word& word) {
    while (at_ < line_.size() && IsBlank(line_[at_])) ++at_;
    if (at_ == line_.size()) return false;
    word = {};
    if (line_[at_] == '"') {
      return Quoted(word.name) && EndOfWord();
    }
    const size_t begin = at_;
    while (at_ < line_.size() && !IsBlank(line_[at_]) && line_[at_] != '=') ++at_;
    word.name = line_.substr(begin, at_ - begin);
    if (at_ == line_.size() || line_[at_] != '=') return true;
    if (word.name.empty()) return Wrong("an argument needs a name before its =");
    ++at_;
    return Value(word.value.emplace()) && EndOfWord();
  }

  const char* what() const { return what_; }  // nullptr while all is well

 private:
  bool Wrong(const char* what) {
    what_ = what;
    return false;
  }

  bool EndOfWord() {
    if (at_ < line_.size() && !IsBlank(line_[at_])) return Wrong("a blank must follow the value");
    return true;
  }

  bool TakePrefix(std::string_view prefix) {
    if (!line_.substr(at_).starts_with(prefix)) return false;
    at_ += prefix.size();
    return true;
  }

  bool Value(std::string& value) {
    if (TakePrefix("hex:")) {
      const auto bytes = FromHex(Bare(""));
      if (!bytes) return Wrong("hex: needs pairs of hex digits");
      value = *bytes;
      return true;
    }
    if (TakePrefix("repeat:")) return Repeated(value);
    if (at_ < line_.size() && line_[at_] == '"') return Quoted(value);
    value = Bare("");
    return true;
  }

  // Up to the next blank or one of `stops`.
  std::string_view Bare(std::string_view stops) {
    const size_t begin = at_;
    while (at_ < line_.size() && !IsBlank(line_[at_]) &&
           stops.find(line_[at_]) == std::string_view::npos) {
      ++at_;
    }
    return line_.substr(begin, at_ - begin);
  }

  bool Repeated(std::string& value) {
    std::string unit;
    if (at_ < line_.size() && line_[at_] == '"') {
      if (!Quoted(unit)) return false;
    } else {
      unit = Bare("*");
    }
    if (!TakePrefix("*")) return Wrong("repeat: needs TEXT*COUNT");
    const auto count = ParseNumber(Bare(""));
    if (!count || (!unit.empty() && *count > kRepeatedBytesMax / unit.size())) {
      return Wrong("repeat: needs a count, and at most 64 MiB in all");
    }
    for (uint64_t i = 0; i < *count; ++i) value += unit;
    return true;
  }

  bool Quoted(std::string& text) {
    for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) {
      if (line_[at_] != '\\') {
        text += line_[at_];
      } else if (!Escaped(text)) {
        return false;
      }
    }
    if (at_ == line_.size()) return Wrong("the quotation has no end");
    ++at_;
    return true;
  }

  bool Escaped(std::string& text) {
    if (++at_ == line_.size()) return Wrong("the quotation has no end");
    switch (line_[at_]) {
      case 'n': text += '\n'; return true;
      case 'r': text += '\r'; return true;
      case 't': text += '\t'; return true;
      case '0': text += '\0'; return true;
      case '"': text += '"'; return true;
      case '\\': text += '\\'; return true;
      case 'x': {
        const auto byte = FromHex(line_.substr(at_ + 1, 2));
        if (!byte || byte->size() != 1) return Wrong("\\x needs two hex digits");
        text += *byte;
        at_ += 2;
        return true;
      }
      default: return Wrong("unknown escape; there are \\n \\r \\t \\0 \\\" \\\\ and \\xNN");
    }
  }

  std::string_view line_;
  size_t at_ = 0;
  const char* what_ = nullptr;
};

Error Misuse(size_t line, const char* what) {
  return {.code = ErrorCode::kUsage, .what = what, .subject = "line " + std::to_string(line)};
}

}  // namespace

std::optional<uint64_t> ParseNumber(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (negative && value > uint64_t{1} << 63) return std::nullopt;
  return negative ? -value : value;
}

Result<std::vector<Word>> SplitWords(std::string_view line) {
  std::vector<Word> words;
  LineLexer lexer(line);
  for (Word word; lexer.Next(word);) words.push_back(word);
  if (lexer.what() != nullptr) return Fail(Misuse(1, lexer.what()));
  return words;
}

Result<std::vector<Statement>> ParseStatements(std::string_view text) {
  // The open blocks, outermost first; the last statement of each owns the next.
  std::vector<std::vector<Statement>> open(1);
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') continue;
    auto words = SplitWords(line);
    if (!words) return Fail(Misuse(number, words.error().what));
    if (words->size() == 1 && words->front().name == "}" && !words->front().value) {
      if (open.size() == 1) return Fail(Misuse(number, "a } without its {"));
      std::vector<Statement> block = std::move(open.back());
      open.pop_back();
      open.back().back().block = std::move(block);
      continue;
    }
    const bool opens = words->back().name == "{" && !words->back().value;
    if (opens) words->pop_back();
    if (words->empty()) return Fail(Misuse(number, "a { needs a verb before it"));
    open.back().push_back({.line = number, .words = std::move(*words), .block = {}});
    if (opens && open.size() == kStatementDepthMax) {
      return Fail(Misuse(number, "blocks are nested too deep"));
    }
    if (opens) open.emplace_back();
  }
  if (open.size() != 1) return Fail(Misuse(open[open.size() - 2].back().line, "a { without its }"));
  return std::move(open.front());
}

StatementReader::StatementReader(const Statement& statement)
    : statement_(statement), read_(statement.words.size(), false) {}

std::string_view StatementReader::Verb() {
  CheckAllRead();
  if (!ok() || next_ == statement_.words.size()) return "";
  const Word& verb = statement_.words[next_];
  if (verb.value) {
    Misuse("an argument without its verb", verb.name);
    return "";
  }
  arguments_begin_ = ++next_;
  while (next_ < statement_.words.size() && statement_.words[next_].value) ++next_;
  return verb.name;
}

void StatementReader::CheckAllRead() {
  for (size_t i = arguments_begin_; i < next_; ++i) {
    if (!read_[i]) Misuse("unknown argument", statement_.words[i].name);
  }
}

bool StatementReader::Has(std::string_view name) const {
  for (size_t i = arguments_begin_; i < next_; ++i) {
    if (statement_.words[i].name == name) return true;
  }
  return false;
}

const Word* StatementReader::Find(std::string_view name) {
  const Word* found = nullptr;
  for (size_t i = arguments_begin_; i < next_; ++i) {
    if (statement_.words[i].name != name) continue;
    if (found != nullptr) Misuse("the argument is given twice", name);
    read_[i] = true;
    found = &statement_.words[i];
  }
  return found;
}

std::string StatementReader::Text(std::string_view name) {
  const Word* word = Find(name);
  if (word == nullptr) Misuse("the argument is missing", name);
  return ok() ? *word->value : "";
}

std::string StatementReader::Text(std::string_view name, std::string_view otherwise) {
  const Word* word = Find(name);
  return std::string(word == nullptr ? otherwise : *word->value);
}

uint64_t StatementReader::Number(std::string_view name) {
  const std::string text = Text(name);
  const auto number = ParseNumber(text);
  if (ok() && !number) Misuse("the argument is not a number", name);
  return number.value_or(0);
}

uint64_t StatementReader::Number(std::string_view name, uint64_t otherwise) {
  return Has(name) ? Number(name) : otherwise;
}

std::vector<uint64_t> StatementReader::Numbers(std::string_view name) {
  std::vector<uint64_t> numbers;
  if (!Has(name)) return numbers;
  const std::string text = Text(name);
  for (std::string_view rest = text; !rest.empty();) {
    const size_t comma = rest.find(',');
    const auto number = ParseNumber(rest.substr(0, comma));
    if (!number) {
      Misuse("the argument is not a list of numbers", name);
      return {};
    }
    numbers.push_back(*number);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return numbers;
}

const std::vector<Statement>& StatementReader::block() {
  block_read_ = true;
  return statement_.block;
}

void StatementReader::Misuse(const char* what, std::string_view subject) {
  if (error_) return;
  error_ =
      Error{.code = ErrorCode::kUsage,
            .what = what,
            .subject = "line " + std::to_string(statement_.line) + ": " + std::string(subject)};
}

Result<void> StatementReader::Finish() {
  CheckAllRead();
  if (ok() && next_ < statement_.words.size()) {
    Misuse("one word too many", statement_.words[next_].name);
  }
  if (ok() && !block_read_ && !statement_.block.empty()) {
    Misuse("takes no block", statement_.words.front().name);
  }
  if (error_) return Fail(*error_);
  return {};
}

}  // namespace etcdf::testing
