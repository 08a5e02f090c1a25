// A terminal that gives every key at once, without showing it, until this object goes: also when a signal ends the
// program.
//
// At most one at a time, on the main thread. SIGINT, SIGTERM, SIGHUP and SIGQUIT interrupt a read and are remembered;
// a second one of them ends the program at once, with the terminal as it was. Ctrl-Z does nothing meanwhile.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace pointsman::cli {

class RawTerminal {
 public:
  // Nothing where the descriptor is no terminal, or cannot be changed.
  static std::optional<RawTerminal> open(int descriptor);
  RawTerminal(RawTerminal&& other) noexcept;
  RawTerminal& operator=(RawTerminal&&) = delete;
  ~RawTerminal();

  // Waits for keys, as the bytes they send. Empty: the input ended, or a signal came.
  std::string read() const;
  // Gives the terminal back, and ends the program by the signal that came, if one did.
  static void end_by_signal();
  // The signal that came, or 0.
  static int signal();

 private:
  explicit RawTerminal(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};
// Of the terminal that the descriptor writes to; the usual size where that is none.
TerminalSize terminal_size(int descriptor);

}  // namespace pointsman::cli
