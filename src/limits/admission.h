// Whether a new request is let in when there is more to do than can be done. What is under way is never given up.
//
// Three reasons to turn one away, each looked at when its head has been read and before anything is done for it:
// - there are too many under way already. The last fifth of the room is not for low priority, its last twentieth for
//   high only, so that who matters finds room when others fill it;
// - requests wait too long before they are looked at. Not the length of a queue but the time in it says that there is
//   more work than can be done, whatever each costs (Nichols and Jacobson, "Controlling queue delay", 2012; by windows
//   and priorities as in Zhou et al., "Overload control for scaling WeChat microservices", 2018). For each window the
//   mean wait is held against the goal: above it and not falling, the share of requests that is let in falls by how far
//   above; below it the share grows by a little. The share is given to the highest priority first;
// - the process is close to the memory it may use.
//
// One Admission for each worker, on its thread alone; pure, time comes in.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace pointsman::limits {

inline constexpr std::size_t kPriorities = 3;  // 0 is the lowest

struct AdmissionOptions {
  std::size_t max_in_flight = 4096;
  base::Duration queue_delay = std::chrono::milliseconds(50);  // the goal for the mean wait; 0: none
};

// What all workers have under way, and how the process stands.
struct ProcessLoad {
  std::size_t in_flight = 0;
  bool memory_short = false;
};

enum class Shed : std::uint8_t { kNone, kInFlight, kQueueDelay, kMemory };
inline constexpr std::size_t kSheds = 4;
std::string_view to_string(Shed shed);  // "none", "in_flight", "queue_delay", "memory"

class Admission {
 public:
  // Short, so that a queue is seen before it is long: of a server's capacity half as much again is lost with 100 ms.
  static constexpr base::Duration kWindow = std::chrono::milliseconds(20);
  static constexpr base::Duration kLongest = 10 * kWindow;  // of a window of which nothing is known
  static constexpr double kLeast = 0.02;     // of requests: some are always let in, to learn how it stands
  static constexpr double kMostCut = 0.5;    // of the share that stays after one window
  static constexpr double kLeastCut = 0.9;   // likewise
  static constexpr double kRecovery = 0.02;  // the share that one good window gives back

  explicit Admission(const AdmissionOptions& options) : options_(options) {}

  void use(const AdmissionOptions& options) { options_ = options; }

  // How long a request had been there when it was looked at. Not every request need be measured.
  void waited(base::Duration wait);
  // Whether a request of that priority (0 to kPriorities - 1) is let in. `draw` is uniform in [0, 1).
  Shed decide(std::size_t priority, const ProcessLoad& load, double draw, base::MonoTime now);
  // Whether as many are under way as that priority may fill the room with; one has room however little there is.
  bool full(std::size_t priority, std::size_t in_flight) const;

  // Of requests of that priority, the share that is let in as far as the wait goes.
  double share(std::size_t priority) const { return shares_[priority]; }

 private:
  void close_windows(base::MonoTime now);
  void next_window(base::Duration mean, base::MonoTime now);
  void deal_out();

  AdmissionOptions options_;
  base::MonoTime window_{};  // its begin
  base::Duration waits_{};   // of this window
  std::size_t measured_ = 0;
  base::Duration mean_before_{};                  // wait in the window before
  std::array<std::size_t, kPriorities> asked_{};  // of this window
  double all_ = 1;                                // the share of all requests
  std::array<double, kPriorities> shares_{1, 1, 1};
};

}  // namespace pointsman::limits
