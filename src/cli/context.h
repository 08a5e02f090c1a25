// What every command is given: where to write, what to read, which program this is; and where it leaves its exit code.
//
// Made by main (or a test), outlives the parsing of the command line, belongs to the main thread. Standard output
// carries data; everything meant for people beside it goes to standard error.
#pragma once

#include <cstddef>
#include <cstdio>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "cli/output.h"
#include "config/sources.h"

namespace pointsman::cli {

// The codes that scripts may rely on. A command interrupted by Ctrl-C ends by the signal, which shells report as 130.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kCheckFailed = 3,  // the command worked; what it checked is not in order
  kInterrupted = 130,
};

struct Context {
  config::Environment environment = config::process_environment();
  Output out{stdout, environment};
  Output err{stderr, environment};
  std::FILE* in = stdin;
  const base::Clock* clock = &system_clock();
  std::string_view version;
  std::span<const std::byte> builtin_model;  // empty: the program carries none
  int exit_code = kOk;

  static const base::Clock& system_clock();

  // "pointsman: message" on standard error, and the exit code.
  void fail(std::string_view message, ExitCode code = kFailed);
  void fail(const base::Error& error, ExitCode code = kFailed);
  // Flushes. Output that could not be written turns success into failure, and says so unless the reader just left.
  void finish();
};

}  // namespace pointsman::cli
