// A connection to Redis on one event loop: made, kept, and made again by itself; operations go out as they come, and
// their replies come back in order (pipelining).
//
// An operation fails at once while there is no connection (link.h), and in time when Redis is slow: the first that is
// not answered within the timeout breaks the connection for all. What failed may or may not have been done. All members
// belong to the loop's thread; stop(), and let the loop run what was spawned to its end, before it goes.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "config/config.h"
#include "net/connect.h"
#include "shared_redis/greeting.h"
#include "shared_redis/link.h"
#include "shared_redis/resp_commands.h"
#include "shared_redis/resp_reader.h"

namespace pointsman::shared_redis {

class Client {
 public:
  // All outlive it. `tls` may be null: then it is not spoken.
  Client(net::Loop& loop, net::Resolver& resolver, const config::RedisConfig& config, net::SslContext tls,
         std::uint64_t seed);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void start();
  void stop();
  bool up() const { return link_.up(); }
  // How long it has been; 0 while it is not.
  base::Duration up_for(base::MonoTime now) const { return link_.up() ? link_.since(now) : base::Duration(0); }
  // Called whenever it comes to be up or down.
  void on_change(std::function<void(bool up)> changed) { changed_ = std::move(changed); }

  // One reply for each command, in order; errors among them are for the caller to judge. kConnect: there is no
  // connection. kTimeout, kReset: it broke meanwhile. kOverloaded: too much is on its way already.
  net::Awaitable<base::Result<std::vector<RespValue>>> run(RespCommands commands);

  struct Call;
  struct Session;  // session.h

 private:
  using SessionPtr = std::shared_ptr<Session>;

  net::Awaitable<> keep_up();
  net::Awaitable<base::Result<SessionPtr>> open(Version version);
  net::Awaitable<base::Result<void>> greet(SessionPtr session, Version version);
  net::Awaitable<base::Error> hold(SessionPtr session);
  net::Awaitable<> pause(base::Duration time);
  net::Endpoint where() const;
  base::Duration lost(const base::Error& why);

  net::Loop& loop_;
  net::Resolver& resolver_;
  const config::RedisConfig& config_;
  net::SslContext tls_;
  base::Rng rng_;
  Link link_;
  Version version_ = Version::kResp3;
  std::optional<Redirection> redirected_;
  int redirections_ = 0;  // in a row
  SessionPtr session_;    // null while down
  net::CancelToken cancel_;
  net::Timer pause_;
  std::string last_failure_;  // as it was told in the log
  std::function<void(bool)> changed_;
  bool stopped_ = false;
};

}  // namespace pointsman::shared_redis
