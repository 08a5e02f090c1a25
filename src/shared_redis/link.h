// Whether there is a connection to Redis, and when to try for another one: a circuit breaker around the connection.
//
// Pure: time and randomness are arguments. The first operation that is too late, and anything else that breaks the
// connection, opens it: from then on operations fail at once and nobody waits, until a new connection has answered a
// greeting. Attempts come ever more seldom; only a connection that held for a while makes them quick again, so that a
// server that answers greetings and nothing else is not tried all the time. Belongs to one thread.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace pointsman::shared_redis {

class Link {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{50};
  static constexpr std::chrono::seconds kLongestPause{2};
  static constexpr std::chrono::seconds kHeld{10};

  bool up() const { return up_; }
  // How long it has been as it is.
  base::Duration since(base::MonoTime now) const { return now - since_; }

  // The connection has answered its greeting.
  void opened(base::MonoTime now);
  // It broke, or an attempt at one failed. Returns how long to wait before the next; `random` in [0, 1) spreads the
  // attempts of many replicas.
  base::Duration failed(base::MonoTime now, double random);

 private:
  bool up_ = false;
  base::MonoTime since_{};
  base::Duration pause_ = kFirstPause;
};

}  // namespace pointsman::shared_redis
