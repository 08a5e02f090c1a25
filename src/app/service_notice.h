// Tells the service manager how far this process is: ready, reloading, stopping, and that it is not stuck.
//
// The sd_notify protocol: one datagram of KEY=VALUE lines to the socket that $NOTIFY_SOCKET names, a path or (with "@")
// an abstract name. Without that variable every verb does nothing. One thread at a time; a manager that does not read
// is waited for at most a second, and failures are logged, never fatal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/sources.h"

namespace pointsman::app {

class ServiceNotice {
 public:
  // `process`: our id; a watchdog that is meant for another one ($WATCHDOG_PID) is not answered.
  ServiceNotice(const config::Environment& environment, std::int64_t process);

  // Requests are answered from now on, or again, after reloading().
  void ready();
  void reloading(base::MonoTime now);
  void stopping();

  // Whether the manager wants to hear of us by now: three times within $WATCHDOG_USEC. False without a watchdog.
  bool due(base::MonoTime now) const;
  // That we are not stuck. Call it only when that was looked at.
  void alive(base::MonoTime now);

 private:
  void say(std::string_view lines) const;

  std::string socket_;  // as the variable has it; empty: nobody listens
  std::optional<base::Duration> watchdog_every_;
  base::MonoTime last_alive_{};
};

}  // namespace pointsman::app
