#include "ledger_sqlite/entry_count.h"

#include <unistd.h>

#include <limits>

#include "ledger_sqlite/filter_sql.h"
#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/schema.h"

namespace pointsman::ledger_sqlite {
namespace {

base::Result<std::uint64_t> count_by_reading(const std::string& directory, ledger::Filter& filter) {
  filter.limit = std::numeric_limits<std::size_t>::max();
  PM_TRY(const auto reader, open_reader(directory));
  std::uint64_t found = 0;
  PM_CHECK(reader->scan(filter, [&found](const ledger::Entry&) {
    ++found;
    return true;
  }));
  return found;
}

}  // namespace

base::Result<std::uint64_t> count_entries(const std::string& directory, ledger::Filter filter) {
  if (!filter.key.empty()) return count_by_reading(directory, filter);
  const std::string path = directory + "/" + kDatabaseFile;
  if (::access(path.c_str(), F_OK) != 0) {
    return base::fail(base::ErrorCode::kNotFound, "there is no ledger at " + path);
  }
  PM_TRY(Database database, Database::open(path, OpenMode::kReadOnly));
  PM_TRY(Statement statement, database.prepare("SELECT count(*) FROM entries WHERE 1" + conditions_of(filter)));
  const FilterBounds bounds(filter);
  bind_conditions(statement, filter, bounds);
  PM_CHECK(statement.step());
  return static_cast<std::uint64_t>(statement.integer(0));
}

}  // namespace pointsman::ledger_sqlite
