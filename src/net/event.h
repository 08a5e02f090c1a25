// A one-waiter wake-up inside one event loop: what a callback uses to resume the coroutine that waits for it.
//
// Belongs to one loop thread. A signal before the wait is remembered; signals do not add up. At most one coroutine waits
// at a time. Resumes inline: the signalling callback continues after the coroutine has run to its next suspension.
#pragma once

#include <boost/asio/async_result.hpp>
#include <functional>
#include <utility>

#include "net/asio.h"

namespace pointsman::net {

class Event {
 public:
  void signal() {
    if (waiter_) {
      auto resume = std::exchange(waiter_, nullptr);
      resume();
    } else {
      signalled_ = true;
    }
  }

  Awaitable<> wait() {
    if (std::exchange(signalled_, false)) co_return;
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto handler) {
          waiter_ = [held = std::move(handler)]() mutable { std::move(held)(); };
        },
        kUseAwaitable);
  }

  bool has_waiter() const { return static_cast<bool>(waiter_); }

 private:
  std::move_only_function<void()> waiter_;
  bool signalled_ = false;
};

}  // namespace pointsman::net
