#include "cli/context.h"

#include <cerrno>
#include <system_error>

namespace pointsman::cli {

const base::Clock& Context::system_clock() {
  static const base::SystemClock clock;
  return clock;
}

void Context::fail(std::string_view message, ExitCode code) {
  err.print("pointsman: {}\n", message);
  exit_code = code;
}

void Context::fail(const base::Error& error, ExitCode code) {
  if (error.place().empty()) return fail(error.message(), code);
  fail(error.place() + ": " + error.message(), code);
}

void Context::finish() {
  out.flush();
  if (out.failed() && exit_code == kOk) {
    if (out.failure() == EPIPE) {
      exit_code = kFailed;
    } else {
      fail("cannot write the output: " + std::generic_category().message(out.failure()));
    }
  }
  err.flush();
}

}  // namespace pointsman::cli
