// The little language in which test cases describe evidence: lines of words, some with values, some
// with a block of further lines in braces.
//
//     # a comment
//     entry term=1 index=3 txn {
//       if key=a target=value to="x\n"
//       then put key=a value=repeat:xyz*1000
//       else put key=b value=hex:00ff
//     }
//
// A word is a verb (`entry`, `txn`, `put`) or an argument (`term=1`). Arguments belong to the verb
// before them. A value is bare up to the next blank, or "quoted" with \n \r \t \0 \" \\ and \xNN,
// or hex:DIGITS, or repeat:TEXT*COUNT (TEXT bare or quoted). Numbers are decimal or 0x hex, and may
// be negative. This unit knows words, not etcd; wal_builder.h says which verbs there are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace etcdf::testing {

struct Word {
  std::string name;                       // the verb, or the argument's name
  std::optional<std::string> value = {};  // the argument's value, decoded
};

struct Statement {
  size_t line = 0;  // from 1, where the statement begins in the text
  std::vector<Word> words;
  std::vector<Statement> block;
};

// Statements nest at most this deep.
inline constexpr size_t kStatementDepthMax = 64;

// Parses `text`. An error's subject is the line ("line 3"), `what` says what is wrong there.
Result<std::vector<Statement>> ParseStatements(std::string_view text);

// Splits one line into words by the same rules, without blocks and comments.
Result<std::vector<Word>> SplitWords(std::string_view line);

// "0x1f", "-3", "17". Nothing where `text` is no number or does not fit 64 bits.
std::optional<uint64_t> ParseNumber(std::string_view text);

// Walks through a statement, verb by verb. Misuse of the language is remembered (the first one
// counts) and every later answer is empty, so a caller checks once, at the end.
class StatementReader {
 public:
  explicit StatementReader(const Statement& statement);

  // The next verb, after the arguments of the last one; empty at the end. What the last verb's
  // arguments left unread is an error: a misspelt argument must not pass silently.
  std::string_view Verb();

  // An argument of the current verb. Text and Number make it an error if it is missing.
  bool Has(std::string_view name) const;
  std::string Text(std::string_view name);
  std::string Text(std::string_view name, std::string_view otherwise);
  uint64_t Number(std::string_view name);
  uint64_t Number(std::string_view name, uint64_t otherwise);
  // Comma-separated numbers; empty if the argument is missing.
  std::vector<uint64_t> Numbers(std::string_view name);

  const std::vector<Statement>& block();

  // Remembers a misuse found by the caller. `what` is static text.
  void Misuse(const char* what, std::string_view subject);

  bool ok() const { return !error_.has_value(); }
  // Call when done: the first misuse, or an error if words or a block were left unread.
  Result<void> Finish();

 private:
  const Word* Find(std::string_view name);
  void CheckAllRead();

  const Statement& statement_;
  size_t next_ = 0;             // the word after the current verb's arguments
  size_t arguments_begin_ = 0;  // the current verb's arguments are [arguments_begin_, next_)
  std::vector<bool> read_;
  bool block_read_ = false;
  std::optional<Error> error_;
};

}  // namespace etcdf::testing
