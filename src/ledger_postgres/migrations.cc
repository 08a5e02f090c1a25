#include "ledger_postgres/migrations.h"

#include <array>

namespace pointsman::ledger_postgres {
namespace {

// Never edit a step that was released, append another.

constexpr std::array kEntries = {
    R"(CREATE TABLE entries(
         id uuid PRIMARY KEY,
         category text COLLATE "C" NOT NULL,
         model text COLLATE "C" NOT NULL,
         stage text COLLATE "C" NOT NULL,
         outcome smallint NOT NULL,
         key text COLLATE "C" NOT NULL,
         user_id bigint NOT NULL,
         input_tokens bigint,
         cached_input_tokens bigint,
         output_tokens bigint,
         cost bigint,
         baseline_cost bigint,
         overhead_us bigint NOT NULL,
         total_us bigint NOT NULL,
         record bytea NOT NULL
       ) PARTITION BY RANGE (id))",
    R"(CREATE TABLE policies(version text COLLATE "C" PRIMARY KEY, document bytea NOT NULL))",
};

// Sums of spend (ledger/spend.h): rows of user 0 are the whole of an owner and a key; those of other users are parts of
// it. Bucket 0 is long ago, and spend_horizon the first bucket that was never summed up into it.
constexpr std::array kSpend = {
    R"(CREATE TABLE spend(
         owner text COLLATE "C" NOT NULL,
         key text COLLATE "C" NOT NULL,
         user_id bigint NOT NULL,
         bucket bigint NOT NULL,
         nanos bigint NOT NULL,
         tokens bigint NOT NULL,
         requests bigint NOT NULL,
         unknown bigint NOT NULL,
         PRIMARY KEY(owner, key, user_id, bucket)
       ) WITH (fillfactor = 50))",
    "CREATE INDEX spend_bucket ON spend(bucket)",
    "CREATE TABLE spend_horizon(bucket bigint NOT NULL)",
    "INSERT INTO spend_horizon VALUES(0)",
    R"(CREATE TABLE calibrations(
         provider text COLLATE "C" NOT NULL,
         model text COLLATE "C" NOT NULL,
         measure text COLLATE "C" NOT NULL,
         state text NOT NULL,
         PRIMARY KEY(provider, model, measure)
       ))",
};

constexpr std::array<Migration, 2> kMigrations = {kEntries, kSpend};

}  // namespace

std::span<const Migration> migrations() {
  return kMigrations;
}

}  // namespace pointsman::ledger_postgres
