#include "ledger_postgres/entry_batch.h"

#include <algorithm>

#include "base/log.h"
#include "ledger/entry_codec.h"
#include "ledger/spend.h"
#include "ledger_postgres/partitions.h"

namespace pointsman::ledger_postgres {
namespace {

// Older records cannot say what was charged (ledger/entry_codec.h).
constexpr std::uint8_t kFirstWithCharges = 8;

// What is new is what INSERT returns, so that nothing is ever charged twice. Rows of spend are changed in their order:
// two replicas that change the same ones wait for each other, and never each for the other. Nothing is negative, so
// that what is left below the largest integer can be computed without overflow.
constexpr const char* kInsert =
    "WITH added AS (INSERT INTO entries(id, category, model, stage, outcome, key, user_id, input_tokens, "
    "cached_input_tokens, output_tokens, cost, baseline_cost, overhead_us, total_us, record) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], "
    "$8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], "
    "$15::bytea[]) "
    "ON CONFLICT (id) DO NOTHING RETURNING id), "
    "charged AS (SELECT c.* FROM unnest($16::uuid[], $17::text[], $18::text[], $19::bigint[], $20::bigint[], "
    "$21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[]) "
    "AS c(id, owner, key, user_id, bucket, nanos, tokens, requests, unknown) JOIN added USING (id)), "
    "parts AS (SELECT owner, key, 0 AS user_id, bucket, nanos, tokens, requests, unknown FROM charged "
    "UNION ALL SELECT owner, key, user_id, bucket, nanos, tokens, requests, unknown FROM charged WHERE user_id <> 0) "
    "INSERT INTO spend(owner, key, user_id, bucket, nanos, tokens, requests, unknown) "
    "SELECT owner, key, user_id, bucket, least(sum(nanos), 9223372036854775807)::bigint, "
    "least(sum(tokens), 9223372036854775807)::bigint, sum(requests)::bigint, sum(unknown)::bigint FROM parts "
    "GROUP BY 1, 2, 3, 4 ORDER BY owner COLLATE \"C\", key COLLATE \"C\", user_id, bucket "
    "ON CONFLICT (owner, key, user_id, bucket) DO UPDATE SET "
    "nanos = spend.nanos + least(excluded.nanos, 9223372036854775807 - spend.nanos), "
    "tokens = spend.tokens + least(excluded.tokens, 9223372036854775807 - spend.tokens), "
    "requests = spend.requests + excluded.requests, unknown = spend.unknown + excluded.unknown";

std::optional<std::int64_t> nanos(const std::optional<base::Money>& money) {
  if (!money) return std::nullopt;
  return money->nanos;
}

// The columns of the table of entries, and of what they charge.
struct Columns {
  Array id{Type::kUuid}, category{Type::kText}, model{Type::kText}, stage{Type::kText}, outcome{Type::kInt8},
      key{Type::kText}, user{Type::kInt8}, input{Type::kInt8}, cached{Type::kInt8}, output{Type::kInt8},
      cost{Type::kInt8}, baseline{Type::kInt8}, overhead{Type::kInt8}, total{Type::kInt8}, record{Type::kBytes};
  Array charged{Type::kUuid}, owner{Type::kText}, charged_key{Type::kText}, charged_user{Type::kInt8},
      bucket{Type::kInt8}, nanos{Type::kInt8}, tokens{Type::kInt8}, requests{Type::kInt8}, unknown{Type::kInt8};

  void add(const ledger::Entry& entry, std::string_view bytes) {
    id.uuid(entry.id);
    category.text(entry.category);
    model.text(entry.model);
    stage.text(entry.stage);
    outcome.integer(static_cast<std::int64_t>(entry.outcome));
    key.text(entry.key);
    user.integer(static_cast<std::int64_t>(entry.user));
    input.integer(entry.usage.input_tokens);
    cached.integer(entry.usage.cached_input_tokens);
    output.integer(entry.usage.output_tokens);
    cost.integer(ledger_postgres::nanos(entry.cost));
    baseline.integer(ledger_postgres::nanos(entry.baseline_cost));
    overhead.integer(entry.overhead.count());
    total.integer(entry.total.count());
    record.bytes(bytes);
  }
  void add(const base::Uuid& entry, const ledger::Charge& charge) {
    charged.uuid(entry);
    owner.text(charge.owner);
    charged_key.text(charge.key);
    charged_user.integer(static_cast<std::int64_t>(charge.user));
    bucket.integer(charge.bucket);
    nanos.integer(charge.spend.nanos);
    tokens.integer(charge.spend.tokens);
    requests.integer(charge.spend.requests);
    unknown.integer(charge.spend.unknown);
  }
  Params params() const {
    Params all;
    for (const Array* const one :
         {&id,     &category,    &model,        &stage,    &outcome,  &key,    &user,     &input,
          &cached, &output,      &cost,         &baseline, &overhead, &total,  &record,   &charged,
          &owner,  &charged_key, &charged_user, &bucket,   &nanos,    &tokens, &requests, &unknown}) {
      all.array(*one);
    }
    return all;
  }
};

}  // namespace

EntryBatch make_batch(std::span<journal::PendingRow> rows, Charging charging) {
  std::ranges::sort(rows, {}, &journal::PendingRow::id);
  EntryBatch batch;
  Columns columns;
  std::optional<base::Uuid> last;
  for (const journal::PendingRow& row : rows) {
    const auto entry = ledger::decode_without_features(row.record);
    if (!entry) {
      base::log_error("ledger: a record of {} bytes cannot be stored: {} ({})", row.record.size(),
                      entry.error().message(), entry.error().place());
      continue;
    }
    if (last == entry->id) continue;
    last = entry->id;
    columns.add(*entry, row.record);
    batch.days.insert(day_of(entry->id.time()));
    ++batch.rows;
    if (charging == Charging::kNo) continue;
    if (static_cast<std::uint8_t>(row.record.front()) < kFirstWithCharges) continue;
    if (const auto charge = ledger::charge_of(*entry)) columns.add(entry->id, *charge);
  }
  batch.insert = {kInsert, columns.params()};
  return batch;
}

}  // namespace pointsman::ledger_postgres
