// A scripted server of raw bytes on the test's own loop: what it reads, sends and breaks is written down beforehand.
//
// Each accepted connection follows the next script, step by step; one without a script is closed at once. After its
// last step a connection stays open until the peer is destroyed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "support/loop_run.h"

namespace pointsman::test_support {

struct Step {
  enum class Kind : std::uint8_t { kRead, kSend, kWait, kClose, kReset };
  Kind kind;
  std::string bytes = {};
  net::Event* event = nullptr;
};
// Reads up to and with `end`.
inline Step read_to(std::string end = "\r\n\r\n") {
  return {Step::Kind::kRead, std::move(end)};
}
inline Step send(std::string bytes) {
  return {Step::Kind::kSend, std::move(bytes)};
}
inline Step wait_for(net::Event& event) {
  return {Step::Kind::kWait, {}, &event};
}
inline Step close() {
  return {Step::Kind::kClose};
}
inline Step reset() {
  return {Step::Kind::kReset};
}

class TcpPeer {
 public:
  using Script = std::vector<Step>;

  explicit TcpPeer(net::Loop& loop)
      : loop_(loop), acceptor_(loop.context(), {net::asio::ip::address_v4::loopback(), 0}) {
    loop_.spawn("peer", accept());
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void next(Script script) { scripts_.push_back(std::move(script)); }
  std::size_t accepted() const { return channels_.size(); }
  // Connections that the other side has closed or broken.
  std::size_t left() const { return left_; }
  // Ends all connections at once, in order or not, without waiting for the loop.
  void close_all() {
    for (const net::ChannelPtr& one : channels_) one->close();
  }
  void abort_all() {
    for (const net::ChannelPtr& one : channels_) one->abort();
  }
  // Everything read, of all connections.
  const std::string& received() const { return received_; }

 private:
  net::Awaitable<> accept() {
    for (;;) {
      net::Socket socket = co_await acceptor_.async_accept(net::kUseAwaitable);
      auto channel = std::make_shared<net::Channel>(loop_, std::move(socket), base::Origin::kClient);
      channels_.push_back(channel);
      Script script;
      if (scripts_.empty()) {
        script.push_back(close());
      } else {
        script = std::move(scripts_.front());
        scripts_.pop_front();
      }
      loop_.spawn("script", follow(std::move(channel), std::move(script)));
    }
  }

  net::Awaitable<> follow(net::ChannelPtr channel, Script script) {
    for (const Step& step : script) {
      switch (step.kind) {
        case Step::Kind::kRead: {
          const bool read = co_await read_up_to(*channel, step.bytes);
          if (!read) {
            ++left_;
            co_return;
          }
          break;
        }
        case Step::Kind::kSend: {
          auto sent = co_await channel->write(step.bytes);
          if (!sent) co_return;
          break;
        }
        case Step::Kind::kWait:
          co_await step.event->wait();
          break;
        case Step::Kind::kClose:
          channel->close();
          co_return;
        case Step::Kind::kReset:
          channel->abort();
          co_return;
      }
    }
    const bool never = co_await read_up_to(*channel, std::string(1, '\0'));
    if (!never) ++left_;
  }

  net::Awaitable<bool> read_up_to(net::Channel& channel, std::string end) {
    for (;;) {
      const std::size_t at = channel.input().find(end);
      if (at != std::string_view::npos) {
        received_ += channel.input().substr(0, at + end.size());
        channel.consume(at + end.size());
        co_return true;
      }
      const std::size_t kept = std::min(channel.input().size(), end.size() - 1);
      received_ += channel.input().substr(0, channel.input().size() - kept);
      channel.consume(channel.input().size() - kept);
      auto more = co_await channel.fill();
      if (!more || !*more) co_return false;
    }
  }

  net::Loop& loop_;
  net::asio::basic_socket_acceptor<net::asio::ip::tcp, net::Executor> acceptor_;
  std::deque<Script> scripts_;
  std::vector<net::ChannelPtr> channels_;
  std::string received_;
  std::size_t left_ = 0;
};

}  // namespace pointsman::test_support
