// One event loop on one thread: its io_context, its deadlines, its inbox from other threads.
//
// Everything a loop owns is touched only from its own thread; post() is the only member that other threads may call.
// SIGPIPE is ignored in the whole process from the first loop on.
// The io_context runs without locks (BOOST_ASIO_CONCURRENCY_HINT_UNSAFE), which is why Asio's own cross-thread posting
// and its resolver must not be used: see post() and dns.h.
#pragma once

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/asio.h"
#include "net/deadline.h"

namespace pointsman::net {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

class Loop {
 public:
  using Task = std::move_only_function<void()>;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  asio::io_context& context() { return context_; }
  Executor executor() { return context_.get_executor(); }

  // Runs until stop(). Exceptions that reach the loop are logged and the loop goes on.
  void run();
  // From any thread. Tasks run in order, on the loop's thread; after stop() they are dropped.
  void post(Task task);
  void stop();

  // Files a deadline and makes sure the wheel turns.
  void set_deadline(DeadlineNode& node, base::MonoTime deadline);
  static base::MonoTime now() { return std::chrono::steady_clock::now(); }

  // Starts a coroutine that belongs to this loop. It is counted, and an exception that leaves it is logged under
  // `name`.
  void spawn(std::string_view name, Awaitable<> task);
  std::size_t running() const { return running_; }

 private:
  Awaitable<> drain_inbox();
  void schedule_tick();

  DeadlineWheel wheel_;  // outlives the connections that the context's end destroys
  asio::io_context context_;
  asio::executor_work_guard<Executor> work_;
  Timer tick_;
  bool ticking_ = false;
  bool stopped_ = false;
  std::size_t running_ = 0;

  std::mutex inbox_mutex_;
  std::vector<Task> inbox_;
  asio::posix::basic_stream_descriptor<Executor> wake_;
  int wake_fd_;
};

}  // namespace pointsman::net
