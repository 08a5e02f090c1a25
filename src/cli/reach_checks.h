// What can be said of a gateway's health only by asking others: its providers, its Redis, its collector of traces, its
// ports.
// Blocking, a few seconds for each that does not answer. No item holds a secret, or what a provider answered.
#pragma once

#include "cli/health_checks.h"
#include "shared_redis/examination.h"

namespace pointsman::cli {

// Asks each provider for its models, which costs nothing: name, connection, TLS and key in one. `now` is held against
// the time that they say it is.
HealthItems check_providers(const gateway::Snapshot& snapshot, base::WallTime now);
// Connects to Redis, logs in, and tries the commands that the gateway uses; none where none is configured.
HealthItems check_redis(const config::SharedConfig& shared);
// Sends the collector a request without spans; none where none is configured.
HealthItems check_collector(const config::TelemetryConfig& telemetry);
// Whether the listeners' ports are free, or a Pointsman has them already.
HealthItems check_ports(const config::Config& config);

// Pure parts, for tests.
HealthItem judge_provider(std::string_view name, int status, std::chrono::milliseconds took);
HealthItem judge_redis(const config::RedisConfig& redis, const shared_redis::Examination& found);
// Of a Date field (RFC 9110 section 5.6.7, the preferred form alone); nothing for what is none.
std::optional<base::WallTime> parse_http_date(const std::string& text);

}  // namespace pointsman::cli
