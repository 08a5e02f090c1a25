#include "app/shared_state.h"

#include <array>
#include <utility>

#include "base/hash.h"
#include "base/kernel_random.h"
#include "gateway/conversations.h"
#include "shared_redis/redis_work.h"

namespace pointsman::app {
namespace {

// How long the last words may take.
constexpr std::chrono::milliseconds kGoodbye{500};

// What nobody else is called, nor this program when it runs again: what it used before counts as another's then.
base::Result<std::string> replica_name() {
  std::array<unsigned char, 12> bytes{};
  PM_CHECK(base::fill_from_kernel(bytes));
  return base::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

base::Result<void> SharedState::start(const std::optional<config::RedisConfig>& config, std::uint64_t seed, Warn warn) {
  if (!config) return {};
  warn_ = std::move(warn);
  patience_ = config->timeout;
  net::SslContext tls;
  if (config->tls) {
    auto made = net::make_client_tls(config->ca_file, true);
    if (!made) return base::fail(std::move(made).error().in("shared.redis"));
    tls = std::move(*made);
  }
  PM_TRY(const std::string replica, replica_name());
  telemetry::Shard& shard = registry_.add_shard();
  thread_.start([&](net::Loop& loop, net::Resolver& resolver) {
    auto work = std::make_unique<shared_redis::RedisWork>(
        loop, resolver, shared_redis::RedisWorkParts{*config, tls, replica, *this, shard, clock_, seed});
    work_ = work.get();
    loop.post([first = work.get()] { first->start(); });
    return work;
  });
  return {};
}

void SharedState::stop() {
  thread_.stop(kGoodbye);
  work_ = nullptr;
}

void SharedState::tell_news(shared_redis::News& out) {
  gateway::ReplicaNews::Taken taken = news_.take(net::Loop::now());
  out.conversations = std::move(taken.conversations);
  out.failures = std::move(taken.failures);
  out.age(std::chrono::milliseconds(0));  // without what is over
}

void SharedState::hear_news(const shared_redis::News& news) {
  for (const route::ConversationNews& one : news.conversations) {
    gateway::note_heard(conversations_, one, net::Loop::now());
  }
  for (const limits::FailureHint& one : news.failures) warn_(one);
}

void SharedState::find(gateway::SharedLookupPtr call) {
  thread_.loop().post([this, call = std::move(call)] {
    work_->answers()->find(call->key(), [call](std::optional<shared_redis::AnswerShelf::Found> found) {
      call->done(found ? std::optional(gateway::SharedAnswer{std::move(found->answer), found->age}) : std::nullopt);
    });
  });
}

void SharedState::keep(const answers::AnswerKey& key, answers::KeptAnswerPtr answer, base::Duration time_to_live) {
  thread_.loop().post([this, key, answer = std::move(answer), time_to_live]() mutable {
    work_->answers()->keep(key, std::move(answer), time_to_live);
  });
}

}  // namespace pointsman::app
