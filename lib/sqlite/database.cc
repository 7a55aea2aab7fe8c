#include "sqlite/database.h"

#include <sqlite3.h>

#include <utility>

#include "base/escape.h"

namespace etcdf::sqlite {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

}  // namespace

struct Connection {
  // The last failure, in SQLite's words.
  tl::unexpected<Error> Failure() const {
    const bool foreign = sqlite3_errcode(handle.get()) == SQLITE_NOTADB;
    return Fail({.code = foreign ? ErrorCode::kWrongKind : ErrorCode::kIo,
                 .what = "SQLite cannot do it",
                 .subject = path + ": " + sqlite3_errmsg(handle.get())});
  }

  std::string path;
  std::unique_ptr<sqlite3, CloseDatabase> handle;
};

class Statement::Impl {
 public:
  Impl(const Connection& connection, sqlite3_stmt* handle)
      : connection_(connection), handle_(handle) {}

  sqlite3_stmt* handle() const { return handle_.get(); }
  // The parameter whose turn it is.
  int Next() { return ++bound_; }
  void Note(int status) {
    if (status != SQLITE_OK) refused_ = true;
  }

  Result<std::optional<int64_t>> Run() {
    std::optional<int64_t> answer;
    int status = refused_ ? SQLITE_ERROR : sqlite3_step(handle());
    if (status == SQLITE_ROW) answer = sqlite3_column_int64(handle(), 0);
    while (status == SQLITE_ROW) status = sqlite3_step(handle());
    Result<std::optional<int64_t>> result = answer;
    if (status != SQLITE_DONE) result = Result<std::optional<int64_t>>(connection_.Failure());
    sqlite3_reset(handle());
    bound_ = 0;
    refused_ = false;
    return result;
  }

 private:
  const Connection& connection_;
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle_;
  int bound_ = 0;
  bool refused_ = false;
};

Statement::Statement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Statement& Statement::Null() {
  impl_->Note(sqlite3_bind_null(impl_->handle(), impl_->Next()));
  return *this;
}

Statement& Statement::Int(int64_t value) {
  impl_->Note(sqlite3_bind_int64(impl_->handle(), impl_->Next(), value));
  return *this;
}

// SQLite takes a null pointer for NULL; a view that is empty may hold one.
Statement& Statement::Text(std::string_view value) {
  const char* const text = value.empty() ? "" : value.data();
  impl_->Note(sqlite3_bind_text64(impl_->handle(), impl_->Next(), text, value.size(), SQLITE_STATIC,
                                  SQLITE_UTF8));
  return *this;
}

Statement& Statement::Blob(Bytes value) {
  const void* const bytes = value.empty() ? "" : static_cast<const void*>(value.data());
  impl_->Note(
      sqlite3_bind_blob64(impl_->handle(), impl_->Next(), bytes, value.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::TextOrBlob(Bytes value) {
  const bool text = IsUtf8(value) && AsText(value).find('\0') == std::string_view::npos;
  return text ? Text(AsText(value)) : Blob(value);
}

Result<void> Statement::Run() {
  if (auto answer = impl_->Run(); !answer) return Fail(answer.error());
  return {};
}

Result<std::optional<int64_t>> Statement::RunForNumber() { return impl_->Run(); }

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::Open(const std::string& path, Mode mode) {
  const bool is_new = mode == Mode::kNew;
  auto connection = std::make_unique<Connection>();
  connection->path = path;
  sqlite3* handle = nullptr;
  const int status = sqlite3_open_v2(
      path.c_str(), &handle, SQLITE_OPEN_READWRITE | (is_new ? SQLITE_OPEN_CREATE : 0), nullptr);
  connection->handle.reset(handle);
  if (handle == nullptr) throw std::bad_alloc();
  if (status != SQLITE_OK) return connection->Failure();
  Database database(std::move(connection));
  // The first statement that reads tells whether the file is SQLite's.
  auto prepared = database.Execute(is_new ? "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF"
                                          : "PRAGMA schema_version");
  if (prepared) prepared = database.Execute("PRAGMA cache_size=-65536");
  if (!prepared) return Fail(prepared.error());
  return database;
}

Result<void> Database::Execute(const char* sql) {
  if (sqlite3_exec(connection_->handle.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return connection_->Failure();
  }
  return {};
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int status =
      sqlite3_prepare_v3(connection_->handle.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (status != SQLITE_OK) return connection_->Failure();
  return Statement(std::make_unique<Statement::Impl>(*connection_, handle));
}

}  // namespace etcdf::sqlite
