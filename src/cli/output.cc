#include "cli/output.h"

#include <unistd.h>

#include <cerrno>

namespace pointsman::cli {

Output::Output(std::FILE* file, const config::Environment& environment) : file_(file) {
  const int descriptor = ::fileno(file);
  tty_ = descriptor >= 0 && ::isatty(descriptor) == 1;
  colour_ = tty_ && environment("NO_COLOR").value_or("").empty() && environment("TERM").value_or("") != "dumb";
}

void Output::write(std::string_view text) {
  if (failed() || text.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) failure_ = errno == 0 ? EIO : errno;
}

void Output::flush() {
  if (std::fflush(file_) != 0 && !failed()) failure_ = errno == 0 ? EIO : errno;
}

std::string Output::bold(std::string_view text) const {
  return colour_ ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

}  // namespace pointsman::cli
