#include "ledger_postgres/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "ledger_postgres/libpq.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr int kBinary = 1;
constexpr std::string_view kEncoding = "UTF8";

Error transient(ErrorCode code, std::string message) {
  return Error(code, "PostgreSQL: " + std::move(message), base::Origin::kGateway, base::Retry::kSameTarget);
}

std::string first_line(const char* text) {
  const std::string_view all = text == nullptr ? "" : text;
  return std::string(all.substr(0, all.find('\n')));
}

// Classes and states of appendix A of PostgreSQL's manual, "PostgreSQL Error Codes".
ErrorCode code_of(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  if (state == "57014") return ErrorCode::kTimeout;                                  // statement_timeout
  if (state == "55P03" || kind == "40") return ErrorCode::kOverloaded;               // lock_timeout, deadlock, conflict
  if (kind == "08" || kind == "57" || state == "53300") return ErrorCode::kConnect;  // shutting down, no slot left
  if (state == "25006") return ErrorCode::kConnect;                                  // it is a standby now
  if (kind == "23") return ErrorCode::kInvalidArgument;
  if (kind == "28" || state == "42501") return ErrorCode::kUnauthorized;
  if (kind == "0A") return ErrorCode::kUnsupported;
  if (kind == "XX") return ErrorCode::kCorrupt;
  return ErrorCode::kIo;
}

// States after which another connection may do better.
bool ends_connection(std::string_view state) {
  return state.substr(0, 2) == "08" || state.substr(0, 3) == "57P" || state == "25006";
}

std::string millis(std::chrono::milliseconds time) {
  return std::to_string(std::max<std::int64_t>(time.count(), 1));
}

// As libpq takes them; views into `params`.
struct Bound {
  explicit Bound(const Params& params) {
    for (std::size_t i = 0; i < params.size(); ++i) {
      const std::optional<std::string>& value = params.value(i);
      types.push_back(params.type(i));
      values.push_back(value ? value->data() : nullptr);
      lengths.push_back(value ? static_cast<int>(value->size()) : 0);
      formats.push_back(kBinary);
    }
  }
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

}  // namespace

void Connection::Finish::operator()(pg_conn* connection) const {
  libpq().PQfinish(connection);
}

Error Connection::broke(ErrorCode code, std::string message) {
  broken_ = true;
  return transient(code, std::move(message));
}

Error Connection::refused(const pg_result* result) {
  const char* const state = libpq().PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* const message = libpq().PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (state == nullptr) return broke(ErrorCode::kReset, first_line(libpq().PQerrorMessage(handle_.get())));
  failed_state_ = state;
  if (ends_connection(failed_state_)) broken_ = true;
  return transient(code_of(failed_state_), first_line(message) + " (" + failed_state_ + ")");
}

Result<void> Connection::wait(bool for_writing, Deadline deadline) {
  pollfd socket{libpq().PQsocket(handle_.get()), static_cast<short>(for_writing ? POLLIN | POLLOUT : POLLIN), 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return base::fail(broke(ErrorCode::kTimeout, "no answer in time"));
    const int ready = ::poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1'000'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return base::fail(broke(ErrorCode::kReset, "its socket cannot be waited for"));
  }
}

Result<void> Connection::connect(Deadline deadline) {
  // As libpq's manual has it for PQconnectPoll: begin as if it had said "writing".
  for (PostgresPollingStatusType next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
    if (next == PGRES_POLLING_FAILED) {
      return base::fail(broke(ErrorCode::kConnect, first_line(libpq().PQerrorMessage(handle_.get()))));
    }
    pollfd socket{libpq().PQsocket(handle_.get()), static_cast<short>(next == PGRES_POLLING_WRITING ? POLLOUT : POLLIN),
                  0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return base::fail(broke(ErrorCode::kConnect, "no connection in time"));
    const int ready = ::poll(&socket, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return base::fail(broke(ErrorCode::kConnect, "its socket cannot be waited for"));
    if (ready > 0) next = libpq().PQconnectPoll(handle_.get());
  }
  return {};
}

// What the server does by itself when we are gone or too slow. A client's deadline comes first, so the server's are a
// little longer.
Result<void> Connection::prepare_session(std::chrono::milliseconds timeout) {
  const std::string limit = millis(timeout + timeout / 4);
  Params params;
  params.text(limit).text(millis(timeout * 4));
  PM_TRY(const Rows row, run("SELECT current_setting('server_encoding'), set_config('statement_timeout', $1, false), "
                             "set_config('idle_in_transaction_session_timeout', $2, false), "
                             "set_config('timezone', 'UTC', false)",
                             params));
  if (row.bytes(0, 0) == kEncoding) return {};
  return base::fail(ErrorCode::kUnsupported,
                    "the database's encoding is " + row.text(0, 0) + ": make one with ENCODING 'UTF8'");
}

Result<Connection> Connection::open(const Target& target) {
  PM_CHECK(open_libpq());
  const std::string password(target.password.reveal());
  const std::string lost = millis(target.timeout);
  // The URL stands where it wins over what is before it, and loses against what is after it.
  std::vector<std::pair<const char*, const char*>> options{{"application_name", "pointsman"},
                                                           {"tcp_user_timeout", lost.c_str()},
                                                           {"dbname", target.url.c_str()},
                                                           {"client_encoding", kEncoding.data()}};
  if (!password.empty()) options.emplace_back("password", password.c_str());
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : options) {
    keys.push_back(key);
    values.push_back(value);
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  const Deadline deadline = std::chrono::steady_clock::now() + target.connect_timeout;
  Connection connection(libpq().PQconnectStartParams(keys.data(), values.data(), 1), target.connect_timeout);
  if (!connection.handle_) return base::fail(transient(ErrorCode::kIo, "out of memory"));
  if (libpq().PQstatus(connection.handle_.get()) == CONNECTION_BAD) {
    return base::fail(transient(ErrorCode::kConnect, first_line(libpq().PQerrorMessage(connection.handle_.get()))));
  }
  PM_CHECK(connection.connect(deadline));
  libpq().PQsetnonblocking(connection.handle_.get(), 1);
  // Notices go to the server's own log.
  libpq().PQsetNoticeReceiver(connection.handle_.get(), [](void*, const PGresult*) {}, nullptr);
  PM_CHECK(connection.prepare_session(target.timeout));
  connection.timeout_ = target.timeout;
  return connection;
}

Result<void> Connection::flush(Deadline deadline) {
  for (;;) {
    const int left = libpq().PQflush(handle_.get());
    if (left == 0) return {};
    if (left < 0) return base::fail(broke(ErrorCode::kReset, first_line(libpq().PQerrorMessage(handle_.get()))));
    PM_CHECK(wait(true, deadline));
    // A server that cannot send us its answers stops reading.
    if (libpq().PQconsumeInput(handle_.get()) == 0) {
      return base::fail(broke(ErrorCode::kReset, first_line(libpq().PQerrorMessage(handle_.get()))));
    }
  }
}

Result<pg_result*> Connection::next(Deadline deadline) {
  while (libpq().PQisBusy(handle_.get()) != 0) {
    PM_CHECK(wait(false, deadline));
    if (libpq().PQconsumeInput(handle_.get()) == 0) {
      return base::fail(broke(ErrorCode::kReset, first_line(libpq().PQerrorMessage(handle_.get()))));
    }
  }
  return libpq().PQgetResult(handle_.get());
}

// Up to the end of one statement, so that the next one can be asked or read.
Result<Rows> Connection::read_answer(Deadline deadline) {
  Rows rows;
  std::optional<Error> error;
  for (;;) {
    PM_TRY(pg_result* const result, next(deadline));
    if (result == nullptr) break;
    Rows held(result);
    const ExecStatusType status = libpq().PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      rows = std::move(held);
    } else if (status == PGRES_PIPELINE_ABORTED) {
      if (!error) error = transient(ErrorCode::kIo, "a statement before it failed");
    } else if (!error) {
      error = refused(result);
    }
    if (broken_ && libpq().PQstatus(handle_.get()) == CONNECTION_BAD) break;
  }
  if (error) return base::fail(std::move(*error));
  return rows;
}

Result<void> Connection::send(const Query& query) {
  const Bound bound(query.params);
  const int sent = libpq().PQsendQueryParams(handle_.get(), query.sql.c_str(), static_cast<int>(bound.values.size()),
                                             bound.types.data(), bound.values.data(), bound.lengths.data(),
                                             bound.formats.data(), kBinary);
  if (sent == 1) return {};
  return base::fail(broke(ErrorCode::kReset, first_line(libpq().PQerrorMessage(handle_.get()))));
}

Result<Rows> Connection::run(std::string_view sql, const Params& params) {
  failed_state_.clear();
  if (broken_) return base::fail(transient(ErrorCode::kReset, "the connection broke before"));
  const Deadline deadline = std::chrono::steady_clock::now() + timeout_;
  PM_CHECK(send({std::string(sql), params}));
  PM_CHECK(flush(deadline));
  return read_answer(deadline);
}

std::vector<std::string> Connection::take_notices() {
  std::vector<std::string> out;
  while (PGnotify* const one = libpq().PQnotifies(handle_.get())) {
    out.emplace_back(one->extra);
    libpq().PQfreemem(one);
  }
  return out;
}

Result<std::vector<std::string>> Connection::notices(std::chrono::milliseconds patience) {
  if (broken_) return base::fail(transient(ErrorCode::kReset, "the connection broke before"));
  // Answers to statements may have brought some.
  if (auto there = take_notices(); !there.empty()) return there;
  pollfd socket{libpq().PQsocket(handle_.get()), POLLIN, 0};
  const int ready = ::poll(&socket, 1, static_cast<int>(patience.count()));
  if (ready < 0 && errno != EINTR) return base::fail(broke(ErrorCode::kReset, "its socket cannot be waited for"));
  if (ready > 0 && libpq().PQconsumeInput(handle_.get()) == 0) {
    return base::fail(broke(ErrorCode::kReset, first_line(libpq().PQerrorMessage(handle_.get()))));
  }
  return take_notices();
}

Result<std::vector<Rows>> Connection::read_pipeline(std::size_t count, Deadline deadline) {
  std::vector<Rows> rows;
  std::optional<Error> error;
  for (std::size_t i = 0; i < count; ++i) {
    auto answer = read_answer(deadline);
    if (!answer && broken_) return base::fail(std::move(error ? *error : answer.error()));
    if (!answer && !error) error = std::move(answer).error();
    if (answer) rows.push_back(std::move(*answer));
  }
  PM_TRY(pg_result* const sync, next(deadline));
  const Rows held(sync);
  if (error) return base::fail(std::move(*error));
  if (sync == nullptr || libpq().PQresultStatus(sync) != PGRES_PIPELINE_SYNC) {
    return base::fail(broke(ErrorCode::kReset, "its answers are out of order"));
  }
  return rows;
}

Result<std::vector<Rows>> Connection::run_all(std::span<const Query> queries) {
  failed_state_.clear();
  if (broken_) return base::fail(transient(ErrorCode::kReset, "the connection broke before"));
  const Deadline deadline = std::chrono::steady_clock::now() + timeout_;
  libpq().PQenterPipelineMode(handle_.get());
  for (const Query& one : queries) PM_CHECK(send(one));
  if (libpq().PQpipelineSync(handle_.get()) == 0) {
    return base::fail(broke(ErrorCode::kReset, first_line(libpq().PQerrorMessage(handle_.get()))));
  }
  PM_CHECK(flush(deadline));
  auto rows = read_pipeline(queries.size(), deadline);
  if (!broken_ && libpq().PQexitPipelineMode(handle_.get()) == 0) broken_ = true;
  return rows;
}

}  // namespace pointsman::ledger_postgres
