#include "http/client.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <functional>

#include "support/tcp_peer.h"

namespace pointsman::http {
namespace {

using base::ErrorCode;
using net::Awaitable;
using test_support::eventually;
using test_support::read_to;
using test_support::send;
using test_support::TcpPeer;
using test_support::turns;
using test_support::wait_for;

constexpr const char* kEmptyOk = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

class ClientPoolTest : public ::testing::Test {
 protected:
  net::Loop& loop() { return run_.loop(); }
  void use_target(std::size_t max_connections, std::size_t max_idle = 64) {
    target_ = std::make_shared<const Target>(
        Target{{"127.0.0.1", peer_.port(), nullptr}, max_connections, max_idle, std::chrono::seconds(10)});
  }

  // One request with an empty answer; the connection is the caller's again.
  Awaitable<base::Result<void>> ask(ClientConnection& connection) {
    const std::array<std::string_view, 1> request = {"GET / HTTP/1.1\r\nhost: a\r\n\r\n"};
    PM_CO_CHECK(co_await connection.send(request));
    ResponseHead head;
    PM_CO_CHECK(co_await connection.read_head(Method::kGet, {}, head));
    status_ = head.status;
    connection.consume_head();
    co_return base::Result<void>{};
  }
  Awaitable<ClientConnectionPtr> get(bool fresh = false) {
    net::CancelToken never;
    auto got = co_await pool_.acquire(target_, never, fresh);
    EXPECT_TRUE(got.has_value()) << (got ? "" : got.error().message());
    co_return got ? std::move(*got) : nullptr;
  }
  Awaitable<> ask_and_release() {
    auto connection = co_await get();
    if (!connection) co_return;
    auto asked = co_await ask(*connection);
    EXPECT_TRUE(asked.has_value());
    pool_.release(target_, std::move(connection));
  }

  // A request for a connection that goes on beside the test.
  struct Asked {
    net::CancelToken cancel;
    ClientConnectionPtr connection;
    ErrorCode failed = ErrorCode::kInternal;
    bool over = false;
    std::function<void()> then = [] {};
  };
  Awaitable<> acquire_into(Asked& asked, bool fresh = false) {
    auto got = co_await pool_.acquire(target_, asked.cancel, fresh);
    if (got) {
      asked.connection = std::move(*got);
    } else {
      asked.failed = got.error().code();
    }
    asked.over = true;
    asked.then();
  }

  test_support::LoopRun run_;
  net::Resolver resolver_;
  TcpPeer peer_{run_.loop()};
  ClientPool pool_{run_.loop(), resolver_};
  TargetPtr target_;
  int status_ = 0;
};

TEST_F(ClientPoolTest, KeepsAConnectionAliveAndGivesItAgain) {
  use_target(4);
  peer_.next({read_to(), send(kEmptyOk), read_to(), send(kEmptyOk)});
  auto body = [&]() -> Awaitable<> {
    co_await ask_and_release();
    EXPECT_EQ(pool_.idle(), 1U);
    auto again = co_await get();
    EXPECT_EQ(pool_.idle(), 0U);
    auto asked = co_await ask(*again);
    EXPECT_TRUE(asked.has_value());
    EXPECT_TRUE(again->reused());
    EXPECT_TRUE(again->answered());
    EXPECT_EQ(peer_.accepted(), 1U);
    pool_.discard(target_, std::move(again));
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, ForgetsAnIdleConnectionThatThePeerCloses) {
  use_target(1);
  net::Event leave;
  peer_.next({read_to(), send(kEmptyOk), wait_for(leave), test_support::close()});
  peer_.next({read_to(), send(kEmptyOk)});
  auto body = [&]() -> Awaitable<> {
    co_await ask_and_release();
    leave.signal();
    co_await eventually(loop(), [&] { return pool_.idle() == 0; });
    co_await ask_and_release();  // there is room for another one again
    EXPECT_EQ(peer_.accepted(), 2U);
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, NeverReusesAConnectionWithBytesThatNobodyAskedFor) {
  use_target(1);
  net::Event speak;
  peer_.next({read_to(), send(kEmptyOk), wait_for(speak), send("HTTP/1.1 200 OK\r\ncontent-length: 666\r\n\r\n")});
  peer_.next({read_to(), send("HTTP/1.1 204 No Content\r\n\r\n")});
  auto body = [&]() -> Awaitable<> {
    co_await ask_and_release();
    speak.signal();
    co_await turns(loop());
    co_await ask_and_release();
    EXPECT_EQ(status_, 204);
    EXPECT_EQ(peer_.accepted(), 2U);
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, DoesNotKeepAConnectionWithBytesBehindTheAnswer) {
  use_target(1);
  peer_.next({read_to(), send(std::string(kEmptyOk) + "more")});
  auto body = [&]() -> Awaitable<> {
    co_await ask_and_release();
    EXPECT_EQ(pool_.idle(), 0U);
    co_await eventually(loop(), [&] { return peer_.left() == 1; });
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, DoesNotKeepAConnectionThatWasCancelled) {
  use_target(1);
  peer_.next({});
  peer_.next({read_to(), send(kEmptyOk)});
  auto body = [&]() -> Awaitable<> {
    auto connection = co_await get();
    connection->channel().cancel();  // came too late: the answer was complete
    pool_.release(target_, std::move(connection));
    EXPECT_EQ(pool_.idle(), 0U);
    co_await ask_and_release();
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, ServesThoseWhoWaitInOrderAndOpensNoMoreThanAllowed) {
  use_target(2);
  for (int i = 0; i < 2; ++i) peer_.next({});
  auto body = [&]() -> Awaitable<> {
    auto first = co_await get();
    auto second = co_await get();
    std::array<Asked, 3> waiting;
    std::string order;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      waiting[i].then = [&order, i] { order += static_cast<char>('a' + i); };
      loop().spawn("waiter", acquire_into(waiting[i]));
    }
    co_await turns(loop());
    EXPECT_EQ(order, "");
    pool_.release(target_, std::move(first));
    EXPECT_EQ(order, "a");
    pool_.release(target_, std::move(second));
    EXPECT_EQ(order, "ab");
    pool_.release(target_, std::move(waiting[1].connection));
    EXPECT_EQ(order, "abc");
    EXPECT_EQ(peer_.accepted(), 2U);
    pool_.release(target_, std::move(waiting[0].connection));
    pool_.release(target_, std::move(waiting[2].connection));
    EXPECT_EQ(pool_.idle(), 2U);
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, CountsDiscardedConnectionsAsGone) {
  use_target(1);
  for (int i = 0; i < 3; ++i) peer_.next({});
  auto body = [&]() -> Awaitable<> {
    for (int i = 0; i < 3; ++i) {
      auto connection = co_await get();
      if (!connection) co_return;
      Asked waits;
      loop().spawn("waiter", acquire_into(waits));
      co_await turns(loop());
      EXPECT_FALSE(waits.over);
      pool_.discard(target_, std::move(connection));
      if (i == 2) peer_.next({});
      co_await eventually(loop(), [&] { return waits.over; });
      EXPECT_NE(waits.connection, nullptr);
      pool_.discard(target_, std::move(waits.connection));
      peer_.next({});
    }
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, LeavesTheQueueWhenCancelled) {
  use_target(1);
  peer_.next({});
  auto body = [&]() -> Awaitable<> {
    auto connection = co_await get();
    Asked gives_up;
    Asked stays;
    loop().spawn("waiter", acquire_into(gives_up));
    loop().spawn("waiter", acquire_into(stays));
    co_await turns(loop());
    gives_up.cancel.request();
    EXPECT_TRUE(gives_up.over);
    EXPECT_EQ(gives_up.failed, ErrorCode::kCancelled);
    pool_.release(target_, std::move(connection));
    EXPECT_TRUE(stays.over && stays.connection);
    pool_.release(target_, std::move(stays.connection));
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, DoesNotEvenQueueWhenCancelledBefore) {
  use_target(1);
  peer_.next({});
  auto body = [&]() -> Awaitable<> {
    Asked early;
    early.cancel.request();
    loop().spawn("early", acquire_into(early));
    co_await eventually(loop(), [&] { return early.over; });
    EXPECT_EQ(early.failed, ErrorCode::kCancelled);
    auto connection = co_await get();
    Asked queued;
    queued.cancel.request();
    loop().spawn("queued", acquire_into(queued));
    co_await turns(loop());
    EXPECT_TRUE(queued.over);
    EXPECT_EQ(queued.failed, ErrorCode::kCancelled);
    pool_.release(target_, std::move(connection));
    EXPECT_EQ(peer_.accepted(), 1U);
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, GivesItsPlaceBackWhenCancelledWhileConnecting) {
  use_target(1);
  peer_.next({});
  peer_.next({});
  auto body = [&]() -> Awaitable<> {
    Asked first;
    loop().spawn("first", acquire_into(first));
    co_await net::asio::post(loop().executor(), net::kUseAwaitable);  // it is connecting now
    first.cancel.request();
    co_await eventually(loop(), [&] { return first.over; });
    EXPECT_EQ(first.connection, nullptr);
    EXPECT_EQ(first.failed, ErrorCode::kCancelled);
    auto connection = co_await get();
    EXPECT_NE(connection, nullptr);
    if (connection) pool_.discard(target_, std::move(connection));
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, MakesRoomForAFreshConnectionByClosingAnIdleOne) {
  use_target(2);
  for (int i = 0; i < 3; ++i) peer_.next({});
  auto body = [&]() -> Awaitable<> {
    auto first = co_await get();
    auto second = co_await get();
    pool_.release(target_, std::move(first));
    pool_.release(target_, std::move(second));
    Asked fresh;
    loop().spawn("fresh", acquire_into(fresh, true));
    co_await eventually(loop(), [&] { return fresh.over; });
    EXPECT_NE(fresh.connection, nullptr);
    EXPECT_EQ(peer_.accepted(), 3U);
    EXPECT_EQ(pool_.idle(), 1U);
    if (fresh.connection) pool_.discard(target_, std::move(fresh.connection));
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, FreshOnesThatWaitedDoNotExceedTheLimit) {
  use_target(1);
  for (int i = 0; i < 2; ++i) peer_.next({});
  auto body = [&]() -> Awaitable<> {
    auto first = co_await get();
    Asked fresh;
    loop().spawn("fresh", acquire_into(fresh, true));
    co_await turns(loop());
    pool_.release(target_, std::move(first));
    co_await eventually(loop(), [&] { return fresh.over && peer_.accepted() == 2; });
    EXPECT_EQ(pool_.idle(), 0U);
    co_await eventually(loop(), [&] { return peer_.left() == 1; });  // the idle one made room
    if (fresh.connection) pool_.discard(target_, std::move(fresh.connection));
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, SkipsInterimAnswers) {
  use_target(1);
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
  peer_.next({read_to(), send(interim + hints + kEmptyOk), read_to(), send(interim), send(hints), send(kEmptyOk)});
  auto body = [&]() -> Awaitable<> {
    for (int i = 0; i < 2; ++i) {
      status_ = 0;
      co_await ask_and_release();
      EXPECT_EQ(status_, 200);
    }
    EXPECT_EQ(peer_.accepted(), 1U);
  };
  run_.run(body());
}

TEST_F(ClientPoolTest, ManyWhoWaitMayAllFailToConnect) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the undefined-behaviour sanitizer itself needs descriptors, and this test leaves none";
#endif
  use_target(1);
  peer_.next({});
  auto body = [&]() -> Awaitable<> {
    auto connection = co_await get();
    std::vector<Asked> waiting(20'000);
    for (Asked& one : waiting) loop().spawn("waiter", acquire_into(one));
    co_await turns(loop());
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = 0;  // no socket can be opened: each failure is at once the next one's turn
    ::setrlimit(RLIMIT_NOFILE, &none);
    pool_.discard(target_, std::move(connection));
    co_await eventually(loop(), [&] { return std::ranges::all_of(waiting, &Asked::over); });
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(std::ranges::all_of(waiting, [](const Asked& one) { return one.failed == ErrorCode::kConnect; }));
  };
  run_.run(body());
}

}  // namespace
}  // namespace pointsman::http
