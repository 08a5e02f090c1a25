// A Redis of the test program's own: on a free port of loopback, in a temporary directory, keeping nothing on the disk,
// stopped with the program that started it. Where Redis is not installed, missing() says so, and tests skip with that
// reason.
//
// For tests; one thread.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/temporary_directory.h"

namespace pointsman::test {

struct RedisSettings {
  std::vector<std::string> arguments = {};  // of redis-server: "--requirepass", "secret"
  bool tls = false;                         // with the certificate and key below, and no plain port
  std::string certificate_file = {};
  std::string key_file = {};
};

class RedisServer {
 public:
  explicit RedisServer(RedisSettings settings = {}) : settings_(std::move(settings)), port_(free_port()) {
    program_ = find_program();
    if (program_.empty()) {
      missing_ = "Redis is not installed (Debian package redis-server)";
      return;
    }
    start();
  }
  ~RedisServer() { stop(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  const std::string& missing() const { return missing_; }
  std::uint16_t port() const { return port_; }

  // On the same port again, with nothing in it; returns when it takes connections.
  void start() {
    int output[2];
    if (::pipe2(output, O_CLOEXEC) != 0) return fail("no pipe");
    child_ = spawn(output[1]);
    ::close(output[1]);
    if (!read_until_ready(output[0])) fail("Redis did not start: " + said_);
    ::close(output[0]);  // what it says later goes nowhere; it ignores that
  }
  void stop() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  // SIGSTOP: it takes connections, for the kernel does, and says nothing. SIGCONT: it goes on.
  void signal(int number) const { ::kill(child_, number); }

 private:
  static std::string find_program() {
    for (const char* path : {"/usr/bin/redis-server", "/usr/local/bin/redis-server"}) {
      if (::access(path, X_OK) == 0) return path;
    }
    return {};
  }
  // One that nobody listens on now; Redis cannot choose one itself.
  static std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    return ntohs(address.sin_port);
  }
  static void fail(const std::string& why) { ADD_FAILURE() << why; }

  std::vector<std::string> command() const {
    const std::string port = std::to_string(port_);
    std::vector<std::string> out{program_, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir",
                                 directory_.path(), "--daemonize", "no"};
    if (settings_.tls) {
      out.insert(out.end(), {"--port", "0", "--tls-port", port, "--tls-cert-file", settings_.certificate_file,
                             "--tls-key-file", settings_.key_file, "--tls-auth-clients", "no"});
    } else {
      out.insert(out.end(), {"--port", port});
    }
    out.insert(out.end(), settings_.arguments.begin(), settings_.arguments.end());
    return out;
  }
  pid_t spawn(int output) const {
    const std::vector<std::string> words = command();
    std::vector<char*> arguments;
    for (const std::string& one : words) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    char locale[] = "LC_ALL=C";
    char* environment[] = {locale, nullptr};
    ::execve(arguments[0], arguments.data(), environment);
    ::_exit(127);
  }
  bool read_until_ready(int from) {
    said_.clear();
    char bytes[4096];
    while (said_.find("Ready to accept connections") == std::string::npos) {
      pollfd ready{from, POLLIN, 0};
      if (::poll(&ready, 1, 60'000) <= 0) return false;
      const ssize_t got = ::read(from, bytes, sizeof bytes);
      if (got <= 0) return false;
      said_.append(bytes, static_cast<std::size_t>(got));
    }
    return true;
  }

  TemporaryDirectory directory_;
  RedisSettings settings_;
  std::string program_;
  std::string missing_;
  std::string said_;
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
};

}  // namespace pointsman::test

// First in the body of a test.
#define PM_NEEDS_REDIS(server) \
  if (!(server).missing().empty()) GTEST_SKIP() << (server).missing()
