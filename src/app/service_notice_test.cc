// What the service manager hears: on a socket with a path, on an abstract one, and nothing without one.
#include "app/service_notice.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <map>

#include "support/temporary_directory.h"

namespace pointsman::app {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kOurs = 4711;

// The manager's end. `name` as in the variable: a path, or "@" and an abstract name.
class Manager {
 public:
  explicit Manager(std::string name) : name_(std::move(name)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    const bool abstract = name_.front() == '@';
    if (abstract) address.sun_path[0] = '\0';
    const std::size_t length = offsetof(sockaddr_un, sun_path) + name_.size() + (abstract ? 0 : 1);
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const auto* const at = reinterpret_cast<const sockaddr*>(&address);
    bound_ = ::bind(descriptor_, at, static_cast<socklen_t>(length)) == 0;
  }
  ~Manager() { ::close(descriptor_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  bool bound() const { return bound_; }
  const std::string& name() const { return name_; }
  // The next datagram; "(nothing)" if none is there.
  std::string heard() const {
    char text[512];
    const ssize_t got = ::recv(descriptor_, text, sizeof text, 0);
    return got < 0 ? "(nothing)" : std::string(text, static_cast<std::size_t>(got));
  }

 private:
  std::string name_;
  int descriptor_ = -1;
  bool bound_ = false;
};

config::Environment environment(std::map<std::string, std::string, std::less<>> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

base::MonoTime at(base::Duration since) {
  return base::MonoTime(since);
}

TEST(ServiceNotice, TellsASocketWithAPath) {
  const test::TemporaryDirectory directory;
  const Manager manager(directory.file("notify"));
  ASSERT_TRUE(manager.bound());
  ServiceNotice notice(environment({{"NOTIFY_SOCKET", manager.name()}}), kOurs);
  notice.ready();
  EXPECT_EQ(manager.heard(), "READY=1");
  notice.reloading(at(1'500ms));
  EXPECT_EQ(manager.heard(), "RELOADING=1\nMONOTONIC_USEC=1500000");
  notice.stopping();
  EXPECT_EQ(manager.heard(), "STOPPING=1\nSTATUS=Finishing open requests");
  EXPECT_EQ(manager.heard(), "(nothing)");
}

TEST(ServiceNotice, TellsAnAbstractSocket) {
  const test::TemporaryDirectory directory;  // its path serves as a name that nobody else has
  const Manager manager("@" + directory.path());
  ASSERT_TRUE(manager.bound());
  ServiceNotice notice(environment({{"NOTIFY_SOCKET", manager.name()}}), kOurs);
  notice.ready();
  EXPECT_EQ(manager.heard(), "READY=1");
}

TEST(ServiceNotice, IsStillWhereNobodyListens) {
  const test::TemporaryDirectory directory;
  for (const std::string& socket :
       {std::string(), std::string("@"), std::string("relative"), std::string("vsock:2:1234"), directory.file("nobody"),
        "/" + std::string(200, 'x')}) {
    ServiceNotice notice(environment({{"NOTIFY_SOCKET", socket}}), kOurs);
    notice.ready();
    notice.stopping();
    EXPECT_FALSE(notice.due(at(1h)));
  }
  ServiceNotice(environment({{"WATCHDOG_USEC", "1000"}}), kOurs).ready();
}

TEST(ServiceNotice, IsDueThreeTimesWithinTheWatchdogsTime) {
  const test::TemporaryDirectory directory;
  const Manager manager(directory.file("notify"));
  const std::map<std::string, std::string, std::less<>> variables{
      {"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "4711"}};
  ServiceNotice notice(environment(variables), kOurs);
  EXPECT_TRUE(notice.due(at(1h)));
  notice.alive(at(1h));
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  EXPECT_FALSE(notice.due(at(1h + 9'999ms)));
  EXPECT_TRUE(notice.due(at(1h + 10s)));
}

TEST(ServiceNotice, LeavesAWatchdogToWhomItIsFor) {
  for (const char* usec : {"", "0", "-5", "10x"}) {
    EXPECT_FALSE(ServiceNotice(environment({{"NOTIFY_SOCKET", "/x"}, {"WATCHDOG_USEC", usec}}), kOurs).due(at(1h)))
        << usec;
  }
  const ServiceNotice of_another(
      environment({{"NOTIFY_SOCKET", "/x"}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}}), kOurs);
  EXPECT_FALSE(of_another.due(at(1h)));
}

}  // namespace
}  // namespace pointsman::app
