#include "courier/courier.h"

#include <pthread.h>

#include <boost/asio/as_tuple.hpp>

#include "base/log.h"

namespace pointsman::courier {
namespace {

constexpr std::chrono::milliseconds kLook{2};
constexpr std::chrono::seconds kCut{3};  // how long what was cut may take to end

net::Awaitable<> pause(net::Loop& loop) {
  net::Timer timer(loop.context(), kLook);
  co_await timer.async_wait(net::asio::as_tuple(net::kUseAwaitable));
}

}  // namespace

Courier::~Courier() {
  stop(base::Duration(0));
}

void Courier::start() {
  loop_ = std::make_unique<net::Loop>();
  resolver_ = std::make_unique<net::Resolver>();
  rounds_ = std::make_unique<Rounds>(*loop_, *resolver_, clock_, shard_, options_);
  wound_down_ = false;
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "webhooks");
    loop_->run();
  });
  const std::lock_guard lock(announcing_);
  running_ = true;
}

void Courier::set_targets(std::vector<TargetPtr> targets) {
  if (!thread_.joinable()) {
    if (targets.empty()) return;
    start();
  }
  loop_->post([this, next = std::move(targets)]() mutable { rounds_->set_targets(std::move(next)); });
}

void Courier::announce(webhook::Event event) {
  const std::lock_guard lock(announcing_);
  if (!running_) return;
  loop_->post([this, told = std::move(event)] { rounds_->announce(told); });
}

net::Awaitable<> Courier::wind_down(base::MonoTime until) {
  while (rounds_->busy() && net::Loop::now() < until) co_await pause(*loop_);
  rounds_->stop();
  const base::MonoTime cut_until = net::Loop::now() + kCut;
  while (loop_->running() > 1 && net::Loop::now() < cut_until) co_await pause(*loop_);
  if (rounds_->waiting() > 0) {
    base::log_warn("webhooks: {} events were not delivered before the stop and are lost", rounds_->waiting());
  }
  wound_down_ = loop_->running() <= 1;
  loop_->stop();
}

void Courier::stop(base::Duration grace) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(announcing_);
    running_ = false;
  }
  loop_->post([this, until = net::Loop::now() + grace] { loop_->spawn("stop", wind_down(until)); });
  thread_.join();
  if (wound_down_) {
    rounds_.reset();
    resolver_.reset();
    loop_.reset();
    return;
  }
  // Better to keep memory than to take it from under something that still refers to it.
  base::log_error("webhooks: a delivery did not end; what it uses is left as it is");
  resolver_.reset();
  (void)rounds_.release();
  (void)loop_.release();
}

}  // namespace pointsman::courier
