#include "app/signals.h"

#include <signal.h>
#include <time.h>

namespace pointsman::app {
namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void take_signals() {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

Signal wait_signal(std::chrono::milliseconds most) {
  const sigset_t set = our_signals();
  const timespec timeout{most.count() / 1000, (most.count() % 1000) * 1'000'000};
  switch (sigtimedwait(&set, nullptr, &timeout)) {
    case SIGINT:
      return Signal::kInterrupt;
    case SIGTERM:
      return Signal::kStop;
    case SIGHUP:
      return Signal::kReload;
    default:
      return Signal::kNone;
  }
}

}  // namespace pointsman::app
