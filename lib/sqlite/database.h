// SQLite, for what the suite writes with it: tables filled row by row.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::sqlite {

struct Connection;  // SQLite's own handles
class Database;

// A prepared statement, run again and again: bind each parameter in its order, then Run.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // The next parameter, from the first on after each Run. Views must last until Run. What SQLite
  // refuses (a value of a gigabyte) Run reports.
  Statement& Null();
  Statement& Int(int64_t value);
  Statement& Text(std::string_view value);
  Statement& Blob(Bytes value);
  // Text where the bytes are UTF-8 without zeros, so that SQL can match it; else a blob.
  Statement& TextOrBlob(Bytes value);
  template <typename Number>
  Statement& Maybe(const std::optional<Number>& value) {
    return value ? Int(static_cast<int64_t>(*value)) : Null();
  }
  // Null where it is empty.
  Statement& MaybeText(std::string_view value) { return value.empty() ? Null() : Text(value); }

  // Runs to the end. Errors: kIo, with SQLite's own words.
  Result<void> Run();
  // The same for a question with one answer: the first row's first column as a number; nothing
  // without a row.
  Result<std::optional<int64_t>> RunForNumber();

 private:
  friend class Database;
  class Impl;
  explicit Statement(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Database {
 public:
  enum class Mode : uint8_t {
    kNew,       // made if it is not there; without a journal: on failure the file is garbage
    kExisting,  // must be there; a transaction that fails changes nothing
  };
  // Errors: kIo, with SQLite's own words; kWrongKind for a file that is no SQLite database.
  static Result<Database> Open(const std::string& path, Mode mode);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  // Ends without Commit: the transaction is undone (Mode::kExisting).
  ~Database();

  // Statements without parameters, parted by semicolons. Errors as Statement::Run.
  Result<void> Execute(const char* sql);
  // The statement must not outlive the database.
  Result<Statement> Prepare(std::string_view sql);

 private:
  explicit Database(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace etcdf::sqlite
