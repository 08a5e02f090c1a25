// SQLite, owned: a connection and its prepared statements, failures as Error.
//
// A connection and its statements belong to one thread at a time (opened without SQLite's own mutex). Statements must
// not outlive their connection. Errors: kCorrupt for a damaged file, kOverloaded for a busy one, kInvalidArgument for
// a row that a constraint refuses, kIo otherwise; retry is kSameTarget for what may pass (busy, disk full, out of
// memory) and kNo for what makes the file untrustworthy (an I/O error, a failed fsync among them, or damage).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pointsman::ledger_sqlite {

class Statement {
 public:
  Statement() = default;

  // Views are not copied: they must stay valid until the next reset() or bind.
  void bind(int index, std::int64_t value);
  void bind_text(int index, std::string_view text);
  void bind_blob(int index, std::string_view bytes);
  void bind_null(int index);
  void bind(int index, const std::optional<std::int64_t>& value);
  void bind_real(int index, double value);

  // True if there is a row to read, false when done.
  base::Result<bool> step();
  // Runs to completion, ignoring rows, and resets.
  base::Result<void> run();
  void reset();

  std::int64_t integer(int column) const;
  double real(int column) const;
  bool is_null(int column) const;
  // Valid until the next step() or reset().
  std::string_view bytes(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_failure_ = 0;
};

enum class OpenMode : std::uint8_t { kReadOnly, kReadWriteCreate };

class Database {
 public:
  static base::Result<Database> open(const std::string& path, OpenMode mode);

  // One or more statements without parameters or results.
  base::Result<void> execute(const std::string& sql);
  base::Result<Statement> prepare(std::string_view sql);
  // First column of the first row.
  base::Result<std::int64_t> query_integer(std::string_view sql);
  // Rows that the last INSERT, UPDATE or DELETE to end has changed.
  std::int64_t changes() const;
  // False inside a transaction.
  bool autocommit() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace pointsman::ledger_sqlite
