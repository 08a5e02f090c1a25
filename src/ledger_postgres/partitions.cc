#include "ledger_postgres/partitions.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/log.h"
#include "base/uuid.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;

base::WallTime begin_of(std::int64_t day) {
  return base::WallTime(std::chrono::days(day));
}

Result<void> make(Session& session, std::int64_t day) {
  const std::string name = partition_name(day);
  return session.write(Lock::kPartitions, [&](Connection& connection) -> Result<void> {
    PM_TRY(const Rows there, connection.run("SELECT EXISTS(SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1))",
                                            Params().text(name)));
    if (there.boolean(0, 0)) return {};
    // ATTACH takes a weaker lock on the whole table than CREATE TABLE ... PARTITION OF would.
    PM_CHECK(connection.run(fmt::format("CREATE TABLE {} (LIKE entries INCLUDING ALL)", name)));
    PM_CHECK(connection.run(fmt::format("ALTER TABLE entries ATTACH PARTITION {} FOR VALUES FROM ('{}') TO ('{}')",
                                        name, base::Uuid::at(begin_of(day)).to_string(),
                                        base::Uuid::at(begin_of(day + 1)).to_string())));
    return {};
  });
}

}  // namespace

std::int64_t day_of(base::WallTime time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

std::string partition_name(std::int64_t day) {
  return fmt::format("entries_{:%Y%m%d}", std::chrono::floor<std::chrono::seconds>(begin_of(day)));
}

Result<void> Partitions::ensure(Session& session, const std::set<std::int64_t>& days) {
  for (const std::int64_t day : days) {
    if (known_.contains(day)) continue;
    if (auto made = make(session, day); !made) {
      return base::fail(std::move(made).error().in("making the partition " + partition_name(day)));
    }
    known_.insert(day);
  }
  return {};
}

Result<void> Partitions::ensure_ahead(Session& session, base::WallTime now) {
  return ensure(session, {day_of(now), day_of(now) + 1});
}

Result<bool> Partitions::drop_one(Connection& connection, const journal::RetentionOptions& limits, base::WallTime now) {
  PM_TRY(const Rows all, connection.run("SELECT c.relname::text, pg_total_relation_size(c.oid) FROM pg_inherits i "
                                        "JOIN pg_class c ON c.oid = i.inhrelid "
                                        "WHERE i.inhparent = 'entries'::regclass ORDER BY 1"));
  if (all.empty()) return false;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < all.size(); ++i) bytes += static_cast<std::uint64_t>(all.integer(i, 1));
  const std::string oldest = all.text(0, 0);
  // Names are in the order of days: all of its day is before the limit if its name is below that of the limit's day.
  const bool old = limits.max_age && oldest < partition_name(day_of(now - *limits.max_age));
  const bool much = limits.max_bytes && bytes > *limits.max_bytes && oldest < partition_name(day_of(now));
  if (!old && !much) return false;
  PM_CHECK(connection.run("SELECT set_config('lock_timeout', '2s', true)"));
  PM_CHECK(connection.run(fmt::format("DROP TABLE {}", oldest)));
  base::log_info("ledger: {} is gone, {}", oldest, old ? "it was too old" : "there was too much");
  return true;
}

}  // namespace pointsman::ledger_postgres
