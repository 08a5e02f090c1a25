#include "http/server.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <exception>
#include <utility>

#include "base/log.h"
#include "http/session.h"
#include "net/kernel_memory.h"
#include "net/liveness.h"

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

void Server::start() {
  loop_.spawn("accept", accept_loop());
}

net::Awaitable<> Server::accept_loop() {
  bool short_of_means = false;
  while (acceptor_.is_open()) {
    // Nothing that one connection lacks memory for may end this loop: nobody would be let in any more.
    try {
      if (std::exchange(short_of_means, false)) {
        net::Timer pause(loop_.context(), std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::as_tuple(net::kUseAwaitable));
      }
      net::Socket socket(loop_.executor());
      const auto [error] = co_await acceptor_.async_accept(socket, asio::as_tuple(net::kUseAwaitable));
      if (error == asio::error::operation_aborted || (error && draining_)) co_return;
      if (error) {
        // Out of descriptors or memory: let some connections end before trying again.
        short_of_means = true;
        base::log_warn("accept: {}", error.message());
      } else {
        ++accepted_;
        admit(std::move(socket));
      }
    } catch (const std::exception& broken) {
      short_of_means = true;
      base::log_warn("accept: {}", broken.what());
    }
  }
}

void Server::admit(net::Socket socket) {
  if (sessions_.size() >= limits_.max_connections) {
    ErrorCondition ignored;
    socket.close(ignored);
    return;
  }
  net::find_when_gone(socket, limits_.write_timeout);
  net::bound_unsent(socket);
  auto channel = std::make_shared<net::Channel>(loop_, std::move(socket), base::Origin::kClient);
  sessions_.emplace_front(*this, std::move(channel));
  try {
    loop_.spawn("connection", run(sessions_.begin()));
  } catch (...) {
    sessions_.pop_front();
    throw;
  }
}

net::Awaitable<> Server::run(std::list<Session>::iterator session) {
  try {
    co_await session->run();
  } catch (const std::exception& broken) {
    session->channel_->abort();  // whoever waits for an answer is told that there is none
    base::log_error("connection: unexpected exception: {}", broken.what());
  }
  if (cutting_) {
    session->ended_ = true;
  } else {
    sessions_.erase(session);
  }
}

// Those whom the kernel has let in already: closing the listener would reset them, requests included.
void Server::admit_waiting() {
  ErrorCondition error;
  acceptor_.non_blocking(true, error);
  while (!error) {
    net::Socket socket(loop_.executor());
    acceptor_.accept(socket, error);
    if (error) return;
    ++accepted_;
    admit(std::move(socket));
  }
}

void Server::drain() {
  draining_ = true;
  try {
    admit_waiting();
  } catch (const std::exception& broken) {
    base::log_warn("accept: {}", broken.what());
  }
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
