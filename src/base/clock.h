// Time as values. Pure code takes a MonoTime or WallTime argument; only net/, app/ and tools read a clock.
// SystemClock may be read from any thread; a ManualClock belongs to its test.
#pragma once

#include <chrono>

namespace pointsman::base {

using MonoTime = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
// Microseconds since the Unix epoch, UTC.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

// A clock that tests can set. Implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime mono() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonoTime mono() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

// Stands still until a test moves it. Not thread-safe while being moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime wall = WallTime(std::chrono::seconds(1'700'000'000))) : wall_(wall) {}
  MonoTime mono() const override { return mono_; }
  WallTime wall() const override { return wall_; }
  void advance(Duration by) {
    mono_ += by;
    wall_ += std::chrono::duration_cast<std::chrono::microseconds>(by);
  }

 private:
  MonoTime mono_{std::chrono::hours(1)};
  WallTime wall_;
};

}  // namespace pointsman::base
