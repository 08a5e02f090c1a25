// One connection to Redis while it lives: what waits for its reply, the bytes going out and coming in, and the watch
// over the oldest operation. Only client.cc and examination.cc use it.
//
// On one loop, held by shared_ptr: its coroutines end after it broke. fail() breaks it once, with the reason; all that
// waits then fails with it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/channel.h"
#include "shared_redis/client.h"

namespace pointsman::shared_redis {

struct Client::Call {
  std::size_t missing = 0;  // replies
  base::MonoTime deadline;
  std::vector<RespValue> replies;
  std::optional<base::Error> failed;
  net::Event done;
};

struct Client::Session : std::enable_shared_from_this<Client::Session> {
  static constexpr std::size_t kMostQueued = std::size_t{16} << 20;  // bytes that wait to be sent

  Session(net::Loop& on, net::ChannelPtr to) : loop(on), channel(std::move(to)), watch(on.context()) {}

  // Starts the coroutines.
  void start();
  net::Awaitable<base::Result<std::vector<RespValue>>> run(RespCommands commands, base::Duration timeout);
  void fail(base::Error why);
  bool broken() const { return why.has_value(); }

  net::Loop& loop;
  net::ChannelPtr channel;
  net::Timer watch;  // over the oldest call
  RespReader reader;
  std::deque<std::shared_ptr<Call>> calls;
  std::string outgoing;
  net::Event to_send;
  std::optional<base::Error> why;
  std::optional<Redirection> redirected;
  net::Event over;

 private:
  net::Awaitable<> send();
  net::Awaitable<> receive();
  base::Result<void> take_input();
  void take_reply(RespValue reply);
  void rearm();
};

}  // namespace pointsman::shared_redis
