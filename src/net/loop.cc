#include "net/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <string>

#include "base/log.h"

namespace pointsman::net {

Loop::Loop()
    : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      work_(context_.get_executor()),
      tick_(context_),
      wake_(context_),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  // OpenSSL writes with write(2), which has no MSG_NOSIGNAL: a peer that left must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  wake_.assign(wake_fd_);
  asio::co_spawn(executor(), drain_inbox(), [](std::exception_ptr) {});
}

Loop::~Loop() = default;

void Loop::run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& broken) {
      base::log_error("event loop: unexpected exception: {}", broken.what());
    }
  }
}

void Loop::post(Task task) {
  bool first = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    first = inbox_.empty();
    inbox_.push_back(std::move(task));
  }
  if (!first) return;  // whoever filled the empty inbox has rung the bell
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

void Loop::stop() {
  post([this] {
    stopped_ = true;
    context_.stop();
  });
}

Awaitable<> Loop::drain_inbox() {
  std::uint64_t count = 0;
  std::vector<Task> tasks;
  for (;;) {
    const auto [error, size] =
        co_await wake_.async_read_some(asio::buffer(&count, sizeof count), asio::as_tuple(kUseAwaitable));
    if (error) co_return;
    {
      const std::lock_guard lock(inbox_mutex_);
      tasks.swap(inbox_);
    }
    for (Task& task : tasks) {
      try {
        task();
      } catch (const std::exception& broken) {  // the task boundary: the inbox must go on
        base::log_error("event loop: unexpected exception in a task: {}", broken.what());
      }
    }
    tasks.clear();
  }
}

void Loop::set_deadline(DeadlineNode& node, base::MonoTime deadline) {
  wheel_.set(node, deadline);
  if (!ticking_ && !wheel_.empty()) schedule_tick();
}

void Loop::schedule_tick() {
  ticking_ = true;
  tick_.expires_after(DeadlineWheel::kTick);
  tick_.async_wait([this](ErrorCondition error) {
    ticking_ = false;
    if (error) return;
    wheel_.advance(now());
    if (!ticking_ && !wheel_.empty()) schedule_tick();
  });
}

void Loop::spawn(std::string_view name, Awaitable<> task) {
  const auto ended = [this, label = std::string(name)](std::exception_ptr failure) {
    --running_;
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& broken) {
      base::log_error("{}: unexpected exception: {}", label, broken.what());
    } catch (...) {
      base::log_error("{}: unexpected exception", label);
    }
  };
  ++running_;
  try {
    asio::co_spawn(executor(), std::move(task), ended);
  } catch (...) {  // no memory to begin with
    --running_;
    throw;
  }
}

}  // namespace pointsman::net
