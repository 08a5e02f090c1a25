// The parts of the key table about what several replicas share: a database for the ledger, and Redis.
#include <array>

#include "config/schema_bind.h"
#include "config/schema_sections.h"

namespace pointsman::config {
namespace {

using bind::nested;
using bind::value;

constexpr std::int64_t kMinute = 60'000;

constexpr std::array kPostgresKeys = {
    value<Type::kString, &PostgresConfig::url>(
        "url", "",
        "Where the database is, as libpq takes it: postgresql://user@host:5432/name?sslmode=verify-full. Without a "
        "password.")
        .must(),
    value<Type::kSecret, &PostgresConfig::password>(
        "password", "", "The user's password; use ${NAME}. Unset: none, or what ~/.pgpass says."),
    value<Type::kDuration, &PostgresConfig::connect_timeout>("connect_timeout", "5s",
                                                             "How long making a connection may take.")
        .between(10, 5 * kMinute),
    value<Type::kDuration, &PostgresConfig::timeout>("timeout", "5s",
                                                     "How long one statement may take. No request waits for one.")
        .between(10, 5 * kMinute),
    value<Type::kDuration, &PostgresConfig::lease>(
        "lease", "30s",
        "How long a replica that is not heard of keeps its part of a budget; then the others may spend the rest of it.")
        .between(1'000, 60 * kMinute),
};

constexpr std::array kRedisKeys = {
    value<Type::kAddress, &RedisConfig::address>("address", "", "host:port of Redis 7, or of one node of its cluster.")
        .must(),
    value<Type::kBoolean, &RedisConfig::tls>("tls", "false", "Whether it is spoken to over TLS."),
    value<Type::kFile, &RedisConfig::ca_file>("ca_file", "(the system's)", "PEM file of certificates to trust."),
    value<Type::kString, &RedisConfig::username>("username", "", "A user of its access control list."),
    value<Type::kSecret, &RedisConfig::password>("password", "", "The user's password; use ${NAME}."),
    value<Type::kInteger, &RedisConfig::database>("database", "0", "The number of the database; a cluster has only 0.")
        .between(0, 1'000'000),
    value<Type::kString, &RedisConfig::prefix>("prefix", "pointsman",
                                               "What its keys begin with; replicas with the same prefix share."),
    value<Type::kSecret, &RedisConfig::secret>(
        "secret", "",
        "What answers are sealed with that replicas share (categories.*.cache_ttl); use ${NAME}. Unset: they are not "
        "shared."),
    value<Type::kDuration, &RedisConfig::timeout>("timeout", "50ms",
                                                  "How long one operation may take before Redis counts as lost.")
        .between(1, kMinute),
    value<Type::kDuration, &RedisConfig::exchange>(
        "exchange", "100ms", "How often replicas tell each other what they let through; no request waits for it.")
        .between(10, kMinute),
};
constexpr Section kRedis = {"redis", "What replicas tell each other at once and may lose.", kRedisKeys, "address"};

constexpr std::array kSharedKeys = {
    nested<Type::kSection, &SharedConfig::redis>(
        "redis", kRedis,
        "Rate limits, cached answers and conversations over several replicas; each for itself unless set."),
};

}  // namespace

constinit const Section kPostgresSection = {"postgres", "A PostgreSQL database that keeps the ledger.", kPostgresKeys,
                                            "url"};
constinit const Section kSharedSection = {"shared", "What several replicas share besides the ledger.", kSharedKeys};

}  // namespace pointsman::config
