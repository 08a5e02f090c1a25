#include "upstream/call.h"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/tcp_peer.h"

namespace pointsman::upstream {
namespace {

using base::ErrorCode;
using net::Awaitable;
using test_support::eventually;
using test_support::read_to;
using test_support::reset;
using test_support::send;
using test_support::TcpPeer;
using test_support::turns;
using test_support::wait_for;

constexpr const char* kRequest = "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody";
constexpr const char* kAnswer = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello";

class CallTest : public ::testing::Test {
 protected:
  CallTest() {
    provider_.name = "test";
    provider_.first_byte_timeout = std::chrono::seconds(10);
    use_limit(4);
  }
  net::Loop& loop() { return run_.loop(); }
  void use_limit(std::size_t max_connections) {
    provider_.target = std::make_shared<const http::Target>(
        http::Target{{"127.0.0.1", peer_.port(), nullptr}, max_connections, 64, std::chrono::seconds(10)});
  }

  struct Called {
    net::CancelToken cancel;
    base::Result<AnswerPtr> result = nullptr;
    bool over = false;
  };
  Awaitable<> call_into(Called& called, std::string request = kRequest) {
    co_await call_into(called, std::array<std::string_view, 2>{request});
  }
  Awaitable<> call_into(Called& called, std::array<std::string_view, 2> pieces) {
    called.result = co_await call(pool_, provider_, pieces, called.cancel);
    called.over = true;
  }
  // Calls, and reads the whole body; the error's name in place of it if the call or the body fails.
  Awaitable<std::string> text_of_call() {
    Called called;
    co_await call_into(called);
    if (!called.result) co_return std::string(to_string(called.result.error().code()));
    co_return co_await text_of(std::move(*called.result));
  }
  Awaitable<std::string> text_of(AnswerPtr answer) {
    std::string text = std::to_string(answer->head().status) + " ";
    answer->drop_head();
    net::Channel& channel = answer->channel();
    while (!answer->body().done()) {
      if (channel.input().empty()) {
        auto more = co_await channel.fill();
        if (!more) co_return std::string(to_string(more.error().code()));
        if (!*more) {
          auto closed = answer->body().close();
          if (!closed) co_return std::string(to_string(closed.error().code()));
          continue;
        }
      }
      auto piece = answer->body().next(channel.input());
      if (!piece) co_return std::string(to_string(piece.error().code()));
      text += piece->payload;
      channel.consume(piece->consumed);
    }
    co_return text;
  }

  test_support::LoopRun run_;
  net::Resolver resolver_;
  TcpPeer peer_{run_.loop()};
  http::ClientPool pool_{run_.loop(), resolver_};
  Provider provider_;
};

TEST_F(CallTest, GivesTheConnectionBackWhenTheBodyWasRead) {
  peer_.next({read_to("body"), send(kAnswer), read_to("body"), send(kAnswer)});
  auto body = [&]() -> Awaitable<> {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(co_await text_of_call(), "200 hello");
      EXPECT_EQ(pool_.idle(), 1U);
    }
    EXPECT_EQ(peer_.accepted(), 1U);
    EXPECT_EQ(peer_.received(), std::string(kRequest) + kRequest);
  };
  run_.run(body());
}

TEST_F(CallTest, ClosesTheConnectionWhenTheBodyWasNotRead) {
  peer_.next({read_to("body"), send(kAnswer)});
  auto body = [&]() -> Awaitable<> {
    Called called;
    co_await call_into(called);
    EXPECT_TRUE(called.result.has_value());
    called.result = nullptr;
    EXPECT_EQ(pool_.idle(), 0U);
    co_await eventually(loop(), [&] { return peer_.left() == 1; });
  };
  run_.run(body());
}

TEST_F(CallTest, ReplacesAStaleConnectionOnce) {
  peer_.next({read_to("body"), send(kAnswer), read_to("body"), test_support::close()});
  peer_.next({read_to("body"), send(kAnswer)});
  auto body = [&]() -> Awaitable<> {
    EXPECT_EQ(co_await text_of_call(), "200 hello");
    EXPECT_EQ(co_await text_of_call(), "200 hello");
    EXPECT_EQ(peer_.accepted(), 2U);
  };
  run_.run(body());
}

TEST_F(CallTest, ReplacesAConnectionThatIsResetOnReuse) {
  peer_.next({read_to("body"), send(kAnswer), read_to("body"), reset()});
  peer_.next({read_to("body"), send(kAnswer)});
  auto body = [&]() -> Awaitable<> {
    EXPECT_EQ(co_await text_of_call(), "200 hello");
    EXPECT_EQ(co_await text_of_call(), "200 hello");
  };
  run_.run(body());
}

TEST_F(CallTest, SaysThatTheRequestWentOutTwiceSinceTheFirstMayHaveBeenBilled) {
  peer_.next({read_to("body"), send(kAnswer), read_to("body"), test_support::close()});
  peer_.next({read_to("body"), send(kAnswer)});
  auto body = [&]() -> Awaitable<> {
    for (const bool resent : {false, true}) {
      Called called;
      co_await call_into(called);
      EXPECT_TRUE(called.result.has_value());
      if (!called.result) co_return;
      EXPECT_EQ((*called.result)->resent(), resent);
      EXPECT_EQ(co_await text_of(std::move(*called.result)), "200 hello");
    }
  };
  run_.run(body());
}

// Its end is in the kernel, and the loop has not heard of it yet: nothing is sent, so nobody can have a bill for it.
TEST_F(CallTest, SendsNothingOnAKeptConnectionThatHasEnded) {
  for (int i = 0; i < 4; ++i) peer_.next({read_to("body"), send(kAnswer), read_to("body")});
  auto body = [&]() -> Awaitable<> {
    for (const bool in_order : {true, false}) {
      EXPECT_EQ(co_await text_of_call(), "200 hello");
      EXPECT_EQ(pool_.idle(), 1U);
      in_order ? peer_.close_all() : peer_.abort_all();
      Called called;
      co_await call_into(called);
      if (!called.result) co_return void(ADD_FAILURE() << called.result.error().message());
      EXPECT_FALSE((*called.result)->resent()) << in_order;
      EXPECT_EQ(co_await text_of(std::move(*called.result)), "200 hello");
      peer_.close_all();
      co_await eventually(loop(), [&] { return pool_.idle() == 0; });
    }
    EXPECT_EQ(peer_.received(), std::string(kRequest) + kRequest + kRequest + kRequest) << "each of them once";
  };
  run_.run(body());
}

// Bytes that nobody asked for may be the words of a provider that is about to hang up.
TEST_F(CallTest, SendsNothingOnAKeptConnectionThatSaysSomething) {
  peer_.next({read_to("body"), send(std::string(kAnswer) + "HTTP/1.1 408 Request Timeout\r\n\r\n"), read_to("body")});
  peer_.next({read_to("body"), send(kAnswer)});
  auto body = [&]() -> Awaitable<> {
    EXPECT_EQ(co_await text_of_call(), "200 hello");
    Called called;
    co_await call_into(called);
    if (!called.result) co_return void(ADD_FAILURE() << called.result.error().message());
    EXPECT_FALSE((*called.result)->resent());
    EXPECT_EQ((*called.result)->head().status, 200);
  };
  run_.run(body());
}

TEST_F(CallTest, DoesNotReplaceAFreshConnectionNorASecondOne) {
  peer_.next({read_to("body"), send(kAnswer), read_to("body"), test_support::close()});
  peer_.next({read_to("body"), test_support::close()});
  auto body = [&]() -> Awaitable<> {
    EXPECT_EQ(co_await text_of_call(), "200 hello");
    EXPECT_EQ(co_await text_of_call(), "reset");
    EXPECT_EQ(peer_.accepted(), 2U);
    peer_.next({read_to("body"), test_support::close()});
    EXPECT_EQ(co_await text_of_call(), "reset");
    EXPECT_EQ(peer_.accepted(), 3U);
  };
  run_.run(body());
}

TEST_F(CallTest, DoesNotRepeatARequestThatWasBeingAnswered) {
  const char* const beginnings[] = {"H", "HTTP/1.1 100 Continue\r\n\r\n",
                                    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
                                    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n"};
  auto body = [&]() -> Awaitable<> {
    std::size_t connections = 0;
    for (const char* const beginning : beginnings) {
      peer_.next({read_to("body"), send(kAnswer), read_to("body"), send(beginning), test_support::close()});
      EXPECT_EQ(co_await text_of_call(), "200 hello");
      EXPECT_EQ(co_await text_of_call(), "reset") << beginning;
      EXPECT_EQ(peer_.accepted(), ++connections) << beginning;
    }
  };
  run_.run(body());
}

// The answer comes while the request is still being sent, so it is read by the connection's standing read, not by the
// one that waits for the answer.
TEST_F(CallTest, DoesNotRepeatARequestThatWasAnsweredBeforeItWasSentWhole) {
  net::Event drain;
  peer_.next({read_to("body"), send(kAnswer), read_to("early"), send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
              wait_for(drain), read_to("end"), test_support::close()});
  auto body = [&]() -> Awaitable<> {
    EXPECT_EQ(co_await text_of_call(), "200 hello");
    Called called;
    loop().spawn("call", call_into(called, "early" + std::string(20'000'000, 'x') + "end"));
    co_await turns(loop(), 200);
    EXPECT_FALSE(called.over);
    drain.signal();
    co_await eventually(loop(), [&] { return called.over; });
    EXPECT_FALSE(called.result.has_value());
    if (!called.result) EXPECT_EQ(called.result.error().code(), ErrorCode::kReset);
    EXPECT_EQ(peer_.accepted(), 1U);
  };
  run_.run(body());
}

TEST_F(CallTest, ReadsTheRefusalOfARequestThatCouldNotBeSentWhole) {
  peer_.next(
      {read_to("early"), send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n"), test_support::close()});
  auto body = [&]() -> Awaitable<> {
    Called called;
    co_await call_into(called, "early" + std::string(20'000'000, 'x'));
    if (called.result) {  // the reset may overtake the answer
      EXPECT_EQ((*called.result)->head().status, 413);
      called.result = nullptr;
    } else {
      EXPECT_EQ(called.result.error().code(), ErrorCode::kReset);
    }
    EXPECT_EQ(pool_.idle(), 0U);
  };
  run_.run(body());
}

// Our own kernel refuses to send (no memory, say), the provider knows nothing of it, and both would wait.
TEST_F(CallTest, DoesNotWaitForTheAnswerToARequestThatWasNeverSent) {
  const long page = ::sysconf(_SC_PAGESIZE);
  void* const unreadable =
      ::mmap(nullptr, static_cast<std::size_t>(page), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(unreadable, MAP_FAILED);
  const std::string_view cannot_be_sent(static_cast<const char*>(unreadable), 100);
  auto body = [&]() -> Awaitable<> {
    for (const bool ignored : {false, true}) {
      if (ignored) provider_.first_byte_timeout = std::chrono::milliseconds(1);
      for (const std::string& first : {std::string(), std::string(200'000, 'x')}) {
        const std::size_t before = peer_.left();
        peer_.next({read_to("body")});
        Called called;
        loop().spawn("call", call_into(called, {first, cannot_be_sent}));
        co_await eventually(loop(), [&] { return peer_.left() == before + 1; });
        if (!ignored) peer_.close_all();
        co_await eventually(loop(), [&] { return called.over; });
        if (called.result) co_return void(ADD_FAILURE());
        EXPECT_EQ(called.result.error().code(), first.empty() ? ErrorCode::kConnect : ErrorCode::kReset);
        EXPECT_EQ(pool_.idle(), 0U);
      }
    }
  };
  run_.run(body());
  ::munmap(unreadable, static_cast<std::size_t>(page));
}

TEST_F(CallTest, TimesOutWithoutAFirstByteOfTheBody) {
  provider_.first_byte_timeout = std::chrono::milliseconds(1);
  auto body = [&]() -> Awaitable<> {
    for (const char* const sent :
         {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"}) {
      peer_.next({read_to("body"), send(sent)});
      EXPECT_EQ(co_await text_of_call(), "timeout") << sent;
      EXPECT_EQ(pool_.idle(), 0U);
    }
    EXPECT_EQ(peer_.accepted(), 3U);
  };
  run_.run(body());
}

TEST_F(CallTest, IsCancelledInEveryState) {
  use_limit(1);
  auto body = [&]() -> Awaitable<> {
    net::Event more;
    const TcpPeer::Script scripts[] = {
        {},                                         // nothing is read: sending, then blocked
        {read_to("body")},                          // waiting for the head
        {read_to("body"), send("HTTP/1.1 200 O")},  // within it
        {read_to("body"), send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")}};  // before the body
    const std::string blocked(20'000'000, 'x');
    for (const TcpPeer::Script& script : scripts) {
      const std::size_t before = peer_.left();
      peer_.next(script.empty() ? TcpPeer::Script{wait_for(more)} : script);
      Called called;
      Called queued;
      loop().spawn("call", call_into(called, script.empty() ? blocked : kRequest));
      loop().spawn("queued", call_into(queued));
      co_await turns(loop(), 100);
      EXPECT_FALSE(called.over || queued.over);
      queued.cancel.request();
      called.cancel.request();
      co_await eventually(loop(), [&] { return called.over && queued.over; });
      EXPECT_EQ(called.result.error().code(), ErrorCode::kCancelled);
      EXPECT_EQ(queued.result.error().code(), ErrorCode::kCancelled);
      if (script.empty()) more.signal();
      co_await eventually(loop(), [&] { return peer_.left() == before + 1; });
      EXPECT_EQ(pool_.idle(), 0U);
    }
  };
  run_.run(body());
}

TEST_F(CallTest, SendsNothingWhenCancelledBefore) {
  peer_.next({read_to("body"), send(kAnswer), read_to("body"), send(kAnswer)});
  auto body = [&]() -> Awaitable<> {
    EXPECT_EQ(co_await text_of_call(), "200 hello");
    Called called;
    called.cancel.request();
    co_await call_into(called);
    EXPECT_EQ(called.result.error().code(), ErrorCode::kCancelled);
    co_await turns(loop());
    EXPECT_EQ(peer_.received(), kRequest);
    EXPECT_EQ(pool_.idle(), 1U);
  };
  run_.run(body());
}

TEST_F(CallTest, ReadsAnAnswerSplitAnywhere) {
  const std::string answers[] = {kAnswer,
                                 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: "
                                 "chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"};
  auto body = [&]() -> Awaitable<> {
    for (const std::string& answer : answers) {
      for (std::size_t at = 1; at < answer.size(); ++at) {
        net::Event rest;
        peer_.next({read_to("body"), send(answer.substr(0, at)), wait_for(rest), send(answer.substr(at))});
        Called called;
        loop().spawn("call", call_into(called));
        co_await turns(loop(), 20);
        rest.signal();
        co_await eventually(loop(), [&] { return called.over; });
        EXPECT_TRUE(called.result.has_value()) << at;
        if (called.result) EXPECT_EQ(co_await text_of(std::move(*called.result)), "200 hello") << at;
        EXPECT_EQ(pool_.idle(), 1U) << at;
        pool_.close_idle();
      }
    }
  };
  run_.run(body());
}

TEST_F(CallTest, KeepsTheHeadsViewsWhenTheBufferMoves) {
  const std::string head = "HTTP/1.1 200 OK\r\nx-big: " + std::string(net::kBlockSize - 100, 'b') +
                           "\r\nx-last: seen\r\ncontent-length: 5\r\n\r\n";
  net::Event rest;
  peer_.next({read_to("body"), send(head), wait_for(rest), send("hello")});
  auto body = [&]() -> Awaitable<> {
    Called called;
    loop().spawn("call", call_into(called));
    co_await turns(loop());
    rest.signal();
    co_await eventually(loop(), [&] { return called.over; });
    EXPECT_TRUE(called.result.has_value());
    if (!called.result) co_return;
    EXPECT_EQ((*called.result)->head().find("x-last"), "seen");
    EXPECT_EQ((*called.result)->head().find("x-big")->size(), net::kBlockSize - 100);
    EXPECT_EQ(co_await text_of(std::move(*called.result)), "200 hello");
  };
  run_.run(body());
}

TEST_F(CallTest, TakesEveryFramingOfABody) {
  struct Case {
    const char* answer;
    const char* text;
    std::size_t idle;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "200 ", 1},
      {"HTTP/1.1 204 No Content\r\n\r\n", "204 ", 1},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "200 until the end", 0},
      {"HTTP/1.1 200 OK\r\n\r\n", "200 ", 0},
      {"HTTP/1.0 200 OK\r\n\r\nold", "200 old", 0},
      {"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno", "429 no", 0},
      {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "200 ", 1},
  };
  auto body = [&]() -> Awaitable<> {
    for (const Case& one : cases) {
      TcpPeer::Script script = {read_to("body"), send(one.answer)};
      if (one.idle == 0) script.push_back(test_support::close());
      peer_.next(std::move(script));
      EXPECT_EQ(co_await text_of_call(), one.text) << one.answer;
      EXPECT_EQ(pool_.idle(), one.idle) << one.answer;
      pool_.close_idle();
    }
  };
  run_.run(body());
}

TEST_F(CallTest, FailsWhenTheConnectionBreaksBeforeTheBody) {
  const char* const head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
  auto body = [&]() -> Awaitable<> {
    for (const TcpPeer::Script& script :
         {TcpPeer::Script{read_to("body"), send(head), test_support::close()},
          TcpPeer::Script{read_to("body"), send(head), reset()}, TcpPeer::Script{read_to("body"), reset()}}) {
      peer_.next(script);
      Called called;
      co_await call_into(called);
      EXPECT_FALSE(called.result.has_value());
      if (called.result) continue;
      EXPECT_EQ(called.result.error().code(), ErrorCode::kReset);
      EXPECT_EQ(called.result.error().origin(), base::Origin::kUpstream);
      EXPECT_NE(called.result.error().retry(), base::Retry::kNo);
    }
  };
  run_.run(body());
}

TEST_F(CallTest, RefusesWhatIsNotHttp) {
  peer_.next({read_to("body"), send("SSH-2.0-OpenSSH_9.2\r\n\r\n")});
  auto body = [&]() -> Awaitable<> { EXPECT_EQ(co_await text_of_call(), "parse"); };
  run_.run(body());
}

}  // namespace
}  // namespace pointsman::upstream
