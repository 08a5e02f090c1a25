#include "journal/wake_flag.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace pointsman::journal {

static_assert(sizeof(std::atomic<std::uint32_t>) == 4 && std::atomic<std::uint32_t>::is_always_lock_free,
              "a futex is a plain 32-bit word");

void WakeFlag::sleep(State announced, std::chrono::microseconds most) {
  const timespec timeout{static_cast<std::time_t>(most.count() / 1'000'000),
                         static_cast<long>(most.count() % 1'000'000 * 1000)};
  syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(announced), &timeout, nullptr, 0);
  awake();
}

void WakeFlag::wake() {
  if (state_.exchange(kAwake) != kAwake) syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace pointsman::journal
