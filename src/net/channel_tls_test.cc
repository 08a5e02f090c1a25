#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <string>

#include "net/tls.h"
#include "support/certificates.h"
#include "support/loop_run.h"

namespace pointsman::net {
namespace {

using base::ErrorCode;
using test_support::Authority;
using test_support::ChannelPair;
using test_support::eventually;
using test_support::turns;

Awaitable<> accept_into(ChannelPtr channel, SslContext context, base::Result<void>& result, bool& done) {
  result = co_await channel->accept_tls(context.get());
  done = true;
}

class ChannelTls : public ::testing::Test {
 protected:
  Loop& loop() { return run_.loop(); }

  SslContext server_context(const std::string& names) {
    authority_.issue(names);
    auto context = make_server_tls(authority_.certificate_file(), authority_.key_file());
    EXPECT_TRUE(context.has_value());
    return context ? *context : nullptr;
  }
  SslContext client_context() {
    auto context = make_client_tls(authority_.ca_file(), true);
    EXPECT_TRUE(context.has_value());
    return context ? *context : nullptr;
  }

  // Both ends of a handshake; the two channels are usable afterwards if the client's result is good.
  Awaitable<base::Result<void>> handshake(ChannelPair& pair, SslContext server, SslContext client, std::string host) {
    bool accepted = false;
    base::Result<void> accept_result;
    loop().spawn("accept", accept_into(pair.server, std::move(server), accept_result, accepted));
    auto connected = co_await pair.client->connect_tls(client.get(), std::move(host));
    if (!connected) pair.client->close();
    co_await eventually(loop(), [&] { return accepted; });
    EXPECT_TRUE(!connected || accept_result.has_value());
    co_return connected;
  }
  // A pair that has shaken hands as "api.test".
  Awaitable<> secure(ChannelPair& pair) {
    auto secured = co_await handshake(pair, server_context("DNS:api.test"), client_context(), "api.test");
    EXPECT_TRUE(secured.has_value()) << (secured ? "" : secured.error().message());
  }

  Authority authority_;
  test_support::LoopRun run_;
};

TEST_F(ChannelTls, AcceptsACertificateForTheNameOrTheAddressAskedFor) {
  struct Case {
    const char* names;
    const char* host;
    bool good;
  };
  const Case cases[] = {
      {"DNS:api.test", "api.test", true},           {"DNS:*.api.test", "eu.api.test", true},
      {"DNS:api.test", "other.test", false},        {"DNS:*.api.test", "a.eu.api.test", false},
      {"IP:127.0.0.1", "127.0.0.1", true},          {"DNS:127.0.0.1", "127.0.0.1", false},
      {"IP:127.0.0.2", "127.0.0.1", false},         {"IP:0:0:0:0:0:0:0:1", "::1", true},
      {"DNS:api.test,IP:127.0.0.1", "api.", false},
  };
  auto body = [&](const Case& one) -> Awaitable<> {
    ChannelPair pair(loop());
    auto secured = co_await handshake(pair, server_context(one.names), client_context(), one.host);
    EXPECT_EQ(secured.has_value(), one.good) << one.names << " for " << one.host;
    if (secured || one.good) co_return;
    EXPECT_EQ(secured.error().code(), ErrorCode::kConnect);
    EXPECT_EQ(secured.error().retry(), base::Retry::kOtherTarget);
    EXPECT_THAT(secured.error().message(), ::testing::HasSubstr("mismatch")) << one.names << " for " << one.host;
  };
  for (const Case& one : cases) run_.run(body(one));
}

TEST_F(ChannelTls, RefusesAHostItCouldNotVerify) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());  // an address with a scope is no address that a certificate can name
    auto secured = co_await handshake(pair, server_context("DNS:api.test"), client_context(), "fe80::1%1");
    EXPECT_FALSE(secured.has_value());
  };
  run_.run(body());
}

TEST_F(ChannelTls, NamesTheHostToTheServer) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());
    SslContext server = server_context("DNS:api.test");
    std::string named;
    SSL_CTX_set_tlsext_servername_arg(server.get(), &named);
    SSL_CTX_set_tlsext_servername_callback(
        server.get(), +[](SSL* ssl, int*, void* out) -> int {
          if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
            *static_cast<std::string*>(out) = name;
          return SSL_TLSEXT_ERR_OK;
        });
    auto secured = co_await handshake(pair, server, client_context(), "api.test");
    EXPECT_TRUE(secured.has_value());
    EXPECT_EQ(named, "api.test");
  };
  run_.run(body());
}

TEST_F(ChannelTls, RefusesAnAuthorityItDoesNotKnow) {
  auto body = [&]() -> Awaitable<> {
    Authority stranger;
    stranger.issue("DNS:api.test");
    auto server = make_server_tls(stranger.certificate_file(), stranger.key_file());
    EXPECT_TRUE(server.has_value());
    ChannelPair pair(loop());
    auto secured = co_await handshake(pair, *server, client_context(), "api.test");
    EXPECT_FALSE(secured.has_value());
    if (!secured) EXPECT_EQ(secured.error().code(), ErrorCode::kConnect);
  };
  run_.run(body());
}

TEST_F(ChannelTls, FailsTheHandshakeAtItsDeadline) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());  // the other end stays silent
    pair.client->set_deadline(Loop::now());
    const SslContext context = client_context();
    auto secured = co_await pair.client->connect_tls(context.get(), "api.test");
    EXPECT_FALSE(secured.has_value());
    if (!secured) EXPECT_EQ(secured.error().code(), ErrorCode::kTimeout);
    pair.client->close();
  };
  run_.run(body());
}

TEST_F(ChannelTls, ReportsAPeerThatLeavesDuringTheHandshake) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());
    pair.server->close();
    const SslContext context = client_context();
    auto secured = co_await pair.client->connect_tls(context.get(), "api.test");
    EXPECT_FALSE(secured.has_value());
    if (!secured) EXPECT_EQ(secured.error().code(), ErrorCode::kConnect);
  };
  run_.run(body());
}

Awaitable<> send_all(ChannelPtr channel, const std::string& bytes, bool& sent) {
  const std::string_view whole = bytes;
  const std::array<std::string_view, 3> pieces = {whole.substr(0, 10), whole.substr(10, 40'000), whole.substr(40'010)};
  auto written = co_await channel->write(pieces);
  EXPECT_TRUE(written.has_value());
  sent = true;
}

Awaitable<> receive_all(ChannelPtr channel, std::size_t size, std::string& seen, bool& received) {
  std::string block(70'000, '\0');
  while (seen.size() < size) {
    auto got = co_await channel->read_direct(block);
    if (!got || *got == 0) break;
    seen.append(block, 0, *got);
  }
  received = true;
}

TEST_F(ChannelTls, CarriesMuchBothWaysAtOnce) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());
    co_await secure(pair);
    std::string up(6'000'000, '\0');
    std::string down(5'000'000, '\0');
    for (std::size_t i = 0; i < up.size(); ++i) up[i] = static_cast<char>(i * 7 + i / 251);
    for (std::size_t i = 0; i < down.size(); ++i) down[i] = static_cast<char>(i * 3 + i / 241);
    std::string up_seen;
    std::string down_seen;
    std::array<bool, 4> done{};
    loop().spawn("up", send_all(pair.client, up, done[0]));
    loop().spawn("up", receive_all(pair.server, up.size(), up_seen, done[1]));
    loop().spawn("down", send_all(pair.server, down, done[2]));
    loop().spawn("down", receive_all(pair.client, down.size(), down_seen, done[3]));
    co_await eventually(loop(), [&] { return done == std::array{true, true, true, true}; });
    EXPECT_TRUE(up_seen == up);
    EXPECT_TRUE(down_seen == down);
  };
  run_.run(body());
}

TEST_F(ChannelTls, TellsTheTokenWhenAWatchedPeerClosesInOrder) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());
    co_await secure(pair);
    CancelToken gone;
    pair.server->watch(gone);
    auto written = co_await pair.client->write("pipelined");
    EXPECT_TRUE(written.has_value());
    co_await eventually(loop(), [&] { return !pair.server->input().empty(); });
    EXPECT_FALSE(gone.requested());
    pair.client->close();
    co_await eventually(loop(), [&] { return gone.requested(); });
    EXPECT_TRUE(pair.server->peer_gone());
    EXPECT_EQ(pair.server->input(), "pipelined");
    auto more = co_await pair.server->fill();
    EXPECT_TRUE(more.has_value() && !*more);
  };
  run_.run(body());
}

TEST_F(ChannelTls, TellsTheTokenWhenAWatchedPeerIsCutOff) {
  auto body = [&](bool reset) -> Awaitable<> {
    ChannelPair pair(loop());
    co_await secure(pair);
    CancelToken gone;
    pair.server->watch(gone);
    co_await turns(loop());
    if (reset) {
      pair.client->abort();
    } else {
      ErrorCondition ignored;
      pair.client->socket().shutdown(Socket::shutdown_both, ignored);  // FIN without close_notify
    }
    co_await eventually(loop(), [&] { return gone.requested(); });
    auto more = co_await pair.server->fill();
    EXPECT_FALSE(more.has_value()) << "a cut must not pass for the end";
    if (!more) EXPECT_EQ(more.error().code(), ErrorCode::kReset);
  };
  run_.run(body(false));
  run_.run(body(true));
}

TEST_F(ChannelTls, KeepsWatchingThroughManyTinyRecords) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());
    co_await secure(pair);
    constexpr std::size_t kRecords = kBlockSize;
    for (std::size_t i = 0; i < kRecords; ++i) {
      auto written = co_await pair.client->write("x");
      EXPECT_TRUE(written.has_value());
    }
    CancelToken gone;
    pair.server->watch(gone);
    co_await eventually(loop(), [&] { return pair.server->input().size() == kRecords; });
    EXPECT_FALSE(gone.requested());
  };
  run_.run(body());
}

TEST_F(ChannelTls, FindsARecordThatWasReadAhead) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());
    co_await secure(pair);
    for (const char* record : {"first", "second"}) {
      auto written = co_await pair.client->write(record);
      EXPECT_TRUE(written.has_value());
    }
    auto more = co_await pair.server->fill();
    EXPECT_TRUE(more.has_value() && *more);
    EXPECT_EQ(pair.server->input(), "first");
    pair.server->consume(5);
    auto waited = co_await pair.server->wait_for_input();  // the socket itself has nothing more
    EXPECT_TRUE(waited.has_value());
    more = co_await pair.server->fill();
    EXPECT_EQ(pair.server->input(), "second");
  };
  run_.run(body());
}

TEST_F(ChannelTls, SurvivesSendingToAPeerThatWasCutOff) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());
    co_await secure(pair);
    pair.client->abort();
    co_await turns(loop());
    for (int i = 0; i < 3; ++i) {
      auto written = co_await pair.server->write("anyone there?");
      if (i > 0) EXPECT_FALSE(written.has_value());
    }
    pair.server->close();
  };
  run_.run(body());
}

TEST_F(ChannelTls, SaysThatNoMoreComesWhenItStopsSending) {
  auto body = [&]() -> Awaitable<> {
    ChannelPair pair(loop());
    co_await secure(pair);
    auto written = co_await pair.server->write("refused");
    EXPECT_TRUE(written.has_value());
    pair.server->shutdown_send();
    pair.server->close();
    auto more = co_await pair.client->fill();
    EXPECT_TRUE(more.has_value() && *more);
    EXPECT_EQ(pair.client->input(), "refused");
    more = co_await pair.client->fill();
    EXPECT_TRUE(more.has_value() && !*more) << "not the end in order: the client would take the answer for cut";
  };
  run_.run(body());
}

// A peer that resets a connection on which a read and a blocked write wait ends both in one batch of events. Whoever
// closes the channel at the first must not be told of the second: the token may be gone by then, and the descriptor.
Awaitable<> write_until_broken(ChannelPtr channel, std::unique_ptr<CancelToken> token, bool& closed) {
  channel->watch(*token);
  const std::string much(1 << 20, 'x');
  for (;;) {
    auto written = co_await channel->write(much);
    if (!written) break;
  }
  channel->close();
  token.reset();
  closed = true;
}

TEST_F(ChannelTls, IsSilentOnceClosedAlthoughItsPeerHasLeft) {
  auto body = [&](bool tls) -> Awaitable<> {
    ChannelPair pair(loop());
    if (tls) co_await secure(pair);
    bool closed = false;
    int told_too_late = 0;
    std::pair seen{&closed, &told_too_late};
    auto token = std::make_unique<CancelToken>();
    token->bind(
        [](void* raw) {
          const auto& [was_closed, count] = *static_cast<std::pair<bool*, int*>*>(raw);
          if (*was_closed) ++*count;
        },
        &seen);
    loop().spawn("writer", write_until_broken(pair.server, std::move(token), closed));
    co_await turns(loop());
    EXPECT_FALSE(closed);
    pair.client->abort();
    co_await eventually(loop(), [&] { return closed; });
    co_await turns(loop());
    EXPECT_EQ(told_too_late, 0);
  };
  run_.run(body(false));
  run_.run(body(true));
}

}  // namespace
}  // namespace pointsman::net
