// What ends while something else of the server still runs: a session cut from within the loop over all of them, a
// client that resets a connection with a read and a write outstanding.
#include <gtest/gtest.h>

#include <set>

#include "http/server.h"
#include "support/loop_run.h"

namespace pointsman::http {
namespace {

using net::Awaitable;
using test_support::eventually;
using test_support::turns;

void wake(void* event) {
  static_cast<net::Event*>(event)->signal();
}

class Waits final : public Handler {
 public:
  Awaitable<> serve(Exchange& exchange) override {
    exchange.watch();
    net::Event event;
    ++waiting;
    others.insert(&exchange.cancel());
    {
      const net::CancelToken::Scope scope(exchange.cancel(), wake, &event);
      co_await event.wait();
    }
    --waiting;
    others.erase(&exchange.cancel());
    // The end of one lets another go on, as a connection that comes free does.
    if (!others.empty()) {
      net::CancelToken* const other = *others.begin();
      others.erase(others.begin());
      other->request();
    }
  }
  std::string refusal(const base::Error&, int, std::string_view) override { return "{}"; }
  int waiting = 0;
  std::set<net::CancelToken*> others;
};

class Streams final : public Handler {
 public:
  Awaitable<> serve(Exchange& exchange) override {
    exchange.watch();
    append_line(exchange.start_head(200), "transfer-encoding: chunked");
    auto sent = co_await exchange.send_head();
    const std::string much(1 << 20, 'x');
    const std::array<std::string_view, 1> pieces = {much};
    while (sent) sent = co_await exchange.write(pieces);
    ++ended;
  }
  std::string refusal(const base::Error&, int, std::string_view) override { return "{}"; }
  int ended = 0;
};

class ServerLifetime : public ::testing::Test {
 protected:
  net::Loop& loop() { return run_.loop(); }
  // A client that has sent a request.
  net::Socket client(std::uint16_t port) {
    net::Socket socket(loop().context());
    socket.connect({net::asio::ip::address_v4::loopback(), port});
    const std::string request = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    EXPECT_EQ(socket.send(net::asio::buffer(request)), request.size());
    return socket;
  }
  test_support::LoopRun run_;
};

TEST_F(ServerLifetime, CutsSessionsThatEndAtOnceAndTakeOthersWithThem) {
  Waits handler;
  Server server(loop(), handler, {}, nullptr);
  auto body = [&]() -> Awaitable<> {
    auto port = server.listen("127.0.0.1", 0);
    server.start();
    std::vector<net::Socket> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(client(*port));
    co_await eventually(loop(), [&] { return handler.waiting == 8; });
    server.drain();
    server.close_all();
    co_await eventually(loop(), [&] { return server.connections() == 0; });
    EXPECT_EQ(handler.waiting, 0);
  };
  run_.run(body());
}

TEST_F(ServerLifetime, SurvivesAClientThatResetsAnAnswerItDoesNotRead) {
  Streams handler;
  Server server(loop(), handler, {}, nullptr);
  auto body = [&]() -> Awaitable<> {
    auto port = server.listen("127.0.0.1", 0);
    server.start();
    net::Socket impatient = client(*port);
    co_await eventually(loop(), [&] { return server.active() == 1; });
    co_await turns(loop());
    impatient.set_option(net::asio::socket_base::linger(true, 0));
    impatient.close();
    co_await eventually(loop(), [&] { return server.connections() == 0; });
    EXPECT_EQ(handler.ended, 1);
    server.drain();
    co_await turns(loop());
  };
  run_.run(body());
}

}  // namespace
}  // namespace pointsman::http
