#include "ledger_postgres/session.h"

#include <array>
#include <exception>

#include "ledger_postgres/schema.h"

namespace pointsman::ledger_postgres {

using base::Result;

namespace {

// What is thrown in the middle of a transaction (lack of memory) must not leave it open for whoever comes next: the
// connection goes, and the server rolls back.
class DropWhenThrown {
 public:
  explicit DropWhenThrown(std::optional<Connection>& connection) : connection_(connection) {}
  ~DropWhenThrown() {
    if (std::uncaught_exceptions() > before_) connection_.reset();
  }
  DropWhenThrown(const DropWhenThrown&) = delete;
  DropWhenThrown& operator=(const DropWhenThrown&) = delete;

 private:
  std::optional<Connection>& connection_;
  const int before_ = std::uncaught_exceptions();
};

}  // namespace

std::int64_t key_of(Lock lock) {
  constexpr std::int64_t kOurs = 0x706f'696e'7473'6d00;  // "pointsm"
  return kOurs | static_cast<std::int64_t>(lock);
}

std::string_view told_as(Lock lock) {
  if (lock == Lock::kKeys) return "keys";
  if (lock == Lock::kConfig) return "config";
  return lock == Lock::kLearning ? "learning" : "";
}

Result<Session> Session::open(Target target) {
  PM_CHECK(prepare_schema(target));
  Session session(std::move(target));
  PM_CHECK(session.connection());
  return session;
}

Result<Connection*> Session::connection() {
  if (!connection_ || connection_->broken()) {
    connection_.reset();
    PM_TRY(Connection fresh, Connection::open(target_));
    connection_.emplace(std::move(fresh));
  }
  return &*connection_;
}

Result<Rows> Session::read(std::string_view sql, const Params& params) {
  PM_TRY(Connection * connection, this->connection());
  auto rows = connection->run(sql, params);
  if (rows || !connection->broken() || rows.error().code() == base::ErrorCode::kTimeout) return rows;
  PM_TRY(connection, this->connection());
  return connection->run(sql, params);
}

Result<Rows> Session::write(std::string_view sql, const Params& params) {
  PM_TRY(Connection * connection, this->connection());
  return connection->run(sql, params);
}

// The connection may have broken long ago: nothing is lost by beginning on another one.
Result<Connection*> Session::begin(std::span<const Query> first) {
  PM_TRY(Connection * connection, this->connection());
  auto begun = connection->run_all(first);
  if (!begun && connection->broken() && begun.error().code() != base::ErrorCode::kTimeout) {
    PM_TRY(connection, this->connection());
    begun = connection->run_all(first);
  }
  if (begun) return connection;
  PM_CHECK(finish(*connection, base::fail(std::move(begun).error())));
  return connection;
}

Result<void> Session::finish(Connection& connection, Result<void> done) {
  if (done) {
    PM_CHECK(connection.run("COMMIT"));
    return {};
  }
  if (!connection.broken()) static_cast<void>(connection.run("ROLLBACK"));
  return done;
}

Result<void> Session::read_all(const Body& body) {
  const std::array<Query, 1> first{{{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}}};
  const DropWhenThrown guard(connection_);
  PM_TRY(Connection* const connection, begin(first));
  return finish(*connection, body(*connection));
}

Result<void> Session::write(Lock lock, Share share, const Body& body) {
  const char* const take = share == Share::kShared ? "SELECT pg_advisory_xact_lock_shared($1)"  //
                                                   : "SELECT pg_advisory_xact_lock($1)";
  std::array<Query, 2> first{{{"BEGIN"}, {take}}};
  first[1].params.integer(key_of(lock));
  const DropWhenThrown guard(connection_);
  PM_TRY(Connection* const connection, begin(first));
  return finish(*connection, [&]() -> Result<void> {
    PM_CHECK(body(*connection));
    if (told_as(lock).empty()) return {};
    PM_CHECK(connection->run("SELECT pg_notify($1, $2)", Params().text(kChannel).text(told_as(lock))));
    return {};
  }());
}

Result<bool> Session::try_write(Lock lock, const Body& body) {
  const std::array<Query, 1> first{{{"BEGIN"}}};
  const DropWhenThrown guard(connection_);
  PM_TRY(Connection* const connection, begin(first));
  bool taken = false;
  PM_CHECK(finish(*connection, [&]() -> Result<void> {
    PM_TRY(const Rows row, connection->run("SELECT pg_try_advisory_xact_lock($1)", Params().integer(key_of(lock))));
    taken = row.boolean(0, 0);
    return taken ? body(*connection) : Result<void>();
  }()));
  return taken;
}

}  // namespace pointsman::ledger_postgres
