// One client connection from accept to close. Owned by the Server, on its loop.
// Alive until run() returns; see server.h for what it guarantees.
#pragma once

#include <memory>
#include <optional>

#include "http/server.h"

namespace pointsman::http {

class Session {
 public:
  Session(Server& server, net::ChannelPtr channel)
      : server_(server), channel_(std::move(channel)), accepted_at_(net::Loop::now()) {}

  // Serves requests until the connection ends.
  net::Awaitable<> run();
  // Ends the connection if it is between two requests; soon, if it had none yet.
  void close_if_idle();
  void cut();

 private:
  friend class Server;
  // The next head's size; nothing when the connection is over.
  net::Awaitable<base::Result<std::optional<std::size_t>>> next_head();
  net::Awaitable<base::Result<bool>> wait_idle();
  net::Awaitable<bool> serve_one(std::size_t head_size);
  net::Awaitable<> refuse(const base::Error& error);
  net::Awaitable<> linger();
  void end_exchange();

  Server& server_;
  net::ChannelPtr channel_;
  std::unique_ptr<Exchange> exchange_;  // only while a request is being read or served
  const base::MonoTime accepted_at_;
  bool idle_ = true;
  bool asked_ = false;  // a request came
  bool ended_ = false;
};

}  // namespace pointsman::http
