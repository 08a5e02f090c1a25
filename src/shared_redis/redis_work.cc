#include "shared_redis/redis_work.h"

#include <utility>

namespace pointsman::shared_redis {
namespace {

constexpr std::chrono::seconds kProven{1};

}  // namespace

RedisWork::RedisWork(net::Loop& loop, net::Resolver& resolver, RedisWorkParts parts)
    : parts_(std::move(parts)),
      client_(loop, resolver, parts_.config, parts_.tls, parts_.seed),
      exchange_(loop, client_, parts_.books, parts_.shard, parts_.config, parts_.replica, parts_.seed + 1) {
  if (!sealing_secret(parts_.config).empty())
    answers_.emplace(loop, client_, parts_.clock, parts_.shard, parts_.config);
  telemetry::Gauge& up = parts_.shard.gauge("pointsman_redis_up");
  client_.on_change([this, &up](bool is_up) {
    up.set(is_up ? 1 : 0);
    if (!is_up) dependable_ = false;
  });
  exchange_.on_exchange([this] {
    if (client_.up_for(net::Loop::now()) >= kProven) dependable_ = true;
  });
}

void RedisWork::start() {
  client_.start();
  exchange_.start();
}

void RedisWork::stop() {
  exchange_.stop();
  client_.stop();
}

}  // namespace pointsman::shared_redis
