#include <gtest/gtest.h>

#include "http/client.h"
#include "support/tcp_peer.h"

namespace pointsman::http {
namespace {

using net::Awaitable;
using test_support::eventually;
using test_support::read_to;
using test_support::send;
using test_support::TcpPeer;

constexpr const char* kEmptyOk = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

// A reload drops some targets and keeps others.
class ClientTargetsTest : public ::testing::Test {
 protected:
  ClientTargetsTest() {
    peer_.next({read_to(), send(kEmptyOk)});
    peer_.next({read_to(), send(kEmptyOk)});
  }
  TargetPtr target() const {
    return std::make_shared<const Target>(Target{{"127.0.0.1", peer_.port(), nullptr}, 4, 4, std::chrono::seconds(10)});
  }
  // A connection that has served one request.
  Awaitable<ClientConnectionPtr> used(TargetPtr target) {
    net::CancelToken never;
    auto connection = co_await pool_.acquire(std::move(target), never);
    EXPECT_TRUE(connection.has_value());
    const std::array<std::string_view, 1> request = {"GET / HTTP/1.1\r\nhost: a\r\n\r\n"};
    auto sent = co_await (*connection)->send(request);
    EXPECT_TRUE(sent.has_value());
    ResponseHead head;
    auto read = co_await (*connection)->read_head(Method::kGet, {}, head);
    EXPECT_TRUE(read.has_value());
    (*connection)->consume_head();
    co_return std::move(*connection);
  }

  test_support::LoopRun run_;
  net::Resolver resolver_;
  TcpPeer peer_{run_.loop()};
  ClientPool pool_{run_.loop(), resolver_};
};

TEST_F(ClientTargetsTest, ADroppedTargetIsForgottenAndAKeptOneKeepsItsConnections) {
  const TargetPtr kept = target();
  const TargetPtr dropped = target();
  const auto main = [&]() -> Awaitable<> {
    pool_.release(kept, co_await used(kept));
    pool_.release(dropped, co_await used(dropped));
    EXPECT_EQ(pool_.targets(), 2U);
    pool_.keep_only(std::array{kept});
    EXPECT_EQ(pool_.targets(), 1U);
    EXPECT_EQ(pool_.idle(), 1U);
    co_await eventually(run_.loop(), [&] { return peer_.left() == 1; });
  };
  run_.run(main());
}

TEST_F(ClientTargetsTest, AConnectionInUseClosesWhenItsRequestEndsAndTheTargetGoesWithIt) {
  const TargetPtr dropped = target();
  const auto main = [&]() -> Awaitable<> {
    auto connection = co_await used(dropped);
    pool_.keep_only({});
    EXPECT_EQ(pool_.targets(), 1U) << "somebody still uses it";
    EXPECT_EQ(peer_.left(), 0U);
    pool_.release(dropped, std::move(connection));
    EXPECT_EQ(pool_.targets(), 0U);
    EXPECT_EQ(pool_.idle(), 0U);
    co_await eventually(run_.loop(), [&] { return peer_.left() == 1; });
  };
  run_.run(main());
}

TEST_F(ClientTargetsTest, ADroppedTargetThatComesBackKeepsConnectionsAgain) {
  const TargetPtr back = target();
  const auto main = [&]() -> Awaitable<> {
    auto connection = co_await used(back);
    pool_.keep_only({});
    pool_.keep_only(std::array{back});
    pool_.release(back, std::move(connection));
    EXPECT_EQ(pool_.idle(), 1U);
  };
  run_.run(main());
}

}  // namespace
}  // namespace pointsman::http
