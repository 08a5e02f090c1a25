#include "app/passwd_command.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "admin/accounts.h"

namespace pointsman::app {
namespace {

using base::Result;

constexpr std::size_t kShortest = 8;

// Leaves the terminal as it was.
class Silence {
 public:
  Silence() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~Silence() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

Result<base::Secret> read_line(std::string_view prompt) {
  if (!prompt.empty()) fmt::print(stderr, "{}", prompt);
  std::string line;
  if (!std::getline(std::cin, line)) return base::fail(base::ErrorCode::kInvalidArgument, "there was no password");
  if (!prompt.empty()) fmt::print(stderr, "\n");
  return base::Secret(std::move(line));
}

Result<base::Secret> read_password() {
  if (::isatty(STDIN_FILENO) != 1) return read_line({});
  const Silence silence;
  PM_TRY(base::Secret first, read_line("Password: "));
  PM_TRY(const base::Secret again, read_line("Once more: "));
  if (first.reveal() != again.reveal()) {
    return base::fail(base::ErrorCode::kInvalidArgument, "the two are not the same");
  }
  return first;
}

Result<std::string> hash_of_password() {
  PM_TRY(const base::Secret password, read_password());
  if (password.reveal().size() < kShortest) {
    return base::fail(base::ErrorCode::kInvalidArgument, fmt::format("take at least {} characters", kShortest));
  }
  return admin::hash_password(password.reveal());
}

}  // namespace

void add_passwd_command(CLI::App& app, cli::Context& context) {
  CLI::App* const command = app.add_subcommand("passwd", "Print the hash of a password, for admin.users");
  command->footer(
      "Asks for the password, or reads one line of standard input where that is no terminal. The hash (argon2id)\n"
      "goes into the configuration:\n\n"
      "  admin:\n    users:\n      ada: {password: '$argon2id$...', role: admin}\n\n"
      "Example:\n  pointsman passwd");
  command->callback([&context] {
    const auto hash = hash_of_password();
    if (!hash) {
      context.fail(hash.error());
      context.exit_code = cli::kFailed;
      return;
    }
    context.out.print("{}\n", *hash);
  });
}

}  // namespace pointsman::app
