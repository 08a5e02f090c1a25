#include "ledger_drivers/move.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/hash.h"
#include "journal/destination.h"
#include "ledger_drivers/move_tables.h"
#include "ledger_postgres/classifier_registry.h"
#include "ledger_postgres/entry_batch.h"
#include "ledger_postgres/partitions.h"
#include "ledger_postgres/session.h"
#include "ledger_sqlite/backend.h"
#include "ledger_sqlite/database.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/store.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_drivers {
namespace {

using base::ErrorCode;
using base::Result;
using ledger_postgres::Array;
using ledger_postgres::Connection;
using ledger_postgres::Lock;
using ledger_postgres::Params;
using ledger_postgres::Rows;
using ledger_postgres::Session;
using ledger_sqlite::Database;
using ledger_sqlite::Statement;

constexpr std::size_t kRows = 500;  // at a time
constexpr std::size_t kBytes = 8U << 20;

// SHA-256 over rows in their order: of the digest so far and the next row.
class Digest {
 public:
  void text(std::string_view value) { row_ += fmt::format("{}:{};", value.size(), value); }
  void integer(std::optional<std::int64_t> value) { row_ += value ? fmt::format("{};", *value) : "-;"; }
  void real(double value) { row_ += fmt::format("{};", value); }
  void end_row() {
    sum_ = base::sha256_hex(sum_ + row_);
    row_.clear();
    ++rows_;
  }
  std::uint64_t rows() const { return rows_; }
  const std::string& sum() const { return sum_; }

 private:
  std::string row_;
  std::string sum_;
  std::uint64_t rows_ = 0;
};

ledger_postgres::Type array_type(Cell cell) {
  switch (cell) {
    case Cell::kUuid:
      return ledger_postgres::Type::kUuid;
    case Cell::kBytes:
      return ledger_postgres::Type::kBytes;
    case Cell::kText:
    case Cell::kReal:  // PostgreSQL reads the shortest text that is this number
      return ledger_postgres::Type::kText;
    case Cell::kInteger:
    case Cell::kBoolean:
      break;
  }
  return ledger_postgres::Type::kInt8;
}

std::optional<std::int64_t> integer_of(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

// One row of a file: into the digest and, where there are any, into the arrays.
Result<void> take(const Statement& row, std::span<const Cell> cells, Digest& digest, std::vector<Array>* arrays) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int column = static_cast<int>(i);
    Array* const into = arrays != nullptr ? &(*arrays)[i] : nullptr;
    if (cells[i] == Cell::kInteger || cells[i] == Cell::kBoolean) {
      digest.integer(integer_of(row, column));
      if (into != nullptr) into->integer(integer_of(row, column));
    } else if (cells[i] == Cell::kReal) {
      digest.real(row.real(column));
      if (into != nullptr) into->text(fmt::format("{}", row.real(column)));
    } else {
      digest.text(row.bytes(column));
      if (into == nullptr) continue;
      if (cells[i] == Cell::kUuid) {
        PM_TRY(const base::Uuid id, ledger_sqlite::read_uuid(row, column));
        into->uuid(id);
      } else {
        cells[i] == Cell::kText ? into->text(row.bytes(column)) : into->bytes(row.bytes(column));
      }
    }
  }
  digest.end_row();
  return {};
}

void take(const Rows& rows, std::size_t row, std::span<const Cell> cells, Digest& digest) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int column = static_cast<int>(i);
    if (cells[i] == Cell::kInteger || cells[i] == Cell::kBoolean) {
      digest.integer(rows.optional_integer(row, column));
    } else if (cells[i] == Cell::kReal) {
      digest.real(rows.real(row, column));
    } else {
      digest.text(rows.bytes(row, column));
    }
  }
  digest.end_row();
}

constexpr std::array kEntryCells = {Cell::kUuid, Cell::kBytes};
constexpr std::string_view kEntriesBack = "SELECT id, record FROM entries ORDER BY id";

class Mover {
 public:
  Mover(const Move& move, Session session) : move_(move), session_(std::move(session)) {}

  Result<void> begin(base::WallTime now);
  Result<std::vector<MovedPart>> run();
  Result<void> finish(base::WallTime now);

 private:
  void show(std::string_view what, std::uint64_t done, std::uint64_t of) const {
    if (move_.progress) move_.progress(what, done, of);
  }
  // Nothing where the ledger has no such file.
  Result<std::optional<Database>> open(const std::string& file) const {
    const std::string path = move_.directory + "/" + file;
    if (!std::filesystem::exists(path)) return std::nullopt;
    PM_TRY(Database database, Database::open(path, ledger_sqlite::OpenMode::kReadOnly));
    return std::optional<Database>(std::move(database));
  }
  Result<MovedPart> table(const MovedTable& table);
  Result<MovedPart> entries();
  Result<void> put_entries(std::vector<std::string>& records);
  Result<MovedPart> artefacts();
  Result<void> read_back(std::string_view sql, std::span<const Cell> cells, MovedPart& part);

  const Move& move_;
  Session session_;
  ledger_postgres::Partitions partitions_;
};

// Whether anybody's ledger is in there: what a migration or a first start of a gateway makes does not count.
constexpr std::string_view kIsEmpty =
    "SELECT NOT EXISTS(SELECT FROM entries) AND NOT EXISTS(SELECT FROM feedback) AND NOT EXISTS(SELECT FROM keys) "
    "AND NOT EXISTS(SELECT FROM classifiers) AND NOT EXISTS(SELECT FROM audit_events) "
    "AND NOT EXISTS(SELECT FROM spend)";

Result<void> Mover::begin(base::WallTime now) {
  return session_.write(Lock::kSchema, [&](Connection& connection) -> Result<void> {
    PM_CHECK(
        connection.run("CREATE TABLE IF NOT EXISTS ledger_moves(source text PRIMARY KEY, began bigint NOT NULL, "
                       "finished bigint)"));
    PM_TRY(const Rows before, connection.run("SELECT source, finished FROM ledger_moves"));
    if (!before.empty()) {
      if (before.text(0, 0) != move_.directory) {
        return base::fail(ErrorCode::kInvalidArgument, "the ledger of " + before.text(0, 0) +
                                                           " was moved into this database; each needs one of its own");
      }
      return {};
    }
    PM_TRY(const Rows empty, connection.run(kIsEmpty));
    if (!empty.boolean(0, 0)) {
      return base::fail(ErrorCode::kInvalidArgument,
                        "this database holds a ledger already; move into an empty one (CREATE DATABASE)");
    }
    PM_CHECK(connection.run("INSERT INTO ledger_moves VALUES($1, $2)", Params().text(move_.directory).time(now)));
    return {};
  });
}

Result<void> Mover::finish(base::WallTime now) {
  PM_CHECK(session_.write("UPDATE ledger_moves SET finished = $1", Params().time(now)));
  return {};
}

Result<void> Mover::read_back(std::string_view sql, std::span<const Cell> cells, MovedPart& part) {
  Digest digest;
  PM_CHECK(session_.read_all([&](Connection& connection) -> Result<void> {
    PM_CHECK(connection.run("DECLARE moved NO SCROLL CURSOR FOR " + std::string(sql)));
    for (;;) {
      PM_TRY(const Rows rows, connection.run(fmt::format("FETCH {} FROM moved", kRows)));
      for (std::size_t i = 0; i < rows.size(); ++i) take(rows, i, cells, digest);
      show("comparing " + part.name, digest.rows(), part.rows);
      if (rows.size() < kRows) return {};
    }
  }));
  part.there = digest.rows();
  part.digest_there = digest.sum();
  return {};
}

Result<MovedPart> Mover::table(const MovedTable& table) {
  MovedPart part{.name = table.name};
  PM_TRY(std::optional<Database> database, open(table.file));
  Digest digest;
  if (database) {
    PM_TRY(Statement row, database->prepare(table.select));
    std::vector<Array> arrays;
    std::size_t held = 0;
    const auto put = [&]() -> Result<void> {
      Params params;
      for (const Array& one : arrays) params.array(one);
      if (held > 0) PM_CHECK(session_.write(table.insert, params));
      arrays.clear();
      held = 0;
      for (const Cell cell : table.cells) arrays.emplace_back(array_type(cell));
      show(table.name, digest.rows(), digest.rows());
      return {};
    };
    PM_CHECK(put());
    for (;;) {
      PM_TRY(const bool more, row.step());
      if (!more) break;
      PM_CHECK(take(row, table.cells, digest, &arrays));
      if (++held == kRows) PM_CHECK(put());
    }
    PM_CHECK(put());
  }
  part.rows = digest.rows();
  part.digest = digest.sum();
  // A file that is not there has no row of the horizon, and the database has one that was never changed.
  if (database || part.name != "spend horizon") PM_CHECK(read_back(table.back, table.cells, part));
  return part;
}

Result<void> Mover::put_entries(std::vector<std::string>& records) {
  std::vector<journal::PendingRow> rows;
  for (const std::string& one : records) rows.push_back({journal::id_of(one), one});
  const auto batch = ledger_postgres::make_batch(rows, ledger_postgres::Charging::kNo);
  PM_CHECK(partitions_.ensure(session_, batch.days));
  PM_CHECK(session_.write(batch.insert.sql, batch.insert.params));
  records.clear();
  return {};
}

Result<MovedPart> Mover::entries() {
  MovedPart part{.name = "entries"};
  PM_TRY(std::optional<Database> database, open(ledger_sqlite::kDatabaseFile));
  if (!database) return part;
  PM_TRY(const std::int64_t all, database->query_integer("SELECT count(*) FROM entries"));
  // Batches are in the order of ids, each a transaction: what is there ends with the last one.
  PM_TRY(const Rows newest, session_.read("SELECT id FROM entries ORDER BY id DESC LIMIT 1"));
  base::Uuid done{};
  if (!newest.empty()) {
    PM_TRY(done, newest.uuid(0, 0));
  }
  PM_TRY(Statement row, database->prepare("SELECT id, record FROM entries ORDER BY id"));
  Digest digest;
  std::vector<std::string> records;
  std::size_t bytes = 0;
  for (;;) {
    PM_TRY(const bool more, row.step());
    if (!more) break;
    PM_CHECK(take(row, kEntryCells, digest, nullptr));
    PM_TRY(const base::Uuid id, ledger_sqlite::read_uuid(row, 0));
    if (id <= done) continue;
    records.emplace_back(row.bytes(1));
    bytes += records.back().size();
    if (records.size() < kRows && bytes < kBytes) continue;
    bytes = 0;
    PM_CHECK(put_entries(records));
    show(part.name, digest.rows(), static_cast<std::uint64_t>(all));
  }
  if (!records.empty()) PM_CHECK(put_entries(records));
  part.rows = digest.rows();
  part.digest = digest.sum();
  PM_CHECK(read_back(kEntriesBack, kEntryCells, part));
  return part;
}

// After the table of classifiers, which they belong to.
Result<MovedPart> Mover::artefacts() {
  MovedPart part{.name = "artefacts"};
  auto files = ledger_sqlite::make_backend(move_.directory)->classifiers(ledger::Access::kReading);
  if (!files && files.error().code() == ErrorCode::kNotFound) return part;
  if (!files) return base::fail(std::move(files).error());
  PM_TRY(const auto database, ledger_postgres::open_classifier_registry(move_.target));
  PM_TRY(const auto versions, (*files)->versions());
  Digest here;
  Digest there;
  for (const ledger::ClassifierVersion& one : versions) {
    show(part.name, here.rows(), versions.size());
    PM_TRY(const std::string artefact, (*files)->artefact(one.version));
    here.text(artefact);
    here.end_row();
    PM_CHECK(session_.write(Lock::kLearning, [&](Connection& connection) {
      return ledger_postgres::put_artefact(connection, one.version, artefact);
    }));
    PM_TRY(const std::string back, database->artefact(one.version));
    there.text(back);
    there.end_row();
  }
  part.rows = here.rows();
  part.digest = here.sum();
  part.there = there.rows();
  part.digest_there = there.sum();
  return part;
}

Result<std::vector<MovedPart>> Mover::run() {
  std::vector<MovedPart> parts;
  PM_TRY(MovedPart entries, this->entries());
  parts.push_back(std::move(entries));
  for (const MovedTable& one : moved_tables()) {
    auto part = table(one);
    if (!part) return base::fail(std::move(part).error().in(one.name));
    parts.push_back(std::move(*part));
  }
  PM_TRY(MovedPart artefacts, this->artefacts());
  parts.push_back(std::move(artefacts));
  return parts;
}

}  // namespace

Result<std::vector<MovedPart>> move_ledger(const Move& move, base::WallTime now) {
  if (!std::filesystem::exists(move.directory + "/" + ledger_sqlite::kDatabaseFile)) {
    return base::fail(ErrorCode::kNotFound, "there is no ledger in " + move.directory);
  }
  // Holds the ledger's lock, brings its tables up to date, and commits what a gateway that died left in its journals.
  PM_TRY(const auto lock, ledger_sqlite::open_store({.directory = move.directory, .writer = {}}));
  PM_CHECK(lock->flush());
  PM_TRY(Session session, Session::open(move.target));
  Mover mover(move, std::move(session));
  PM_CHECK(mover.begin(now));
  PM_TRY(std::vector<MovedPart> parts, mover.run());
  if (std::ranges::all_of(parts, &MovedPart::same)) PM_CHECK(mover.finish(now));
  return parts;
}

}  // namespace pointsman::ledger_drivers
