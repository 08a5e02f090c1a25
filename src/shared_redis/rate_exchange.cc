#include "shared_redis/rate_exchange.h"

#include <boost/asio/as_tuple.hpp>
#include <utility>

#include "base/log.h"

namespace pointsman::shared_redis {
namespace {

constexpr std::size_t kMostTold = 2'000;  // changes in one exchange; the rest waits for the next
constexpr double kSpread = 0.2;           // of the interval, so that replicas do not come all at once

telemetry::Counter& counter(telemetry::Shard& shard, std::string_view operation, std::string_view result) {
  return shard.counter("pointsman_redis_operations_total", {{"operation", operation}, {"result", result}});
}

}  // namespace

RateExchange::RateExchange(net::Loop& loop, Client& client, RateBooks& books, telemetry::Shard& shard,
                           const config::RedisConfig& config, std::string replica, std::uint64_t seed)
    : loop_(loop),
      client_(client),
      books_(books),
      interval_(config.exchange),
      rng_(seed),
      talk_(config.prefix, std::move(replica)),
      pause_(loop.context()),
      succeeded_at_(net::Loop::now()),
      done_(counter(shard, "exchange", "ok")),
      refused_(counter(shard, "exchange", "refused")),
      failed_(counter(shard, "exchange", "failed")),
      took_(shard.histogram("pointsman_redis_operation_duration_seconds", {{"operation", "exchange"}})),
      replicas_(shard.gauge("pointsman_redis_replicas")),
      heard_conversations_(counter(shard, "hear", "conversation")),
      heard_failures_(counter(shard, "hear", "failure")),
      unreadable_(counter(shard, "hear", "unreadable")) {}

void RateExchange::start() {
  running_ = true;
  books_.share({.replicas = 1, .alone = true});
  replicas_.set(1);
  loop_.spawn("redis rates", keep_on());
}

void RateExchange::leave() {
  leaving_ = true;
  pause_.cancel();
}

void RateExchange::stop() {
  running_ = false;
  pause_.cancel();
}

net::Awaitable<> RateExchange::keep_on() {
  while (running_) {
    const bool last = leaving_;
    if (last) talk_.leave();
    const bool more = client_.up() && co_await exchange();
    if (last || !running_) break;
    const base::MonoTime now = net::Loop::now();
    if (!client_.up()) failed(base::Error(base::ErrorCode::kConnect, "there is no connection"));
    if (more || leaving_) continue;
    const double spread = 1 - kSpread / 2 + kSpread * rng_.uniform();
    pause_.expires_at(
        now + base::Duration(static_cast<base::Duration::rep>(static_cast<double>(interval_.count()) * spread)));
    co_await pause_.async_wait(net::asio::as_tuple(net::kUseAwaitable));
  }
  running_ = false;
}

net::Awaitable<bool> RateExchange::exchange() {
  const base::MonoTime begin = net::Loop::now();
  if (talk_.may_say()) {
    std::vector<limits::RateChange> changes;
    books_.tell(kMostTold, changes);
    News news;
    books_.tell_news(news);
    talk_.say(std::move(changes), std::move(news), begin);
  }
  auto replies = co_await client_.run(talk_.ask(begin));
  const base::MonoTime end = net::Loop::now();
  if (!replies) {
    talk_.failed();
    failed_.add();
    failed(replies.error());
    co_return false;
  }
  auto heard = talk_.hear(*replies, end);
  if (!heard) {
    refused_.add();
    if (!std::exchange(told_refusal_, true)) base::log_warn("redis: {}", heard.error().message());
    failed(heard.error());
    co_return false;
  }
  const bool more = heard->more;
  succeeded(std::move(*heard), end - begin);
  co_return more;
}

void RateExchange::succeeded(Talk::Heard heard, base::Duration took) {
  done_.add();
  took_.observe(took);
  told_refusal_ = false;
  succeeded_at_ = net::Loop::now();
  books_.hear(heard.changes);
  if (!heard.news.empty()) books_.hear_news(heard.news);
  heard_conversations_.add(heard.news.conversations.size());
  heard_failures_.add(heard.news.failures.size());
  unreadable_.add(heard.unreadable);
  replicas_.set(talk_.replicas());
  alone_ = false;
  books_.share({.replicas = talk_.replicas(), .alone = false});
  if (exchanged_) exchanged_();
}

void RateExchange::failed(const base::Error& why) {
  if (alone_ || net::Loop::now() - succeeded_at_ < lost_after(interval_)) return;
  alone_ = true;
  base::log_warn("redis: {}; each of {} replicas keeps to its share of every rate", why.message(), talk_.replicas());
  books_.share({.replicas = talk_.replicas(), .alone = true});
}

}  // namespace pointsman::shared_redis
