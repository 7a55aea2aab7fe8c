// The tables of an SQLite export, as they are filled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dump-db/verbs.h"
#include "raft/message.h"
#include "sqlite/database.h"

namespace etcdf::dump_db {

// Inserts rows of one member. The first failure is kept, and from then on nothing is done.
class TableWriter {
 public:
  TableWriter(sqlite::Database& database, std::string member)
      : database_(database), member_(std::move(member)) {}

  // A row of `table`, with its columns behind the name if it is not all of them; `columns` is how
  // many. The first is the member's name; `bind` binds the others in their order.
  template <typename Bind>
  void Insert(std::string_view table, size_t columns, Bind bind) {
    sqlite::Statement* const statement = StatementFor(table, columns);
    if (statement == nullptr) return;
    statement->Text(member_);
    bind(*statement);
    Note(statement->Run());
  }

  // Keeps the failure, if it is one.
  void Note(const Result<void>& result) {
    if (!result && !failure_) failure_ = result.error();
  }
  bool failed() const { return failure_.has_value(); }
  Result<void> Finish() {
    if (failure_) return Fail(*failure_);
    return {};
  }

  // An id as etcd prints it, empty for 0. Good until the next call.
  std::string_view Hex(int64_t id);
  // The name of the number in an enum field, or the number itself. Good until the next call.
  std::string_view EnumName(raft::MessageView message, uint32_t field);

 private:
  sqlite::Statement* StatementFor(std::string_view table, size_t columns);

  sqlite::Database& database_;
  std::string member_;
  std::map<std::string, sqlite::Statement, std::less<>> statements_;  // by table
  std::optional<Error> failure_;
  std::string text_;
};

// The table `entries`: the member's raft log, from --wal-dir or the data dir of the database.
void AddEntries(const VerbContext& context, TableWriter& tables);

}  // namespace etcdf::dump_db
