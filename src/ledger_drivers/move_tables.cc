#include "ledger_drivers/move_tables.h"

#include <array>

#include "ledger_sqlite/audit_store.h"
#include "ledger_sqlite/key_store.h"
#include "ledger_sqlite/learning_db.h"
#include "ledger_sqlite/schema.h"

namespace pointsman::ledger_drivers {
namespace {

using enum Cell;
using ledger_sqlite::kAccessFile;
using ledger_sqlite::kAuditFile;
using ledger_sqlite::kDatabaseFile;
using ledger_sqlite::kLearningFile;

constexpr std::array kPolicy = {kText, kBytes};
constexpr std::array kSpend = {kText, kText, kInteger, kInteger, kInteger, kInteger, kInteger, kInteger};
constexpr std::array kHorizon = {kInteger};
constexpr std::array kCalibration = {kText, kText, kText, kText};
constexpr std::array kSample = {kUuid, kInteger, kText, kBytes};
constexpr std::array kFeedback = {kUuid,    kUuid,  kInteger, kBytes,   kBytes, kBoolean, kInteger,
                                  kInteger, kBytes, kBytes,   kBoolean, kReal,  kBytes};
constexpr std::array kClassifier = {kText, kText, kText, kInteger, kText, kText, kText, kInteger, kText};
constexpr std::array kAssignment = {kInteger, kText, kReal, kInteger};
constexpr std::array kEvent = {kInteger, kInteger, kText, kText, kText, kText, kText, kText};
constexpr std::array kKey = {kUuid, kText, kText, kInteger, kInteger, kInteger, kText, kInteger, kInteger, kInteger};
constexpr std::array kSecret = {kBytes, kUuid, kInteger, kInteger};
constexpr std::array kGrant = {kUuid, kInteger, kInteger, kText};
constexpr std::array kBudget = {kUuid, kInteger, kInteger, kInteger};
constexpr std::array kKeyChange = {kInteger, kInteger, kText, kText, kUuid, kText, kText};
constexpr std::array kAuditEvent = {kInteger, kInteger, kText, kText, kText, kText, kText};

constexpr std::array kTables = {
    MovedTable{"policies", kDatabaseFile, "SELECT version, document FROM policies ORDER BY version", kPolicy,
               "INSERT INTO policies SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING",
               "SELECT version, document FROM policies ORDER BY version"},
    MovedTable{"spend", kDatabaseFile,
               "SELECT n.owner, n.key, s.user, s.bucket, s.nanos, s.tokens, s.requests, s.unknown FROM spend s "
               "JOIN spend_nodes n ON n.id = s.node ORDER BY 1, 2, 3, 4",
               kSpend,
               "INSERT INTO spend SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], "
               "$5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]) ON CONFLICT DO NOTHING",
               "SELECT owner, key, user_id, bucket, nanos, tokens, requests, unknown FROM spend ORDER BY 1, 2, 3, 4"},
    MovedTable{"spend horizon", kDatabaseFile, "SELECT bucket FROM spend_horizon", kHorizon,
               "UPDATE spend_horizon SET bucket = ($1::bigint[])[1]", "SELECT bucket FROM spend_horizon"},
    MovedTable{"calibrations", kDatabaseFile,
               "SELECT provider, model, measure, state FROM calibrations ORDER BY 1, 2, 3", kCalibration,
               "INSERT INTO calibrations SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
               "ON CONFLICT DO NOTHING",
               "SELECT provider, model, measure, state FROM calibrations ORDER BY 1, 2, 3"},
    MovedTable{"samples", kLearningFile, "SELECT decision, user, key, record FROM samples ORDER BY decision", kSample,
               "INSERT INTO samples SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[]) "
               "ON CONFLICT DO NOTHING",
               "SELECT decision, user_id, key, record FROM samples ORDER BY decision"},
    MovedTable{"feedback", kLearningFile,
               "SELECT id, decision, signal, who, category, no_category, fit, rating, comment, corrected_output, "
               "golden, slice, coalesce(idempotency_key, '') FROM feedback ORDER BY id",
               kFeedback,
               "INSERT INTO feedback(id, decision, signal, who, category, no_category, fit, rating, comment, "
               "corrected_output, golden, slice, idempotency_key) "
               "SELECT a, b, c, d, e, f <> 0, g, h, i, j, k <> 0, l::double precision, nullif(m, ''::bytea) "
               "FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bigint[], "
               "$7::bigint[], $8::bigint[], $9::bytea[], $10::bytea[], $11::bigint[], $12::text[], $13::bytea[]) "
               "AS t(a, b, c, d, e, f, g, h, i, j, k, l, m) ON CONFLICT DO NOTHING",
               "SELECT id, decision, signal, who, category, no_category, fit, rating, comment, corrected_output, "
               "golden, slice, coalesce(idempotency_key, ''::bytea) FROM feedback ORDER BY id"},
    MovedTable{"classifiers", kLearningFile,
               "SELECT version, parent, origin, made, card, certificate, pairing, bytes, digest FROM classifiers "
               "ORDER BY number",
               kClassifier,
               "INSERT INTO classifiers(version, parent, origin, made, card, certificate, pairing, bytes, digest) "
               "SELECT a, b, c, d, e, f, g, h, i FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], "
               "$5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[]) WITH ORDINALITY "
               "AS t(a, b, c, d, e, f, g, h, i, at) ORDER BY at ON CONFLICT DO NOTHING",
               "SELECT version, parent, origin, made, card, certificate, pairing, bytes, digest FROM classifiers "
               "ORDER BY number"},
    MovedTable{"assignments", kLearningFile, "SELECT role, version, share, since FROM assignments ORDER BY role",
               kAssignment,
               "INSERT INTO assignments SELECT a, b, c::double precision, d FROM unnest($1::bigint[], $2::text[], "
               "$3::text[], $4::bigint[]) AS t(a, b, c, d) ON CONFLICT DO NOTHING",
               "SELECT role, version, share, since FROM assignments ORDER BY role"},
    MovedTable{"registry events", kLearningFile,
               "SELECT number, at, kind, version, before, who, reason, detail FROM registry_events ORDER BY number",
               kEvent,
               "INSERT INTO registry_events SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], "
               "$5::text[], $6::text[], $7::text[], $8::text[]) ON CONFLICT DO NOTHING",
               "SELECT number, at, kind, version, before, who, reason, detail FROM registry_events ORDER BY number"},
    MovedTable{"keys", kAccessFile,
               "SELECT id, name, owner, created, expires, revoked, tail, requests_per_minute, tokens_per_minute, "
               "concurrent FROM keys ORDER BY id",
               kKey,
               "INSERT INTO keys SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], "
               "$6::bigint[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[]) ON CONFLICT DO NOTHING",
               "SELECT id, name, owner, created, expires, revoked, tail, requests_per_minute, tokens_per_minute, "
               "concurrent FROM keys ORDER BY id"},
    MovedTable{"key secrets", kAccessFile, "SELECT digest, key, made, until FROM key_secrets ORDER BY digest", kSecret,
               "INSERT INTO key_secrets SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::bigint[], $4::bigint[]) "
               "ON CONFLICT DO NOTHING",
               "SELECT digest, key, made, until FROM key_secrets ORDER BY digest"},
    MovedTable{"key grants", kAccessFile, "SELECT key, kind, position, name FROM key_grants ORDER BY 1, 2, 3", kGrant,
               "INSERT INTO key_grants SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[]) "
               "ON CONFLICT DO NOTHING",
               "SELECT key, kind, position, name FROM key_grants ORDER BY 1, 2, 3"},
    MovedTable{"key budgets", kAccessFile, "SELECT key, period, nanos, tokens FROM key_budgets ORDER BY 1, 2", kBudget,
               "INSERT INTO key_budgets SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) "
               "ON CONFLICT DO NOTHING",
               "SELECT key, period, nanos, tokens FROM key_budgets ORDER BY 1, 2"},
    MovedTable{"key changes", kAccessFile, "SELECT number, at, who, kind, key, name, detail FROM changes ORDER BY 1",
               kKeyChange,
               "INSERT INTO key_changes SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], "
               "$5::uuid[], $6::text[], $7::text[]) ON CONFLICT DO NOTHING",
               "SELECT number, at, who, kind, key, name, detail FROM key_changes ORDER BY 1"},
    MovedTable{"audit events", kAuditFile,
               "SELECT number, at, who, kind, subject, detail, came_from FROM events ORDER BY number", kAuditEvent,
               "INSERT INTO audit_events SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], "
               "$5::text[], $6::text[], $7::text[]) ON CONFLICT DO NOTHING",
               "SELECT number, at, who, kind, subject, detail, came_from FROM audit_events ORDER BY number"},
};

}  // namespace

std::span<const MovedTable> moved_tables() {
  return kTables;
}

}  // namespace pointsman::ledger_drivers
