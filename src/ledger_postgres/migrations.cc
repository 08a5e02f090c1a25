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

// Feedback with the entries it speaks of, and the classifiers. Ids are UUIDv7, so their order is that of time. user_id
// and key are what `forget` looks for. Assignments and their events change together.
constexpr std::array kLearning = {
    R"(CREATE TABLE samples(
         decision uuid PRIMARY KEY,
         user_id bigint NOT NULL,
         key text COLLATE "C" NOT NULL,
         record bytea NOT NULL
       ))",
    R"(CREATE TABLE feedback(
         id uuid PRIMARY KEY,
         decision uuid NOT NULL,
         signal smallint NOT NULL,
         who bytea NOT NULL,
         category bytea NOT NULL,
         no_category boolean NOT NULL,
         fit smallint NOT NULL,
         rating smallint,
         comment bytea NOT NULL,
         corrected_output bytea NOT NULL,
         golden boolean NOT NULL,
         slice double precision NOT NULL,
         idempotency_key bytea UNIQUE
       ))",
    "CREATE INDEX feedback_decision ON feedback(decision)",
    "CREATE TABLE leases(decision uuid PRIMARY KEY, who bytea NOT NULL, until bigint NOT NULL)",
    R"(CREATE TABLE classifiers(
         number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
         version text COLLATE "C" NOT NULL UNIQUE,
         parent text NOT NULL,
         origin text NOT NULL,
         made bigint NOT NULL,
         card text NOT NULL,
         certificate text NOT NULL,
         pairing text NOT NULL,
         bytes bigint NOT NULL,
         digest text NOT NULL
       ))",
    R"(CREATE TABLE classifier_parts(
         version text COLLATE "C" NOT NULL REFERENCES classifiers(version),
         part bigint NOT NULL,
         content bytea NOT NULL,
         PRIMARY KEY(version, part)
       ))",
    R"(CREATE TABLE assignments(
         role smallint PRIMARY KEY,
         version text NOT NULL,
         share double precision NOT NULL,
         since bigint NOT NULL
       ))",
    R"(CREATE TABLE registry_events(
         number bigint PRIMARY KEY,
         at bigint NOT NULL,
         kind text NOT NULL,
         version text NOT NULL,
         before text NOT NULL,
         who text NOT NULL,
         reason text NOT NULL,
         detail text NOT NULL
       ))",
};

// Virtual keys with hashes of their secrets. Every change adds a row to key_changes, whose number is the version of the
// whole. A grant of kind 0 is of a model, of kind 1 of a category.
constexpr std::array kKeys = {
    R"(CREATE TABLE keys(
         id uuid PRIMARY KEY,
         name text COLLATE "C" NOT NULL,
         owner text COLLATE "C" NOT NULL,
         created bigint NOT NULL,
         expires bigint,
         revoked bigint,
         tail text NOT NULL,
         requests_per_minute bigint,
         tokens_per_minute bigint,
         concurrent bigint
       ))",
    "CREATE UNIQUE INDEX keys_live_name ON keys(name) WHERE revoked IS NULL",
    "CREATE TABLE key_secrets(digest bytea PRIMARY KEY, key uuid NOT NULL, made bigint NOT NULL, until bigint)",
    R"(CREATE TABLE key_grants(
         key uuid NOT NULL,
         kind smallint NOT NULL,
         position bigint NOT NULL,
         name text NOT NULL,
         PRIMARY KEY(key, kind, position)
       ))",
    R"(CREATE TABLE key_budgets(
         key uuid NOT NULL,
         period smallint NOT NULL,
         nanos bigint,
         tokens bigint,
         PRIMARY KEY(key, period)
       ))",
    R"(CREATE TABLE key_changes(
         number bigint PRIMARY KEY,
         at bigint NOT NULL,
         who text NOT NULL,
         kind text NOT NULL,
         key uuid NOT NULL,
         name text NOT NULL,
         detail text NOT NULL
       ))",
    "CREATE INDEX key_changes_key ON key_changes(key)",
};

constexpr std::array kAudit = {
    R"(CREATE TABLE audit_events(
         number bigint PRIMARY KEY,
         at bigint NOT NULL,
         who text COLLATE "C" NOT NULL,
         kind text COLLATE "C" NOT NULL,
         subject text NOT NULL,
         detail text NOT NULL,
         came_from text NOT NULL
       ))",
    "CREATE INDEX audit_events_at ON audit_events(at)",
};

// Budgets that replicas spend from together (budget_pool.h, limits/lease.h). For each budget asked for, in the order of
// their names so that no two calls wait for each other: lease_budgets() ends the leases that are over, counts what the
// holder reports, and leases what is wanted out of what is left. `report` and `told` are sums since `joined`, so that a
// report that comes twice counts once; what was guessed of a lease that ended (`charged`) is taken back when its holder
// reports after all. No row comes back for a budget that is not there.
constexpr std::array kBudgets = {
    R"(CREATE TABLE budgets(
         name text COLLATE "C" NOT NULL,
         period bigint NOT NULL,
         ends bigint NOT NULL,
         most bigint NOT NULL,
         used bigint NOT NULL,
         PRIMARY KEY(name, period)
       ))",
    "CREATE INDEX budgets_ends ON budgets(ends)",
    R"(CREATE TABLE budget_leases(
         name text COLLATE "C" NOT NULL,
         period bigint NOT NULL,
         holder uuid NOT NULL,
         joined bigint NOT NULL,
         amount bigint NOT NULL,
         reserved bigint NOT NULL,
         told bigint NOT NULL,
         until bigint NOT NULL,
         ended boolean NOT NULL DEFAULT false,
         charged bigint NOT NULL DEFAULT 0,
         PRIMARY KEY(name, period, holder),
         FOREIGN KEY(name, period) REFERENCES budgets ON DELETE CASCADE
       ))",
    R"(CREATE FUNCTION lease_budgets(of_holder uuid, lifetime bigint, at_time bigint, names text[], periods bigint[],
                                     joins bigint[], mosts bigint[], reports bigint[], tolds bigint[],
                                     reserves bigint[], wants bigint[])
       RETURNS TABLE(place bigint, given bigint, used_before bigint, used bigint, others bigint,
                     others_reserved bigint, holders bigint) LANGUAGE plpgsql AS $$
       DECLARE
         ask record;
         ours budgets%ROWTYPE;
         mine budget_leases%ROWTYPE;
         present bigint := coalesce(at_time, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
         lost bigint;
       BEGIN
         FOR ask IN SELECT * FROM unnest(names, periods, joins, mosts, reports, tolds, reserves, wants)
                      WITH ORDINALITY AS a(name, period, joined, most, report, told, reserved, want, place)
                      ORDER BY a.name COLLATE "C", a.period LOOP
           SELECT * INTO ours FROM budgets b WHERE b.name = ask.name AND b.period = ask.period FOR UPDATE;
           CONTINUE WHEN NOT FOUND;
           used_before := ours.used;
           WITH over AS (UPDATE budget_leases l SET ended = true, charged = l.amount - l.reserved, amount = 0,
                           reserved = 0 WHERE l.name = ask.name AND l.period = ask.period AND NOT l.ended
                           AND (l.until <= present OR (l.holder = of_holder AND l.joined <> ask.joined))
                           RETURNING l.charged)
             SELECT coalesce(sum(over.charged), 0) INTO lost FROM over;
           SELECT * INTO mine FROM budget_leases l
             WHERE l.name = ask.name AND l.period = ask.period AND l.holder = of_holder;
           IF FOUND AND mine.joined = ask.joined THEN
             IF mine.ended THEN lost := lost - mine.charged; END IF;
             lost := lost + greatest(ask.report - mine.told, 0);
           ELSE
             lost := lost + greatest(ask.report - ask.told, 0);
           END IF;
           UPDATE budgets b SET used = b.used + lost, most = ask.most
             WHERE b.name = ask.name AND b.period = ask.period RETURNING b.used INTO used;
           SELECT coalesce(sum(l.amount), 0), coalesce(sum(l.reserved), 0), count(*) + 1
             INTO others, others_reserved, holders FROM budget_leases l
             WHERE l.name = ask.name AND l.period = ask.period AND l.holder <> of_holder AND l.amount > 0;
           given := greatest(least(ask.want, ask.most - used - others), 0);
           INSERT INTO budget_leases AS l(name, period, holder, joined, amount, reserved, told, until)
             VALUES(ask.name, ask.period, of_holder, ask.joined, given, least(ask.reserved, given), ask.report,
                    present + lifetime)
             ON CONFLICT ON CONSTRAINT budget_leases_pkey
             DO UPDATE SET joined = excluded.joined, amount = excluded.amount, reserved = excluded.reserved,
               told = excluded.told, until = excluded.until, ended = false, charged = 0;
           place := ask.place;
           RETURN NEXT;
         END LOOP;
       END $$)",
};

// What replicas serve by (ledger/config_store.h).
constexpr std::array kConfigurations = {
    R"(CREATE TABLE configurations(
         number bigint PRIMARY KEY,
         at bigint NOT NULL,
         who bytea NOT NULL,
         document bytea NOT NULL
       ))",
};

constexpr std::array<Migration, 7> kMigrations = {kEntries, kSpend,   kLearning,      kKeys,
                                                  kAudit,   kBudgets, kConfigurations};

}  // namespace

std::span<const Migration> migrations() {
  return kMigrations;
}

}  // namespace pointsman::ledger_postgres
