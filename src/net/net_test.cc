#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/channel.h"
#include "net/connect.h"
#include "net/deadline.h"
#include "net/kernel_memory.h"

namespace pointsman::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Fires final : DeadlineNode {
  void on_deadline() override { ++fired; }
  int fired = 0;
};

TEST(DeadlineWheel, FiresOnceAndNeverEarly) {
  DeadlineWheel wheel;
  Fires node;
  const base::MonoTime start(seconds(5000));
  wheel.set(node, start + milliseconds(400));
  wheel.advance(start + milliseconds(399));
  EXPECT_EQ(node.fired, 0);
  wheel.advance(start + milliseconds(400) + 2 * DeadlineWheel::kTick);
  EXPECT_EQ(node.fired, 1);
  wheel.advance(start + seconds(100));
  EXPECT_EQ(node.fired, 1);
  EXPECT_TRUE(wheel.empty());
}

TEST(DeadlineWheel, KeepsDeadlinesBeyondOneTurn) {
  DeadlineWheel wheel;
  Fires node;
  const base::MonoTime start(seconds(5000));
  wheel.set(node, start + seconds(3600));
  for (int i = 0; i < 3600 * 2 - 2; ++i) wheel.advance(start + milliseconds(500) * i);
  EXPECT_EQ(node.fired, 0);
  wheel.advance(start + seconds(3600) + 2 * DeadlineWheel::kTick);
  EXPECT_EQ(node.fired, 1);
}

TEST(DeadlineWheel, MovesDeadlinesBothWaysAndForgetsThem) {
  DeadlineWheel wheel;
  Fires later;
  Fires earlier;
  Fires never;
  const base::MonoTime start(seconds(5000));
  wheel.set(later, start + seconds(1));
  wheel.set(later, start + seconds(10));
  wheel.set(earlier, start + seconds(10));
  wheel.set(earlier, start + seconds(1));
  wheel.set(never, start + seconds(1));
  wheel.set(never, base::MonoTime::max());
  wheel.advance(start + seconds(2));
  EXPECT_EQ(later.fired, 0);
  EXPECT_EQ(earlier.fired, 1);
  EXPECT_EQ(never.fired, 0);
  wheel.advance(start + seconds(11));
  EXPECT_EQ(later.fired, 1);
}

TEST(DeadlineWheel, SurvivesNodesThatDestroyEachOther) {
  struct Destroys final : DeadlineNode {
    void on_deadline() override { victims->clear(); }
    std::vector<std::unique_ptr<Fires>>* victims = nullptr;
  };
  DeadlineWheel wheel;
  const base::MonoTime start(seconds(5000));
  std::vector<std::unique_ptr<Fires>> victims;
  for (int i = 0; i < 8; ++i) {
    victims.push_back(std::make_unique<Fires>());
    wheel.set(*victims.back(), start + seconds(1) + seconds(i % 2 == 0 ? 0 : 60));
  }
  Destroys killer;
  killer.victims = &victims;
  wheel.set(killer, start + seconds(1));
  wheel.advance(start + seconds(2));
  EXPECT_TRUE(victims.empty());
  EXPECT_TRUE(wheel.empty());
}

TEST(Loop, GoesOnAfterATaskThatThrows) {
  Loop loop;
  bool reached = false;
  loop.post([] { throw std::runtime_error("broken"); });
  loop.post([&] { reached = true; });
  loop.stop();
  loop.run();
  EXPECT_TRUE(reached);
}

// A connected pair of TCP sockets on loopback.
std::pair<Socket, Socket> tcp_pair(Loop& loop) {
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor(loop.context(), {asio::ip::address_v4::loopback(), 0});
  Socket a(loop.context());
  a.connect(acceptor.local_endpoint());
  return {std::move(a), acceptor.accept()};
}

Awaitable<> echo_then_stop(ChannelPtr channel, Loop& loop, std::string& seen) {
  while (seen.size() < 5) {
    auto more = co_await channel->fill();
    if (!more || !*more) break;
    seen += channel->input();
    channel->consume(channel->input().size());
  }
  loop.stop();
}

TEST(Channel, ReceivesWhatThePeerWrites) {
  Loop loop;
  auto [a, b] = tcp_pair(loop);
  const auto left = std::make_shared<Channel>(loop, std::move(a), base::Origin::kClient);
  std::string seen;
  loop.spawn("reader", echo_then_stop(left, loop, seen));
  asio::write(b, asio::buffer(std::string("hello")));
  loop.run();
  EXPECT_EQ(seen, "hello");
}

TEST(Channel, TellsTheTokenAtOnceWhenAWatchedPeerLeaves) {
  Loop loop;
  auto [a, b] = tcp_pair(loop);
  const auto left = std::make_shared<Channel>(loop, std::move(a), base::Origin::kClient);
  CancelToken token;
  struct Stop {
    Loop* loop;
  } stop{&loop};
  const CancelToken::Scope scope(token, [](void* s) { static_cast<Stop*>(s)->loop->stop(); }, &stop);
  left->watch(token);
  asio::write(b, asio::buffer(std::string("pipelined")));
  b.close();
  loop.run();
  EXPECT_TRUE(token.requested());
  EXPECT_EQ(left->input(), "pipelined");
}

Awaitable<> fill_once(ChannelPtr channel, Loop& loop, base::ErrorCode& code) {
  auto more = co_await channel->fill();
  if (!more) code = more.error().code();
  loop.stop();
}

TEST(Channel, ReportsAPassedDeadlineAsTimeout) {
  Loop loop;
  auto [a, b] = tcp_pair(loop);
  const auto left = std::make_shared<Channel>(loop, std::move(a), base::Origin::kUpstream);
  left->set_deadline(Loop::now());
  auto code = base::ErrorCode::kInternal;
  loop.spawn("reader", fill_once(left, loop, code));
  loop.run();
  EXPECT_EQ(code, base::ErrorCode::kTimeout);
}

Awaitable<> write_much(ChannelPtr channel, const std::string& data) {
  const std::array<std::string_view, 3> pieces = {std::string_view(data), "", "end"};
  auto sent = co_await channel->write(pieces);
  EXPECT_TRUE(sent.has_value());
  channel->shutdown_send();
}

Awaitable<> read_all(ChannelPtr channel, Loop& loop, std::string& seen) {
  std::string block(100'000, '\0');
  for (;;) {
    auto got = co_await channel->read_direct(block);
    if (!got || *got == 0) break;
    seen.append(block, 0, *got);
  }
  loop.stop();
}

TEST(Channel, WritesMoreThanTheSocketTakesInOrder) {
  Loop loop;
  auto [a, b] = tcp_pair(loop);
  const auto left = std::make_shared<Channel>(loop, std::move(a), base::Origin::kClient);
  const auto right = std::make_shared<Channel>(loop, std::move(b), base::Origin::kUpstream);
  std::string data(8'000'000, 'x');
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>('a' + i % 23);
  std::string seen;
  loop.spawn("writer", write_much(left, data));
  loop.spawn("reader", read_all(right, loop, seen));
  loop.run();
  EXPECT_TRUE(seen == data + "end");
}

Awaitable<> connect_once(Loop& loop, Resolver& resolver, Endpoint endpoint, base::Duration patience,
                         CancelToken& cancel, base::Result<ChannelPtr>& result) {
  result = co_await connect(loop, resolver, endpoint, Loop::now() + patience, cancel);
  loop.stop();
}

TEST(Connect, SaysWhatCouldNotBeResolvedOrReached) {
  Loop loop;
  Resolver resolver([](const std::string& host) -> base::Result<Addresses> {
    if (host == "closed.test") return Addresses{asio::ip::address_v4::loopback()};
    return base::fail(base::ErrorCode::kConnect, "cannot resolve '" + host + "'", base::Origin::kUpstream,
                      base::Retry::kOtherTarget);
  });
  for (const char* host : {"missing.test", "closed.test"}) {
    Loop own;
    CancelToken cancel;
    base::Result<ChannelPtr> result = nullptr;
    own.spawn("connect", connect_once(own, resolver, {host, 1, nullptr}, seconds(5), cancel, result));
    own.run();
    ASSERT_FALSE(result.has_value()) << host;
    EXPECT_EQ(result.error().code(), base::ErrorCode::kConnect);
    EXPECT_EQ(result.error().retry(), base::Retry::kOtherTarget);
    EXPECT_NE(result.error().message().find(host), std::string::npos) << result.error().message();
  }
}

TEST(Connect, ALookUpThatThrowsFailsAndTheNextOneIsMade) {
  int lookups = 0;
  Resolver resolver([&](const std::string&) -> base::Result<Addresses> {
    if (++lookups == 1) throw std::bad_alloc();
    return Addresses{asio::ip::address_v4::loopback()};
  });
  for (const char* host : {"first.test", "second.test"}) {
    Loop own;
    CancelToken cancel;
    base::Result<ChannelPtr> result = nullptr;
    own.spawn("connect", connect_once(own, resolver, {host, 1, nullptr}, seconds(5), cancel, result));
    own.run();
    ASSERT_FALSE(result.has_value()) << host;
    EXPECT_EQ(result.error().code(), base::ErrorCode::kConnect) << result.error().message();
  }
  EXPECT_EQ(lookups, 2);
}

// Megabytes otherwise, of each connection.
TEST(Connect, LetsTheKernelKeepLittleOfWhatNobodyReads) {
  Loop loop;
  Resolver resolver;
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor(loop.context(), {asio::ip::address_v4::loopback(), 0});
  CancelToken cancel;
  base::Result<ChannelPtr> result = nullptr;
  const Endpoint endpoint{"127.0.0.1", acceptor.local_endpoint().port(), nullptr};
  loop.spawn("connect", connect_once(loop, resolver, endpoint, seconds(5), cancel, result));
  loop.run();
  ASSERT_TRUE(result.has_value());
  Socket peer = acceptor.accept();
  const int ours = (*result)->socket().native_handle();
  int unread = 0;
  socklen_t size = sizeof unread;
  ASSERT_EQ(::getsockopt(ours, SOL_SOCKET, SO_RCVBUF, &unread, &size), 0);
  EXPECT_LE(unread, 2 * kMostUnread);
  const std::string piece(16 * 1024, 'x');
  std::size_t taken = 0;
  while (taken < 64 * piece.size()) {
    const ssize_t sent = ::send(ours, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) break;
    taken += static_cast<std::size_t>(sent);
  }
  EXPECT_LT(taken, 64 * piece.size()) << "a mebibyte";
}

TEST(Connect, IsCancelledByARequestThatCameBefore) {
  std::array<Loop, 3> loops;  // a look-up that nobody waits for any more still ends on its loop
  Resolver resolver(
      [](const std::string&) -> base::Result<Addresses> { return Addresses{asio::ip::address_v4::loopback()}; });
  Loop loop;
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor(loop.context(), {asio::ip::address_v4::loopback(), 0});
  const std::array hosts = {"127.0.0.1", "not.yet.known.test", "not.yet.known.test"};
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    Loop& own = loops[i];
    const char* const host = hosts[i];
    CancelToken cancel;
    cancel.request();
    base::Result<ChannelPtr> result = nullptr;
    const Endpoint endpoint{host, acceptor.local_endpoint().port(), nullptr};
    own.spawn("connect", connect_once(own, resolver, endpoint, seconds(5), cancel, result));
    own.run();
    ASSERT_FALSE(result.has_value()) << host;
    EXPECT_EQ(result.error().code(), base::ErrorCode::kCancelled) << host;
  }
}

}  // namespace
}  // namespace pointsman::net
