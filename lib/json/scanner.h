// JSON, token by token, from text that may be cut or damaged: what is before the fault is read.
//
// Strict (RFC 8259) but for two things, which are left to the caller: whether strings are UTF-8,
// and how deep it nests, up to kMaxDepth. Copies nothing and takes no memory for what it reads, so
// that a whole database of objects can go through it. json.h is for short texts, as trees.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

namespace etcdf::json {

enum class Token : uint8_t {
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kName,  // of the member whose value comes next
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
  kEnd,    // one value was read, and only white space comes after it
  kFault,  // not JSON from here on: offset() tells where
};

class Scanner {
 public:
  static constexpr size_t kMaxDepth = 10'000;  // as Go's encoding/json

  explicit Scanner(std::string_view text)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  // After kEnd and kFault it stays there.
  Token Next();

  // Of a number its characters; of a string or a name those between the quotes, as they stand.
  std::string_view text() const { return text_; }
  // The string or name has escapes: AppendUnescaped tells what it stands for.
  bool has_escapes() const { return has_escapes_; }
  // Containers that are open.
  size_t depth() const { return depth_; }
  // From the start of the text: behind the token, or of the fault.
  size_t offset() const { return static_cast<size_t>(at_ - begin_); }
  // Passes over the value whose first token was just read, to its last one. False at a fault.
  bool SkipValue(Token first);

 private:
  enum class Expect : uint8_t { kValue, kValueOrEnd, kNameOrEnd, kName, kCommaOrEnd, kNothing };

  Token Value(char first);
  Token Name(char first);
  Token Open(bool is_object);
  Token CloseAs(bool is_object);
  Token String(Token token);
  Token Number();
  Token Word(std::string_view word, Token token);
  Token Fault();
  void AfterValue() { expect_ = depth_ == 0 ? Expect::kNothing : Expect::kCommaOrEnd; }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::string_view text_;
  size_t depth_ = 0;
  Expect expect_ = Expect::kValue;
  bool has_escapes_ = false;
  bool failed_ = false;
  std::bitset<kMaxDepth> is_object_;  // of each container that is open
};

// Appends what a string between quotes stands for. Halves of a surrogate pair that stand alone
// become U+FFFD, as Go reads them. `raw` comes from a Scanner.
void AppendUnescaped(std::string& out, std::string_view raw);

}  // namespace etcdf::json
