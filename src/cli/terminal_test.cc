// A terminal of one's own (a pseudo-terminal): raw while it is used, and as before on every way out.
#include "cli/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>

namespace pointsman::cli {
namespace {

class Terminal : public testing::Test {
 protected:
  Terminal() {
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) return;
    slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
  }
  ~Terminal() override {
    if (slave_ >= 0) ::close(slave_);
    if (master_ >= 0) ::close(master_);
  }
  void SetUp() override {
    if (slave_ < 0) GTEST_SKIP() << "there are no pseudo-terminals here";
  }
  bool is_raw() const {
    termios now{};
    EXPECT_EQ(::tcgetattr(slave_, &now), 0);
    return (now.c_lflag & (ICANON | ECHO)) == 0;
  }
  // A child that does `work` with the terminal once it is raw; returns when it is.
  pid_t child(void (*work)(const RawTerminal&)) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      {
        auto terminal = RawTerminal::open(slave_);
        if (!terminal || ::write(ready[1], "r", 1) != 1) ::_exit(9);
        work(*terminal);
      }
      RawTerminal::end_by_signal();
      ::_exit(0);
    }
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
    return pid;
  }
  static int status_of(pid_t pid) {
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return status;
  }

  int master_ = -1;
  int slave_ = -1;
};

TEST_F(Terminal, IsRawWhileItIsHeldAndGivesKeysAtOnce) {
  ASSERT_FALSE(is_raw());
  {
    auto terminal = RawTerminal::open(slave_);
    ASSERT_TRUE(terminal.has_value());
    EXPECT_TRUE(is_raw());
    ASSERT_EQ(::write(master_, "3", 1), 1);
    EXPECT_EQ(terminal->read(), "3");
    const RawTerminal moved = std::move(*terminal);
    terminal.reset();
    EXPECT_TRUE(is_raw());
  }
  EXPECT_FALSE(is_raw());
}

TEST_F(Terminal, IsNoneWhereTheDescriptorIsNoTerminal) {
  EXPECT_FALSE(RawTerminal::open(-1).has_value());
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_FALSE(RawTerminal::open(ends[0]).has_value());
  EXPECT_EQ(terminal_size(ends[1]).columns, 80U);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Terminal, IsRestoredWhenASignalEndsTheProgram) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    const pid_t pid = child([](const RawTerminal& terminal) {
      while (!terminal.read().empty()) continue;
    });
    ASSERT_TRUE(is_raw());
    ASSERT_EQ(::kill(pid, number), 0);
    const int status = status_of(pid);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), number);
    EXPECT_FALSE(is_raw());
  }
}

TEST_F(Terminal, ASecondSignalEndsAProgramThatDoesNotListenAndStillRestores) {
  const pid_t pid = child([](const RawTerminal&) {
    ::raise(SIGINT);
    for (;;) ::pause();
  });
  ASSERT_TRUE(is_raw());
  // The first may not have come yet; each further one is a second one then.
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) == 0) ::kill(pid, SIGINT);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(is_raw());
}

}  // namespace
}  // namespace pointsman::cli
