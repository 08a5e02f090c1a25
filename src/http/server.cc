#include "http/server.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>

#include "base/log.h"
#include "http/session.h"

namespace pointsman::http {

namespace asio = boost::asio;
using net::ErrorCondition;

Server::Server(net::Loop& loop, Handler& handler, ServerLimits limits, net::SslContext tls)
    : loop_(loop), handler_(handler), limits_(limits), tls_(std::move(tls)), acceptor_(loop.context()) {}

Server::~Server() = default;

base::Result<std::uint16_t> Server::listen(const std::string& address, std::uint16_t port) {
  const auto failed = [&](const ErrorCondition& error) {
    return base::fail(base::ErrorCode::kIo,
                      "cannot listen on " + address + ":" + std::to_string(port) + ": " + error.message());
  };
  ErrorCondition error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) return failed(error);
  const asio::ip::tcp::endpoint endpoint(ip, port);
  acceptor_.open(endpoint.protocol(), error);
  if (error) return failed(error);
  acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  const int on = 1;
  ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  acceptor_.bind(endpoint, error);
  if (error) return failed(error);
  acceptor_.listen(4096, error);
  if (error) return failed(error);
  return acceptor_.local_endpoint().port();
}

void Server::start() { loop_.spawn("accept", accept_loop()); }

net::Awaitable<> Server::accept_loop() {
  while (acceptor_.is_open()) {
    net::Socket socket(loop_.executor());
    const auto [error] = co_await acceptor_.async_accept(socket, asio::as_tuple(net::kUseAwaitable));
    if (draining_ || error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors or memory: let some connections end before trying again.
      base::log_warn("accept: {}", error.message());
      net::Timer pause(loop_.context(), std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::as_tuple(net::kUseAwaitable));
      continue;
    }
    ++accepted_;
    if (sessions_.size() >= limits_.max_connections) {
      ErrorCondition ignored;
      socket.close(ignored);
      continue;
    }
    auto channel = std::make_shared<net::Channel>(loop_, std::move(socket), base::Origin::kClient);
    sessions_.emplace_front(*this, std::move(channel));
    loop_.spawn("connection", run(sessions_.begin()));
  }
}

net::Awaitable<> Server::run(std::list<Session>::iterator session) {
  co_await session->run();
  if (cutting_) {
    session->ended_ = true;
  } else {
    sessions_.erase(session);
  }
}

void Server::drain() {
  draining_ = true;
  ErrorCondition ignored;
  acceptor_.close(ignored);
  for (Session& session : sessions_) session.close_if_idle();
}

void Server::close_all() {
  // A cancelled request may end its session, and others that waited for it, before cut() returns.
  cutting_ = true;
  for (Session& session : sessions_) {
    if (!session.ended_) session.cut();
  }
  cutting_ = false;
  sessions_.remove_if([](const Session& session) { return session.ended_; });
}

}  // namespace pointsman::http
