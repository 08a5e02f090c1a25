// An http::Server with a given handler on a loop and thread of its own, for tests that talk to it from outside.
//
// The destructor cuts every connection, lets what was cut run to its end, and joins.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <cstdint>
#include <future>
#include <thread>
#include <utility>

#include "http/server.h"

namespace pointsman::testing {

class ServerThread {
 public:
  explicit ServerThread(http::Handler& handler, http::ServerLimits limits = {})
      : server_(loop_, handler, limits, {}), port_(server_.listen("127.0.0.1", 0).value_or(0)) {
    thread_ = std::thread([this] {
      server_.start();
      loop_.run();
    });
  }
  ~ServerThread() {
    loop_.post([this] { loop_.spawn("stop", wind_down()); });
    thread_.join();
  }
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;

  std::uint16_t port() const { return port_; }
  net::Loop& loop() { return loop_; }

  // Calls `what(server)` on the loop and returns what it returns.
  template <class What>
  auto ask(What what) {
    std::promise<decltype(what(std::declval<http::Server&>()))> answer;
    auto result = answer.get_future();
    loop_.post([&] {
      if constexpr (std::is_void_v<decltype(what(server_))>) {
        what(server_);
        answer.set_value();
      } else {
        answer.set_value(what(server_));
      }
    });
    return result.get();
  }
  // Waits until `what(server)` is true; false if it never was.
  template <class What>
  bool wait_until(What what) {
    for (int i = 0; i < 10'000; ++i) {
      if (ask(what)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

 private:
  net::Awaitable<> wind_down() {
    server_.drain();
    server_.close_all();
    for (int i = 0; i < 5000 && loop_.running() > 1; ++i) {
      net::Timer timer(loop_.context(), std::chrono::milliseconds(1));
      co_await timer.async_wait(net::asio::as_tuple(net::kUseAwaitable));
    }
    loop_.stop();
  }

  net::Loop loop_;
  http::Server server_;
  std::uint16_t port_;
  std::thread thread_;
};

}  // namespace pointsman::testing
