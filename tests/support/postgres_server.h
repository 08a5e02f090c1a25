// A PostgreSQL of the test program's own: made in a temporary directory when it is first asked for, reached by a socket
// in that directory alone, stopped with the program. It does not sync, and runs as an unprivileged user where the test
// runs as root. Where PostgreSQL is not installed, missing() says so, and tests skip with that reason.
//
// For tests; one thread. Each TestSchema is empty at first and gone with the server.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ledger_postgres/connection.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

class PostgresServer {
 public:
  // Started, unless missing() says why not.
  static PostgresServer& shared() {
    static PostgresServer server;
    return server;
  }
  explicit PostgresServer(std::string own_settings = "") : settings_(std::move(own_settings)) {
    programs_ = find_programs();
    if (programs_.empty()) {
      missing_ = "PostgreSQL is not installed (Debian package postgresql)";
      return;
    }
    make_cluster();
    if (missing_.empty()) start();
  }
  ~PostgresServer() { stop(SIGQUIT); }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  const std::string& missing() const { return missing_; }
  ledger_postgres::Target target() const {
    // A loaded machine is slow; tests of what is too slow set their own times.
    return {.url = "postgresql:///postgres?user=pointsman&host=" + directory_.path(),
            .password = {},
            .connect_timeout = std::chrono::minutes(1),
            .timeout = std::chrono::minutes(1)};
  }

  // Until it takes connections.
  void start() {
    int output[2];
    if (::pipe2(output, O_CLOEXEC) != 0) return fail("no pipe");
    std::vector<std::string> command{programs_ + "/postgres", "-D", data(), "-k", directory_.path(), "-F"};
    for (const char* setting : {"listen_addresses=", "full_page_writes=off", "shared_buffers=16MB",
                                "max_connections=60", "autovacuum=off", "logging_collector=off"}) {
      command.insert(command.end(), {"-c", setting});
    }
    if (!settings_.empty()) command.insert(command.end(), {"-c", settings_});
    child_ = spawn(command, output[1]);
    ::close(output[1]);
    if (!read_until_ready(output[0])) {
      ::close(output[0]);
      return fail("PostgreSQL did not start: " + said_);
    }
    // What it says later goes nowhere, but has to go.
    drain_ = std::thread([from = output[0]] {
      char bytes[4096];
      while (::read(from, bytes, sizeof bytes) > 0) {
      }
      ::close(from);
    });
  }
  // SIGQUIT: as after a crash. SIGINT: connections are ended, all is written.
  void stop(int signal) {
    if (child_ > 0) {
      ::kill(child_, signal);
      ::waitpid(child_, nullptr, 0);
      child_ = -1;
    }
    if (drain_.joinable()) drain_.join();
  }
  bool running() const { return child_ > 0; }
  // SIGSTOP, SIGCONT: to the first process of the server alone; connections that are open stay served by others.
  void signal(int number) const { ::kill(child_, number); }

 private:
  static std::string find_programs() {
    std::vector<std::string> found;
    std::error_code none;
    for (const auto& one : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
      const std::string bin = one.path().string() + "/bin";
      if (::access((bin + "/initdb").c_str(), X_OK) == 0 && ::access((bin + "/postgres").c_str(), X_OK) == 0) {
        found.push_back(bin);
      }
    }
    return found.empty() ? "" : *std::ranges::max_element(found);
  }
  std::string data() const { return directory_.file("data"); }
  void fail(std::string why) { missing_ = std::move(why); }

  // Whom PostgreSQL runs as; it refuses root.
  static std::optional<passwd> other_user() {
    if (::geteuid() != 0) return std::nullopt;
    for (const char* name : {"postgres", "nobody"}) {
      if (const passwd* const user = ::getpwnam(name)) return *user;
    }
    return std::nullopt;
  }
  static pid_t spawn(const std::vector<std::string>& command, int output) {
    std::vector<char*> arguments;
    for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    const std::optional<passwd> user = other_user();
    const pid_t child = ::fork();
    if (child != 0) return child;
    if (user && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    ::setpgid(0, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    char locale[] = "LC_ALL=C";
    char* environment[] = {locale, nullptr};
    ::execve(arguments[0], arguments.data(), environment);
    ::_exit(127);
  }
  void make_cluster() {
    if (const auto user = other_user()) {
      if (::chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0) return fail("no directory");
    }
    const int log = ::open(directory_.file("initdb.log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    const pid_t child = spawn({programs_ + "/initdb", "-D", data(), "-U", "pointsman", "-A", "trust", "-E", "UTF8",
                               "--locale=C", "--no-sync", "--no-instructions"},
                              log);
    ::close(log);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status == 0) return;
    std::ifstream said(directory_.file("initdb.log"));
    fail("initdb failed: " + std::string(std::istreambuf_iterator<char>(said), {}));
  }
  bool read_until_ready(int from) {
    said_.clear();
    char bytes[4096];
    while (said_.find("ready to accept connections") == std::string::npos) {
      pollfd ready{from, POLLIN, 0};
      if (::poll(&ready, 1, 60'000) <= 0) return false;
      const ssize_t got = ::read(from, bytes, sizeof bytes);
      if (got <= 0) return false;
      said_.append(bytes, static_cast<std::size_t>(got));
    }
    return true;
  }

  TemporaryDirectory directory_;
  std::string settings_;
  std::string programs_;
  std::string missing_;
  std::string said_;
  pid_t child_ = -1;
  std::thread drain_;
};

// A schema of its own in a server, so that tests do not see each other.
class TestSchema {
 public:
  explicit TestSchema(PostgresServer& server = PostgresServer::shared()) : server_(server) {
    static int count = 0;
    name_ = "test_" + std::to_string(++count);
    if (!server.missing().empty()) ADD_FAILURE() << server.missing();
    const auto made = run(server.target(), "CREATE SCHEMA " + name_);
    EXPECT_TRUE(made.has_value()) << made.error().message();
  }

  const std::string& missing() const { return server_.missing(); }
  ledger_postgres::Target target() const {
    ledger_postgres::Target target = server_.target();
    target.url += "&options=-csearch_path%3D" + name_;
    return target;
  }
  // On a connection of its own.
  base::Result<ledger_postgres::Rows> run(const std::string& sql) const { return run(target(), sql); }
  std::int64_t integer(const std::string& sql) const {
    const auto rows = run(sql);
    EXPECT_TRUE(rows.has_value()) << rows.error().message();
    return rows ? rows->integer(0, 0) : -1;
  }

 private:
  static base::Result<ledger_postgres::Rows> run(const ledger_postgres::Target& target, const std::string& sql) {
    PM_TRY(auto connection, ledger_postgres::Connection::open(target));
    return connection.run(sql);
  }

  PostgresServer& server_;
  std::string name_;
};

}  // namespace pointsman::test

// First in the body of a test, or of SetUp().
#define PM_NEEDS_POSTGRES()                                                                               \
  if (const std::string& pm_why = ::pointsman::test::PostgresServer::shared().missing(); !pm_why.empty()) \
  GTEST_SKIP() << pm_why
