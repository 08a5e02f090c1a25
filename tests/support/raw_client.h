// A blocking TCP client for tests: sends exactly these bytes, reads until something is there, knows FIN from RST.
//
// Every wait ends after kPatience, so that a broken server fails a test instead of hanging it. One thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

namespace pointsman::testing {

class RawClient {
 public:
  static constexpr int kPatienceMs = 10'000;
  enum class End { kOpen, kClosed, kReset };

  explicit RawClient(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }

  // All of it; false if the server would not take it.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!ready(POLLOUT)) return false;
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EAGAIN) continue;
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Reads until received() contains `text` from `from` on; false if the connection ended or patience did.
  bool read_until(std::string_view text, std::size_t from = 0) {
    while (received_.find(text, from) == std::string::npos) {
      if (!read_some()) return false;
    }
    return true;
  }
  bool read_at_least(std::size_t bytes) {
    while (received_.size() < bytes) {
      if (!read_some()) return false;
    }
    return true;
  }
  // Reads to the end of the connection and tells which it was; kOpen if it never came.
  End read_to_end() {
    while (read_some()) {
    }
    return end_;
  }
  // One answer with a Content-Length or chunked body: its text, head included; empty if it did not come.
  std::string read_answer() {
    const std::size_t begin = taken_;
    if (!read_until("\r\n\r\n", begin)) return {};
    const std::size_t head_end = received_.find("\r\n\r\n", begin) + 4;
    const std::size_t length = received_.substr(begin, head_end - begin).find("content-length: ");
    if (length != std::string::npos) {
      const std::size_t body = std::stoul(received_.substr(begin + length + 16, 12));
      if (!read_at_least(head_end + body)) return {};
      taken_ = head_end + body;
    } else {
      if (!read_until("\r\n0\r\n\r\n", head_end - 2)) return {};
      taken_ = received_.find("\r\n0\r\n\r\n", head_end - 2) + 7;
    }
    return received_.substr(begin, taken_ - begin);
  }

  // Whether nothing at all comes within `ms`; for what must not happen, so keep it short.
  bool silent_for(int ms) {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, ms) == 0;
  }

  const std::string& received() const { return received_; }
  End end() const { return end_; }
  void shutdown_send() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Closes with RST.
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }

 private:
  bool ready(short events) {
    pollfd waiting{fd_, events, 0};
    return ::poll(&waiting, 1, kPatienceMs) == 1;
  }
  bool read_some() {
    std::array<char, 16 * 1024> block;
    if (end_ != End::kOpen || !ready(POLLIN)) return false;
    const ssize_t got = ::recv(fd_, block.data(), block.size(), 0);
    if (got > 0) {
      received_.append(block.data(), static_cast<std::size_t>(got));
      return true;
    }
    end_ = got == 0 ? End::kClosed : End::kReset;
    return false;
  }

  int fd_;
  bool connected_ = false;
  End end_ = End::kOpen;
  std::string received_;
  std::size_t taken_ = 0;
};

// "POST <path>" with a JSON body and whatever more header lines (each ending in CRLF).
inline std::string post(std::string_view path, std::string_view body, std::string_view fields = {}) {
  std::string out = "POST ";
  out += path;
  out += " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
  out += fields;
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out += body;
  return out;
}

inline std::string get(std::string_view path, std::string_view fields = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(fields) + "\r\n";
}

inline std::string body_of(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
}

// The content of a chunked body; what follows the last whole chunk is left out.
inline std::string unchunked(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    const std::size_t line = body.find("\r\n");
    if (line == std::string_view::npos) break;
    const std::size_t size = std::stoul(std::string(body.substr(0, line)), nullptr, 16);
    if (size == 0 || body.size() < line + 2 + size) break;
    out += body.substr(line + 2, size);
    body.remove_prefix(std::min(body.size(), line + 2 + size + 2));
  }
  return out;
}

}  // namespace pointsman::testing
