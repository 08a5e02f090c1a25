// The HTTP/1.1 server of one loop: accepts, reads heads, hands each request to the Handler, keeps connections alive.
//
// Belongs to one loop; several loops may listen on one address (SO_REUSEPORT). Requests of one connection are served
// one after the other, so pipelined answers are in order. What the strict codec refuses is answered once and the
// connection closes. Idle connections hold no buffers.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <string>

#include "http/exchange.h"
#include "net/tls.h"

namespace pointsman::http {

class Handler {
 public:
  virtual ~Handler() = default;
  virtual net::Awaitable<> serve(Exchange& exchange) = 0;
  // The body (application/json) for a request that could not even be read. `path`: what it asked for, without its
  // query, as far as its first line tells; may be empty.
  virtual std::string refusal(const base::Error& error, int status, std::string_view path) = 0;
};

class Session;

class Server {
 public:
  Server(net::Loop& loop, Handler& handler, ServerLimits limits, net::SslContext tls);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and listens; port 0 picks one. Returns the port. Fails with kIo, naming the address.
  base::Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);
  void start();
  // Goes on accepting and answering, but ends each connection after the next answer, and says so in it.
  void retire() { retiring_ = true; }
  // Accepts no more than has connected already, closes connections between two requests, and closes each other one
  // after its answer. One that has not asked yet may do so for half a second more.
  void drain();
  // Cuts what is left.
  void close_all();

  std::size_t connections() const { return sessions_.size(); }
  std::size_t active() const { return active_; }
  std::uint64_t accepted() const { return accepted_; }

 private:
  friend class Session;
  net::Awaitable<> accept_loop();
  void admit(net::Socket socket);
  void admit_waiting();
  net::Awaitable<> run(std::list<Session>::iterator session);

  net::Loop& loop_;
  Handler& handler_;
  ServerLimits limits_;
  net::SslContext tls_;
  DateCache dates_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, net::Executor> acceptor_;
  std::list<Session> sessions_;
  std::size_t active_ = 0;
  std::uint64_t accepted_ = 0;
  bool retiring_ = false;
  bool draining_ = false;
  bool cutting_ = false;  // close_all() walks over sessions_: those that end stay in it until it is done
};

}  // namespace pointsman::http
