#include "shared_redis/client.h"

#include <boost/asio/as_tuple.hpp>
#include <utility>

#include "base/log.h"
#include "shared_redis/session.h"

namespace pointsman::shared_redis {
namespace {

using base::ErrorCode;
using base::Result;

// Nobody waits for a connection, so it may take longer than an operation.
constexpr std::chrono::seconds kConnecting{1};
constexpr int kMostRedirections = 5;

}  // namespace

Client::Client(net::Loop& loop, net::Resolver& resolver, const config::RedisConfig& config, net::SslContext tls,
               std::uint64_t seed)
    : loop_(loop), resolver_(resolver), config_(config), tls_(std::move(tls)), rng_(seed), pause_(loop.context()) {}

Client::~Client() = default;

void Client::start() {
  loop_.spawn("redis", keep_up());
}

void Client::stop() {
  stopped_ = true;
  cancel_.request();
  pause_.cancel();
  if (session_) session_->fail(base::Error(ErrorCode::kCancelled, "stopping"));
}

net::Awaitable<Result<std::vector<RespValue>>> Client::run(RespCommands commands) {
  if (!link_.up() || !session_)
    co_return base::fail(ErrorCode::kConnect, "there is no connection to Redis", base::Origin::kUpstream);
  const SessionPtr session = session_;
  co_return co_await session->run(std::move(commands), config_.timeout);
}

net::Endpoint Client::where() const {
  net::Endpoint out{.host = config_.address.host, .port = config_.address.port, .tls = tls_};
  if (redirected_) {
    if (!redirected_->host.empty()) out.host = redirected_->host;
    out.port = redirected_->port;
  }
  return out;
}

net::Awaitable<> Client::pause(base::Duration time) {
  pause_.expires_after(time);
  co_await pause_.async_wait(net::asio::as_tuple(net::kUseAwaitable));
}

// Says so in the log, once for each reason.
base::Duration Client::lost(const base::Error& why) {
  const bool was_up = link_.up();
  if (!stopped_ && (was_up || why.message() != last_failure_)) {
    base::log_warn("redis: {}; trying again", why.message());
    last_failure_ = why.message();
  }
  session_.reset();
  const base::Duration wait = link_.failed(net::Loop::now(), rng_.uniform());
  if (was_up && changed_) changed_(false);
  return wait;
}

net::Awaitable<> Client::keep_up() {
  while (!stopped_) {
    auto opened = co_await open(version_);
    if (stopped_) break;
    if (!opened && opened.error().code() == ErrorCode::kUnsupported && version_ == Version::kResp3) {
      version_ = Version::kResp2;
      continue;
    }
    std::optional<base::Error> why;
    if (opened) {
      why = co_await hold(std::move(*opened));
    } else {
      why = opened.error();
      redirected_.reset();  // whoever that was, the configured one may know better
    }
    const bool moved = redirected_ && opened && redirections_ < kMostRedirections;
    const base::Duration wait = lost(*why);
    if (!moved) {
      redirections_ = 0;
      if (!stopped_) co_await pause(wait);
    }
  }
}

net::Awaitable<Result<Client::SessionPtr>> Client::open(Version version) {
  const net::Endpoint endpoint = where();
  const base::MonoTime deadline = net::Loop::now() + kConnecting;
  PM_CO_TRY(net::ChannelPtr channel, co_await net::connect(loop_, resolver_, endpoint, deadline, cancel_));
  channel->set_deadline(base::MonoTime::max());
  auto session = std::make_shared<Session>(loop_, std::move(channel));
  session->start();
  auto greeted = co_await greet(session, version);
  if (!greeted) {
    session->fail(greeted.error());
    co_return base::fail(std::move(greeted).error());
  }
  co_return session;
}

net::Awaitable<Result<void>> Client::greet(SessionPtr session, Version version) {
  session_ = session;  // so that stop() reaches it; nobody else uses it while the link is down
  auto replies = co_await session->run(greeting(config_, version), kConnecting);
  session_.reset();
  if (!replies) co_return base::fail(std::move(replies).error());
  for (const RespValue& reply : *replies) PM_CO_CHECK(greeting_answer(reply));
  co_return Result<void>{};
}

// Until it breaks, and why it did.
net::Awaitable<base::Error> Client::hold(SessionPtr session) {
  const base::MonoTime now = net::Loop::now();
  if (!last_failure_.empty()) base::log_info("redis: connected");
  last_failure_.clear();
  link_.opened(now);
  session_ = session;
  if (changed_) changed_(true);
  if (!session->broken()) co_await session->over.wait();
  redirected_ = session->redirected;
  redirections_ = redirected_ ? redirections_ + 1 : 0;
  co_return *session->why;
}

}  // namespace pointsman::shared_redis
