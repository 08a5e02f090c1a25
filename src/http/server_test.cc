#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <optional>
#include <string>
#include <vector>

#include "net/event.h"
#include "support/raw_client.h"
#include "support/server_thread.h"

namespace pointsman::http {
namespace {

using std::chrono::milliseconds;
using testing::body_of;
using testing::get;
using testing::post;
using testing::RawClient;
using testing::ServerThread;

// /echo answers the body; /hang waits for the client to leave; /big sends 8 MiB; /ignore leaves the body unread;
// /hold answers when told to.
class TestHandler final : public Handler {
 public:
  net::Awaitable<> serve(Exchange& exchange) override {
    const std::string_view path = exchange.head().path;
    if (path == "/hang" || path == "/hold") co_return co_await hang(exchange);
    if (path == "/big") co_return co_await send_big(exchange);
    if (path == "/ignore") {
      co_await exchange.send(200, "text/plain", "ignored");
      co_return;
    }
    const auto body = co_await exchange.read_body();
    if (!body) {
      if (!exchange.client_gone()) co_await exchange.send(refused_with, "text/plain", body.error().message());
      co_return;
    }
    co_await exchange.send(200, "text/plain", *body);
  }
  std::string refusal(const base::Error& error, int status, std::string_view /*path*/) override {
    return std::to_string(status) + " " + error.message();
  }

  int refused_with = 413;
  std::atomic<int> waiting{0};
  std::atomic<int> left{0};
  net::Event go;

 private:
  net::Awaitable<> hang(Exchange& exchange) {
    const bool hold = exchange.head().path == "/hold";
    const auto body = co_await exchange.read_body();
    if (!body) co_return;
    exchange.watch();
    const net::CancelToken::Scope scope(
        exchange.cancel(), [](void* event) { static_cast<net::Event*>(event)->signal(); }, &go);
    ++waiting;
    if (!exchange.cancel().requested()) co_await go.wait();
    if (exchange.cancel().requested()) ++left;
    if (hold && !exchange.cancel().requested()) co_await exchange.send(200, "text/plain", "held");
  }
  net::Awaitable<> send_big(Exchange& exchange) {
    const std::string big(8 * 1024 * 1024, 'b');
    co_await exchange.send(200, "text/plain", big);
  }
};

struct ServerTest : ::testing::Test {
  TestHandler handler;
};

TEST_F(ServerTest, KeepsAConnectionForManyRequests) {
  ServerThread server(handler);
  RawClient client(server.port());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(client.send(post("/echo", std::to_string(i) + std::string(200, '.'))));
    ASSERT_TRUE(body_of(client.read_answer()).starts_with(std::to_string(i) + '.'));
  }
  EXPECT_EQ(server.ask([](Server& s) { return s.accepted(); }), 1U);
}

TEST_F(ServerTest, AnswersTenPipelinedRequestsOfOnePacketInOrder) {
  ServerThread server(handler);
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 10; ++i) all += post("/echo", "request " + std::to_string(i));
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(body_of(client.read_answer()), "request " + std::to_string(i));
}

TEST_F(ServerTest, AnswersWhatWasPipelinedWhileItWaited) {
  ServerThread server(handler);
  RawClient client(server.port());
  ASSERT_TRUE(client.send(get("/hold") + post("/echo", "behind")));
  ASSERT_TRUE(server.wait_until([&](Server&) { return handler.waiting == 1; }));
  server.ask([&](Server&) { handler.go.signal(); });
  EXPECT_EQ(body_of(client.read_answer()), "held");
  EXPECT_EQ(body_of(client.read_answer()), "behind");
}

TEST_F(ServerTest, SaysContinueOnlyWhenTheBodyIsWantedAndMissing) {
  ServerThread server(handler);
  RawClient client(server.port());
  const std::string request = post("/echo", "later", "Expect: 100-continue\r\n");
  ASSERT_TRUE(client.send(request.substr(0, request.size() - 5)));
  ASSERT_TRUE(client.read_until("HTTP/1.1 100 Continue\r\n\r\n"));
  ASSERT_TRUE(client.send("later"));
  ASSERT_TRUE(client.read_until("later"));
  RawClient eager(server.port());
  ASSERT_TRUE(eager.send(request));
  EXPECT_TRUE(eager.read_answer().starts_with("HTTP/1.1 200"));
}

TEST_F(ServerTest, ReadsChunkedBodiesSplitAtEveryByte) {
  ServerThread server(handler);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string request = head + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
  const std::string next = post("/echo", "next");
  RawClient client(server.port());
  for (std::size_t split = 1; split < request.size(); ++split) {
    ASSERT_TRUE(client.send(std::string_view(request).substr(0, split)));
    ASSERT_TRUE(server.ask([](Server&) { return true; }));  // lets the loop take the first part
    ASSERT_TRUE(client.send(request.substr(split) + next));
    ASSERT_EQ(body_of(client.read_answer()), "abc0123456789") << split;
    ASSERT_EQ(body_of(client.read_answer()), "next") << split;
  }
}

TEST_F(ServerTest, TakesBodiesOf20MiBAndRefusesLargerOnes) {
  ServerThread server(handler);
  RawClient client(server.port());
  std::string body(20 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  ASSERT_TRUE(client.send(post("/echo", body)));
  EXPECT_TRUE(body_of(client.read_answer()) == body);
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 20971521\r\n\r\n"));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 413"));
  EXPECT_EQ(client.read_to_end(), RawClient::End::kClosed);
}

TEST_F(ServerTest, RefusesACompressedBody) {
  ServerThread server(handler);
  RawClient client(server.port());
  ASSERT_TRUE(client.send(post("/echo", "x", "Content-Encoding: gzip\r\n")));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 415"));
  EXPECT_EQ(client.read_to_end(), RawClient::End::kClosed);
}

TEST_F(ServerTest, AnswersATooSlowHeadWith408AndClosesAnIdleConnectionSilently) {
  ServerLimits limits;
  limits.header_timeout = milliseconds(5);
  limits.idle_timeout = milliseconds(5);
  ServerThread server(handler, limits);
  RawClient slow(server.port());
  RawClient idle(server.port());
  ASSERT_TRUE(slow.send("GET /echo HT"));
  EXPECT_TRUE(slow.read_answer().starts_with("HTTP/1.1 408"));
  EXPECT_EQ(idle.read_to_end(), RawClient::End::kClosed);
  EXPECT_EQ(idle.received(), "");
}

TEST_F(ServerTest, DeliversARefusalThoughTheClientStillSends) {
  ServerThread server(handler);
  RawClient client(server.port());
  ASSERT_TRUE(client.send("BAD REQUEST LINE\r\nHost: t\r\nContent-Length: 600000\r\n\r\n"));
  client.send(std::string(600'000, 'z'));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 400"));
  RawClient ignored(server.port());
  ASSERT_TRUE(ignored.send(post("/ignore", std::string(600'000, 'z'))));
  EXPECT_EQ(body_of(ignored.read_answer()), "ignored");
  EXPECT_EQ(ignored.read_to_end(), RawClient::End::kClosed);
}

TEST_F(ServerTest, ASlowReaderSlowsOnlyItself) {
  ServerThread server(handler);
  RawClient slow(server.port(), 4096);
  ASSERT_TRUE(slow.send(get("/big")));
  ASSERT_TRUE(slow.read_at_least(1));
  RawClient quick(server.port());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(quick.send(post("/echo", "quick")));
    ASSERT_EQ(body_of(quick.read_answer()), "quick");
  }
  EXPECT_EQ(server.ask([](Server& s) { return s.active(); }), 1U);
  EXPECT_EQ(body_of(slow.read_answer()).size(), 8U * 1024 * 1024);
}

TEST_F(ServerTest, TellsTheHandlerWhenTheClientLeaves) {
  ServerThread server(handler);
  for (const std::size_t body :
       {std::size_t{0}, std::size_t{100}, std::size_t{16'000}, std::size_t{17'000}, std::size_t{400'000}}) {
    const int before = handler.left;
    const int waiting = handler.waiting;
    RawClient client(server.port());
    ASSERT_TRUE(client.send(post("/hang", std::string(body, 'x'))));
    ASSERT_TRUE(server.wait_until([&](Server&) { return handler.waiting == waiting + 1; })) << body;
    client.close();
    EXPECT_TRUE(server.wait_until([&](Server&) { return handler.left == before + 1; })) << body;
  }
}

// A GET of exactly that many bytes.
std::string get_of_size(std::string_view path, std::size_t bytes) {
  const std::size_t plain = get(path, "x-padding: \r\n").size();
  return get(path, "x-padding: " + std::string(bytes - plain, 'p') + "\r\n");
}

TEST_F(ServerTest, StillNoticesAClientThatLeavesAfterRequestsThatFillTheReceiveBlock) {
  constexpr std::size_t kRequestBytes = 1024;
  constexpr std::size_t kRequests = net::kBlockSize / kRequestBytes;
  ServerThread server(handler);
  RawClient client(server.port());
  for (std::size_t i = 1; i < kRequests; ++i) {
    const int waiting = handler.waiting;
    ASSERT_TRUE(client.send(get_of_size("/hold", kRequestBytes)));
    ASSERT_TRUE(server.wait_until([&](Server&) { return handler.waiting == waiting + 1; }));
    server.ask([&](Server&) { handler.go.signal(); });
    ASSERT_EQ(body_of(client.read_answer()), "held");
  }
  ASSERT_TRUE(client.send(get_of_size("/hang", kRequestBytes)));
  ASSERT_TRUE(server.wait_until([&](Server&) { return handler.waiting == static_cast<int>(kRequests); }));
  client.reset();
  EXPECT_TRUE(server.wait_until([&](Server&) { return handler.left == 1; }));
}

TEST_F(ServerTest, DrainsByEndingIdleConnectionsAtOnceAndBusyOnesAfterTheirAnswer) {
  ServerThread server(handler);
  RawClient idle(server.port());
  ASSERT_TRUE(idle.send(post("/echo", "x")));
  ASSERT_EQ(body_of(idle.read_answer()), "x");
  RawClient busy(server.port());
  ASSERT_TRUE(busy.send(get("/hold")));
  ASSERT_TRUE(server.wait_until([&](Server&) { return handler.waiting == 1; }));
  server.ask([](Server& s) { s.drain(); });
  EXPECT_EQ(idle.read_to_end(), RawClient::End::kClosed);
  server.ask([&](Server&) { handler.go.signal(); });
  EXPECT_EQ(body_of(busy.read_answer()), "held");
  EXPECT_EQ(busy.read_to_end(), RawClient::End::kClosed);
  EXPECT_FALSE(RawClient(server.port()).connected());
  EXPECT_TRUE(server.wait_until([](Server& s) { return s.connections() == 0; }));
}

TEST_F(ServerTest, AnswersWhoHadConnectedBeforeItDrained) {
  ServerThread server(handler);
  RawClient accepted(server.port());
  ASSERT_TRUE(server.wait_until([](Server& s) { return s.connections() == 1; }));
  std::optional<RawClient> waiting;
  server.ask([&](Server& s) {
    waiting.emplace(server.port());  // by the kernel; the loop, which is here, cannot have accepted it
    s.drain();
  });
  for (RawClient* const client : {&accepted, &*waiting}) {
    ASSERT_TRUE(client->send(post("/echo", "x")));
    const std::string answer = client->read_answer();
    EXPECT_EQ(body_of(answer), "x");
    EXPECT_NE(answer.find("connection: close\r\n"), std::string::npos) << answer;
    EXPECT_EQ(client->read_to_end(), RawClient::End::kClosed);
  }
  EXPECT_FALSE(RawClient(server.port()).connected());
}

TEST_F(ServerTest, DoesNotWaitLongForWhoHasConnectedAndNeverAsks) {
  ServerThread server(handler);
  const RawClient silent(server.port());
  ASSERT_TRUE(server.wait_until([](Server& s) { return s.connections() == 1; }));
  server.ask([](Server& s) { s.drain(); });
  EXPECT_TRUE(server.wait_until([](Server& s) { return s.connections() == 0; }));
}

TEST_F(ServerTest, CutsWhatIsLeftWhenToldTo) {
  ServerThread server(handler);
  RawClient client(server.port());
  ASSERT_TRUE(client.send(get("/hang")));
  ASSERT_TRUE(server.wait_until([&](Server&) { return handler.waiting == 1; }));
  server.ask([](Server& s) { s.close_all(); });
  EXPECT_EQ(client.read_to_end(), RawClient::End::kReset);
  EXPECT_EQ(handler.left, 1);
}

TEST_F(ServerTest, SpeaksHttp10) {
  ServerThread server(handler);
  RawClient once(server.port());
  ASSERT_TRUE(once.send("POST /echo HTTP/1.0\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi"));
  EXPECT_EQ(body_of(once.read_answer()), "hi");
  EXPECT_EQ(once.read_to_end(), RawClient::End::kClosed);
  RawClient kept(server.port());
  ASSERT_TRUE(kept.send("GET /ignore HTTP/1.0\r\nHost: t\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_NE(kept.read_answer().find("connection: keep-alive"), std::string::npos);
  ASSERT_TRUE(kept.send("GET /ignore HTTP/1.0\r\nHost: t\r\n\r\n"));
  EXPECT_EQ(body_of(kept.read_answer()), "ignored");
}

TEST_F(ServerTest, AnswersHeadWithTheLengthButNoBody) {
  ServerThread server(handler);
  RawClient client(server.port());
  ASSERT_TRUE(client.send("HEAD /ignore HTTP/1.1\r\nHost: t\r\n\r\n" + get("/ignore")));
  ASSERT_TRUE(client.read_until("ignored"));
  const std::string all = client.received();
  EXPECT_NE(all.find("content-length: 7\r\n\r\nHTTP/1.1 200"), std::string::npos) << all;
}

}  // namespace
}  // namespace pointsman::http
