#include "app/needs_restart.h"

#include <algorithm>
#include <thread>

namespace pointsman::app {
namespace {

bool same_redis(const std::optional<config::RedisConfig>& a, const std::optional<config::RedisConfig>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->address == b->address && a->tls == b->tls && a->ca_file == b->ca_file && a->username == b->username &&
         a->password.reveal() == b->password.reveal() && a->database == b->database && a->prefix == b->prefix &&
         a->secret.reveal() == b->secret.reveal() && a->timeout == b->timeout && a->exchange == b->exchange;
}

bool same_database(const std::optional<config::PostgresConfig>& a, const std::optional<config::PostgresConfig>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->url == b->url && a->password.reveal() == b->password.reveal() && a->timeout == b->timeout &&
         a->connect_timeout == b->connect_timeout && a->lease == b->lease;
}

}  // namespace

std::size_t worker_count(const config::Config& config) {
  if (config.workers > 0) return static_cast<std::size_t>(config.workers);
  return std::max(1U, std::thread::hardware_concurrency());
}

std::vector<std::string> needs_restart(const config::Config& old, const config::Config& now) {
  std::vector<std::string> keys;
  const auto same_listener = [](const config::ListenerConfig& a, const config::ListenerConfig& b) {
    return a.address == b.address && a.tls.has_value() == b.tls.has_value();
  };
  const auto same_limits = [](const config::LimitsConfig& a, const config::LimitsConfig& b) {  // but drain_timeout
    return a.max_header_bytes == b.max_header_bytes && a.max_headers == b.max_headers && a.max_body == b.max_body &&
           a.header_timeout == b.header_timeout && a.body_timeout == b.body_timeout &&
           a.write_timeout == b.write_timeout && a.idle_timeout == b.idle_timeout &&
           a.max_connections == b.max_connections;
  };
  if (!std::ranges::equal(old.listeners, now.listeners, same_listener)) keys.emplace_back("listen");
  const bool same_admin =
      old.admin.has_value() == now.admin.has_value() && (!old.admin || old.admin->address == now.admin->address);
  if (!same_admin) keys.emplace_back("admin");
  if (!same_limits(old.limits, now.limits)) keys.emplace_back("limits");
  if (worker_count(old) != worker_count(now)) keys.emplace_back("workers");
  if (old.ledger.path != now.ledger.path) keys.emplace_back("ledger.path");
  if (!same_database(old.ledger.postgres, now.ledger.postgres)) keys.emplace_back("ledger.postgres");
  if (!same_redis(old.shared.redis, now.shared.redis)) keys.emplace_back("shared.redis");
  if (old.ledger.retention != now.ledger.retention) keys.emplace_back("ledger.retention");
  if (old.ledger.max_size != now.ledger.max_size) keys.emplace_back("ledger.max_size");
  return keys;
}

}  // namespace pointsman::app
