// One connection to PostgreSQL over libpq, and what went wrong on it as Error.
//
// Blocks its thread, never for longer than the target's times: sockets are non-blocking, every wait has a deadline (but
// libpq looks a host's name up by the system's resolver, which has its own). Statements are parameterised, always;
// values travel in binary form. Any one thread at a time. After a failure of the transport, or a deadline, a connection
// is broken: nobody knows what came of the last statement, and every further call fails.
//
// Errors: kConnect (none could be made, or the server takes none at present), kReset (it broke), kTimeout, kOverloaded
// (a lock, a deadlock, a conflict: try again), kInvalidArgument for a row that a constraint refuses, kUnauthorized,
// kUnsupported, kIo otherwise. None is for ever (Retry::kSameTarget): a database is repaired without restarting us.
// Messages hold the server's first line, never its details, which quote values.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger_postgres/params.h"
#include "ledger_postgres/rows.h"
#include "ledger_postgres/target.h"

struct pg_conn;

namespace pointsman::ledger_postgres {

struct Query {
  std::string sql;  // one statement
  Params params{};
};

class Connection {
 public:
  static base::Result<Connection> open(const Target& target);

  base::Result<Rows> run(std::string_view sql, const Params& params = {});
  // Sends all of them and then reads the answers: one round trip. Without BEGIN among them they are one transaction.
  // The first that fails ends it, and is the error.
  base::Result<std::vector<Rows>> run_all(std::span<const Query> queries);

  // What was notified (payloads, in order), if need be after waiting for the first one for that long.
  base::Result<std::vector<std::string>> notices(std::chrono::milliseconds patience);

  bool broken() const { return broken_; }
  // SQLSTATE of the last failure that the server told ("23514"); empty: another failure, or none.
  const std::string& failed_state() const { return failed_state_; }

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  using Deadline = std::chrono::steady_clock::time_point;

  Connection(pg_conn* connection, std::chrono::milliseconds timeout) : handle_(connection), timeout_(timeout) {}

  base::Result<void> connect(Deadline deadline);
  base::Result<void> prepare_session(std::chrono::milliseconds timeout);
  base::Result<void> wait(bool for_writing, Deadline deadline);
  base::Result<void> flush(Deadline deadline);
  // The next answer; null: the statement has no more.
  base::Result<pg_result*> next(Deadline deadline);
  base::Result<Rows> read_answer(Deadline deadline);
  base::Result<void> send(const Query& query);
  std::vector<std::string> take_notices();
  base::Result<std::vector<Rows>> read_pipeline(std::size_t count, Deadline deadline);
  base::Error broke(base::ErrorCode code, std::string message);
  base::Error refused(const pg_result* result);

  std::unique_ptr<pg_conn, Finish> handle_;
  std::chrono::milliseconds timeout_;
  bool broken_ = false;
  std::string failed_state_;
};

}  // namespace pointsman::ledger_postgres
