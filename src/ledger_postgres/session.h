// A connection that is made anew when it broke, for a store that lives long; and its transactions.
//
// Any one thread at a time. A call that finds the connection broken makes another one first; what only reads is tried
// once more when the connection breaks under it. A write is not, once its transaction has begun: nobody knows whether
// it was committed, and the error says so (kReset, kTimeout).
#pragma once

#include <functional>
#include <optional>

#include "ledger_postgres/connection.h"

namespace pointsman::ledger_postgres {

// What writers of one kind of rows hold until the end of their transaction (advisory locks), so that they come one
// after another, on all replicas.
enum class Lock : std::int64_t {
  kSchema = 1,
  kUpkeep = 2,
  kLearning = 3,
  kKeys = 4,
  kAudit = 5,
  kPartitions = 6,
  kLeading = 7,  // of a session, not of a transaction: change_listener.h
  kConfig = 8,
};
enum class Share : std::uint8_t { kExclusive, kShared };
// The key of the advisory lock: the same for all programs of this name in one database.
std::int64_t key_of(Lock lock);

// Where it is told that something was written under a lock, as told_as() says; empty: nobody is told.
inline constexpr std::string_view kChannel = "pointsman";
std::string_view told_as(Lock lock);

class Session {
 public:
  using Body = std::function<base::Result<void>(Connection&)>;

  // Connects and brings the schema up to date (schema.h).
  static base::Result<Session> open(Target target);

  // One statement that reads.
  base::Result<Rows> read(std::string_view sql, const Params& params = {});
  // Statements that read, and see one state of the database.
  base::Result<void> read_all(const Body& body);
  // One statement that writes, as a transaction of its own.
  base::Result<Rows> write(std::string_view sql, const Params& params);
  // In one transaction under the lock: all of it happens, or nothing. Whoever listens is told when it has.
  base::Result<void> write(Lock lock, Share share, const Body& body);
  base::Result<void> write(Lock lock, const Body& body) { return write(lock, Share::kExclusive, body); }

  // The same where nobody else has the lock; false: somebody has, and nothing happened.
  base::Result<bool> try_write(Lock lock, const Body& body);

  // One that is not broken, as far as anybody knows.
  base::Result<Connection*> connection();
  const Target& target() const { return target_; }

 private:
  explicit Session(Target target) : target_(std::move(target)) {}
  base::Result<Connection*> begin(std::span<const Query> first);
  static base::Result<void> finish(Connection& connection, base::Result<void> done);

  Target target_;
  std::optional<Connection> connection_;
};

}  // namespace pointsman::ledger_postgres
