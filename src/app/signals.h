// Process signals as values: blocked in every thread, taken one at a time by the main thread.
// Process-wide: call take_signals() once, in main, before any thread exists.
#pragma once

#include <chrono>

namespace pointsman::app {

enum class Signal { kNone, kStop, kInterrupt, kReload };

// SIGTERM, or SIGINT from a terminal.
inline bool ends(Signal signal) {
  return signal == Signal::kStop || signal == Signal::kInterrupt;
}

// Before any thread is started: blocks SIGINT, SIGTERM and SIGHUP for all threads to come, and ignores SIGPIPE.
void take_signals();
// Waits at most that long. A second SIGINT or SIGTERM is just another one.
Signal wait_signal(std::chrono::milliseconds most);

}  // namespace pointsman::app
