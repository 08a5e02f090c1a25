#include "base/kernel_random.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace pointsman::base {

Result<void> fill_from_kernel(std::span<unsigned char> out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return fail(ErrorCode::kIo, "the kernel gives no random bytes: " + std::generic_category().message(errno));
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace pointsman::base
