#include "app/service_notice.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <system_error>

#include "base/log.h"

namespace pointsman::app {
namespace {

std::optional<std::int64_t> number_of(const std::optional<std::string>& text) {
  std::int64_t value = 0;
  if (!text || text->empty()) return std::nullopt;
  const char* const end = text->data() + text->size();
  const auto [stop, failed] = std::from_chars(text->data(), end, value);
  if (failed != std::errc() || stop != end || value <= 0) return std::nullopt;
  return value;
}

// Zero as length: not an address we know (a manager may also name a virtual machine's socket).
socklen_t address_of(std::string_view name, sockaddr_un& out) {
  out = {};
  out.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof out.sun_path) return 0;
  if (name.front() != '/' && name.front() != '@') return 0;
  std::memcpy(out.sun_path, name.data(), name.size());
  const std::size_t length = offsetof(sockaddr_un, sun_path) + name.size();
  if (name.front() == '/') return static_cast<socklen_t>(length + 1);
  out.sun_path[0] = '\0';
  return static_cast<socklen_t>(length);
}

std::error_code send_datagram(std::string_view name, std::string_view text) {
  sockaddr_un address{};
  const socklen_t length = address_of(name, address);
  if (length == 0) return std::make_error_code(std::errc::address_family_not_supported);
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return {errno, std::generic_category()};
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: what the call takes
  const ssize_t sent = ::sendto(descriptor, text.data(), text.size(), MSG_NOSIGNAL, to, length);
  const int failed = sent < 0 ? errno : 0;
  ::close(descriptor);
  return {failed, std::generic_category()};
}

}  // namespace

ServiceNotice::ServiceNotice(const config::Environment& environment, std::int64_t process)
    : socket_(environment("NOTIFY_SOCKET").value_or("")) {
  const auto meant = number_of(environment("WATCHDOG_PID"));
  const auto every = number_of(environment("WATCHDOG_USEC"));
  if (socket_.empty() || !every || meant.value_or(process) != process) return;
  watchdog_every_ = std::chrono::duration_cast<base::Duration>(std::chrono::microseconds(*every / 3));
}

void ServiceNotice::ready() {
  say("READY=1");
}

// The time lets the manager tell this reload from an earlier one.
void ServiceNotice::reloading(base::MonoTime now) {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  say(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", since.count()));
}

void ServiceNotice::stopping() {
  say("STOPPING=1\nSTATUS=Finishing open requests");
}

bool ServiceNotice::due(base::MonoTime now) const {
  return watchdog_every_ && now - last_alive_ >= *watchdog_every_;
}

void ServiceNotice::alive(base::MonoTime now) {
  last_alive_ = now;
  say("WATCHDOG=1");
}

void ServiceNotice::say(std::string_view lines) const {
  if (socket_.empty()) return;
  const std::error_code failed = send_datagram(socket_, lines);
  if (failed) {
    const std::string_view what = lines.substr(0, lines.find('\n'));
    base::log_warn("the service manager could not be told {}: {}", what, failed.message());
  }
}

}  // namespace pointsman::app
