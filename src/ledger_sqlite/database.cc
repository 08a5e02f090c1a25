#include "ledger_sqlite/database.h"

#include <sqlite3.h>

namespace pointsman::ledger_sqlite {
namespace {

constexpr int kBusyTimeoutMs = 1000;

base::ErrorCode code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::ErrorCode::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::ErrorCode::kOverloaded;
    case SQLITE_CONSTRAINT:
      return base::ErrorCode::kInvalidArgument;
    default:
      return base::ErrorCode::kIo;
  }
}

// What may be tried again. Where a read, a write or an allocation failed SQLite has undone the transaction, and the
// next one says anew what is in the file. Not so after a failed fsync: what the system wrote back or gave up nobody
// knows.
base::Retry retry_of(int sqlite_code) {
  switch (sqlite_code) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_NOMEM:
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_IOERR_SHMSIZE:
    case SQLITE_IOERR_SHMMAP:
      return base::Retry::kSameTarget;
    default:
      break;
  }
  switch (sqlite_code & 0xff) {
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return base::Retry::kSameTarget;
    default:
      return base::Retry::kNo;
  }
}

base::Error error_of(sqlite3* handle) {
  const int code = handle == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle);
  const char* message = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  return base::Error(code_of(code), std::string("SQLite: ") + message + " (" + std::to_string(code) + ")",
                     base::Origin::kGateway, retry_of(code));
}

// Also where an exception ends the run: a statement that was not reset takes no more values.
struct Resetting {
  Statement& statement;
  ~Resetting() { statement.reset(); }
};

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::bind(int index, std::int64_t value) {
  bind_failure_ |= sqlite3_bind_int64(statement_.get(), index, value);
}

void Statement::bind_text(int index, std::string_view text) {
  bind_failure_ |= sqlite3_bind_text(statement_.get(), index, text.empty() ? "" : text.data(),
                                     static_cast<int>(text.size()), SQLITE_STATIC);
}

void Statement::bind_blob(int index, std::string_view bytes) {
  bind_failure_ |= sqlite3_bind_blob(statement_.get(), index, bytes.empty() ? "" : bytes.data(),
                                     static_cast<int>(bytes.size()), SQLITE_STATIC);
}

void Statement::bind_null(int index) {
  bind_failure_ |= sqlite3_bind_null(statement_.get(), index);
}

void Statement::bind(int index, const std::optional<std::int64_t>& value) {
  value ? bind(index, *value) : bind_null(index);
}

void Statement::bind_real(int index, double value) {
  bind_failure_ |= sqlite3_bind_double(statement_.get(), index, value);
}

base::Result<bool> Statement::step() {
  if (bind_failure_ != SQLITE_OK) return base::fail(error_of(sqlite3_db_handle(statement_.get())));
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return base::fail(error_of(sqlite3_db_handle(statement_.get())));
}

base::Result<void> Statement::run() {
  const Resetting at_the_end{*this};
  for (;;) {
    PM_TRY(const bool more, step());
    if (!more) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  bind_failure_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

base::Result<Database> Database::open(const std::string& path, OpenMode mode) {
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (mode == OpenMode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database;
  database.handle_.reset(handle);
  if (code != SQLITE_OK) return base::fail(error_of(handle).in("opening " + path));
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

base::Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return base::fail(error_of(handle_.get()));
  }
  return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  Statement statement;
  statement.statement_.reset(raw);
  if (code != SQLITE_OK) return base::fail(error_of(handle_.get()));
  return statement;
}

base::Result<std::int64_t> Database::query_integer(std::string_view sql) {
  PM_TRY(Statement statement, prepare(sql));
  PM_TRY(const bool row, statement.step());
  if (!row) return base::fail(base::ErrorCode::kInternal, "SQLite: no row from " + std::string(sql));
  return statement.integer(0);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_.get());
}

bool Database::autocommit() const {
  return sqlite3_get_autocommit(handle_.get()) != 0;
}

}  // namespace pointsman::ledger_sqlite
