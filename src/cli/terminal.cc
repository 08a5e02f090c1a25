#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace pointsman::cli {
namespace {

constexpr std::array<int, 4> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// What a signal handler needs: only what it may touch.
volatile std::sig_atomic_t came = 0;
volatile std::sig_atomic_t raw_descriptor = -1;
termios before;
std::array<struct sigaction, kSignals.size()> handlers_before;

void restore() {
  if (raw_descriptor < 0) return;
  ::tcsetattr(raw_descriptor, TCSANOW, &before);
  raw_descriptor = -1;
}

void on_signal(int number) {
  if (came == 0) {
    came = number;
    return;
  }
  // Whoever asks twice does not want to wait. tcsetattr may be called here (POSIX.1-2017, 2.4.3).
  restore();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void catch_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;  // without SA_RESTART: a read that waits is interrupted
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &handlers_before[i]);
}

void release_signals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &handlers_before[i], nullptr);
}

}  // namespace

std::optional<RawTerminal> RawTerminal::open(int descriptor) {
  if (descriptor < 0 || ::isatty(descriptor) != 1 || ::tcgetattr(descriptor, &before) != 0) return std::nullopt;
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  came = 0;
  catch_signals();
  raw_descriptor = descriptor;
  if (::tcsetattr(descriptor, TCSANOW, &raw) != 0) {
    raw_descriptor = -1;
    release_signals();
    return std::nullopt;
  }
  return RawTerminal(descriptor);
}

RawTerminal::RawTerminal(RawTerminal&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RawTerminal::~RawTerminal() {
  if (descriptor_ < 0) return;
  restore();
  release_signals();
}

std::string RawTerminal::read() const {
  std::array<char, 64> bytes{};
  while (came == 0) {
    const ssize_t got = ::read(descriptor_, bytes.data(), bytes.size());
    if (got > 0) return {bytes.data(), static_cast<std::size_t>(got)};
    if (got == 0 || errno != EINTR) break;
  }
  return "";
}

int RawTerminal::signal() {
  return came;
}

void RawTerminal::end_by_signal() {
  const int number = came;
  if (number == 0) return;
  restore();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

TerminalSize terminal_size(int descriptor) {
  winsize size{};
  if (descriptor < 0 || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

}  // namespace pointsman::cli
