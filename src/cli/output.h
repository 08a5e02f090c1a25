// Where a command writes: a stream that knows whether a person is watching.
//
// Does not own the stream. One thread. A write that fails is remembered, so that long output can stop early
// (`pointsman log | head`) and a full disk does not pass for success.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "config/sources.h"

namespace pointsman::cli {

class Output {
 public:
  // Colour needs a terminal, no NO_COLOR (no-color.org: set and not empty) and a TERM other than "dumb".
  Output(std::FILE* file, const config::Environment& environment);

  void write(std::string_view text);
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    write(fmt::format(format, std::forward<Args>(args)...));
  }
  void flush();

  bool is_tty() const { return tty_; }
  std::FILE* file() const { return file_; }
  // Bold on a terminal with colour, unchanged elsewhere.
  std::string bold(std::string_view text) const;

  bool failed() const { return failure_ != 0; }
  // The errno of the first write that failed, 0 if none did.
  int failure() const { return failure_; }

 private:
  std::FILE* file_;
  bool tty_ = false;
  bool colour_ = false;
  int failure_ = 0;
};

}  // namespace pointsman::cli
