// A loop for one test: runs coroutines until they are done, and fails the test instead of hanging when they never are.
// For tests; the loop runs on the calling thread.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/channel.h"
#include "net/loop.h"

namespace pointsman::test_support {

class LoopRun final : public net::DeadlineNode {
 public:
  net::Loop& loop() { return loop_; }

  // Runs `main` to its end; what was spawned besides goes on until then.
  void run(net::Awaitable<> main) {
    loop_.set_deadline(*this, net::Loop::now() + std::chrono::seconds(20));
    loop_.spawn("test", until_done(std::move(main), loop_));
    loop_.run();
    loop_.context().restart();
    loop_.set_deadline(*this, base::MonoTime::max());
  }

 private:
  static net::Awaitable<> until_done(net::Awaitable<> main, net::Loop& loop) {
    co_await std::move(main);
    loop.stop();
  }
  void on_deadline() override {
    ADD_FAILURE() << "the test never came to its end";
    loop_.stop();
  }

  net::Loop loop_;
};

// A connected pair of channels on loopback.
struct ChannelPair {
  explicit ChannelPair(net::Loop& loop) {
    net::asio::basic_socket_acceptor<net::asio::ip::tcp, net::Executor> acceptor(
        loop.context(), {net::asio::ip::address_v4::loopback(), 0});
    net::Socket a(loop.context());
    a.connect(acceptor.local_endpoint());
    client = std::make_shared<net::Channel>(loop, std::move(a), base::Origin::kUpstream);
    server = std::make_shared<net::Channel>(loop, acceptor.accept(), base::Origin::kClient);
  }
  net::ChannelPtr client;
  net::ChannelPtr server;
};

// Returns when `holds()`; the test's time limit is the only other way out.
template <class Condition>
net::Awaitable<> eventually(net::Loop& loop, Condition holds) {
  while (!holds()) {
    net::Timer timer(loop.context(), std::chrono::milliseconds(1));
    co_await timer.async_wait(net::kUseAwaitable);
  }
}

// Lets the loop turn so often that whatever the kernel already holds has been seen.
inline net::Awaitable<> turns(net::Loop& loop, int count = 50) {
  for (int i = 0; i < count; ++i) co_await net::asio::post(loop.executor(), net::kUseAwaitable);
}

}  // namespace pointsman::test_support
