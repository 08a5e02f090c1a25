// How producers wake the writer: a word that says whether it sleeps, and a futex on it.
//
// The writer announces that it is about to sleep, looks for work once more, then sleeps; a producer publishes its work,
// then reads the word. Both accesses are sequentially consistent, so one of the two always sees the other (Dekker) and
// no wake-up is lost; a producer pays a system call only when the writer really sleeps.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace pointsman::journal {

class WakeFlag {
 public:
  enum State : std::uint32_t {
    kAwake,
    kIdle,       // nothing to do: wake for anything
    kGathering,  // letting a batch grow: wake when it is large
  };

  // Writer: says how it is about to sleep.
  void announce(State state) { state_.store(state); }
  // Writer: sleeps until woken or `most` has passed, if nobody woke it since announce(); then it is awake.
  void sleep(State announced, std::chrono::microseconds most);
  void awake() { state_.store(kAwake); }

  // Any thread.
  State state() const { return static_cast<State>(state_.load()); }
  void wake();

 private:
  std::atomic<std::uint32_t> state_{kAwake};
};

}  // namespace pointsman::journal
