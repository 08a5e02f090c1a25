#include "courier/delivery_thread.h"

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

void DeliveryThread::start(const Make& make) {
  loop_ = std::make_unique<net::Loop>();
  resolver_ = std::make_unique<net::Resolver>();
  work_ = make(*loop_, *resolver_);
  wound_down_ = false;
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), name_.c_str());
    loop_->run();
  });
}

net::Awaitable<> DeliveryThread::wind_down(base::MonoTime until) {
  work_->hurry();
  while (work_->busy() && net::Loop::now() < until) co_await pause(*loop_);
  work_->stop();
  const base::MonoTime cut_until = net::Loop::now() + kCut;
  while (loop_->running() > 1 && net::Loop::now() < cut_until) co_await pause(*loop_);
  work_->lament();
  wound_down_ = loop_->running() <= 1;
  loop_->stop();
}

void DeliveryThread::stop(base::Duration grace) {
  if (!thread_.joinable()) return;
  loop_->post([this, until = net::Loop::now() + grace] { loop_->spawn("stop", wind_down(until)); });
  thread_.join();
  if (wound_down_) {
    work_.reset();
    resolver_.reset();
    loop_.reset();
    return;
  }
  // Better to keep memory than to take it from under something that still refers to it.
  base::log_error("{}: a delivery did not end; what it uses is left as it is", name_);
  resolver_.reset();
  (void)work_.release();
  (void)loop_.release();
}

}  // namespace pointsman::courier
