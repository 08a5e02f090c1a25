#include "cli/blocking_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "http/body.h"
#include "http/write.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

base::Error broken(std::string_view doing) {
  return base::Error(ErrorCode::kIo, std::string(doing) + ": " + std::strerror(errno));
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  http::ResponseHead parsed;
  if (!http::parse_response_head(head, http::Method::kPost, {}, parsed)) return {};
  return std::string(parsed.find(name).value_or(std::string_view()));
}

BlockingClient::~BlockingClient() {
  close();
}

void BlockingClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  buffer_.clear();
}

Result<void> BlockingClient::connect() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  if (::inet_pton(AF_INET, host_.c_str(), &address.sin_addr) != 1) {
    return base::fail(ErrorCode::kInvalidArgument, "'" + host_ + "' is not an IPv4 address");
  }
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    base::Error error = broken("connecting to " + host_ + ":" + std::to_string(port_));
    close();
    return base::fail(std::move(error));
  }
  return {};
}

Result<void> BlockingClient::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return base::fail(broken("sending"));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<void> BlockingClient::wait_readable() const {
  if (patience_.answer == std::chrono::milliseconds::max()) return {};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    pollfd waiting{socket_, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready == 0) return base::fail(ErrorCode::kTimeout, "the answer did not come in time");
    if (errno != EINTR) return base::fail(broken("waiting"));
  }
}

Result<std::size_t> BlockingClient::receive(std::string& buffer) {
  PM_CHECK(wait_readable());
  char block[16 * 1024];
  for (;;) {
    const ssize_t got = ::recv(socket_, block, sizeof block, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(broken("receiving"));
    buffer.append(block, static_cast<std::size_t>(got));
    return static_cast<std::size_t>(got);
  }
}

Result<HttpAnswer> BlockingClient::read_answer(http::Method method) {
  const auto begin = std::chrono::steady_clock::now();
  HttpAnswer answer;
  std::size_t scanned = 0;
  http::ResponseHead head;
  for (;;) {
    PM_TRY(const auto size, http::head_end(buffer_, scanned, {}, http::Peer::kUpstream));
    if (size) {
      answer.head = buffer_.substr(0, *size);
      buffer_.erase(0, *size);
      PM_CHECK(http::parse_response_head(answer.head, method, {}, head));
      if (!head.informational()) break;
      scanned = 0;
      continue;
    }
    scanned = buffer_.size();
    PM_TRY(const std::size_t got, receive(buffer_));
    if (answer.first_byte.count() == 0) answer.first_byte = std::chrono::steady_clock::now() - begin;
    if (got == 0) return base::fail(ErrorCode::kReset, "the server closed the connection");
  }
  PM_TRY(http::BodyReader body, http::BodyReader::open(head.framing, http::Peer::kUpstream));
  while (!body.done()) {
    if (buffer_.empty()) {
      PM_TRY(const std::size_t got, receive(buffer_));
      if (got == 0) {
        PM_CHECK(body.close());
        break;
      }
    }
    PM_TRY(const auto relayed, body.relay(buffer_, [&](std::string_view bytes) { answer.body += bytes; }));
    buffer_.erase(0, relayed.consumed);
    if (answer.body.size() > patience_.bytes) return base::fail(ErrorCode::kTooLarge, "the answer is too long");
  }
  answer.status = head.status;
  answer.total = std::chrono::steady_clock::now() - begin;
  if (!head.keep_alive) close();
  return answer;
}

Result<HttpAnswer> BlockingClient::request(std::string_view method, std::string_view path, std::string_view body,
                                           std::string_view fields) {
  std::string head;
  if (!http::append_request_start(head, method, path, host_ + ":" + std::to_string(port_))) {
    return base::fail(ErrorCode::kInvalidArgument, "not a valid request target");
  }
  head += fields;
  if (!body.empty()) {
    http::append_line(head, "content-type: application/json");
    http::append_content_length(head, body.size());
  }
  http::append_head_end(head);
  head += body;
  const auto kind = method == "HEAD" ? http::Method::kHead : http::Method::kPost;
  for (bool reused = socket_ >= 0;; reused = false) {
    if (socket_ < 0) PM_CHECK(connect());
    if (patience_.answer != std::chrono::milliseconds::max()) {
      deadline_ = std::chrono::steady_clock::now() + patience_.answer;
    }
    const auto sent = send_all(head);
    Result<HttpAnswer> answer = sent ? read_answer(kind) : Result<HttpAnswer>(base::fail(sent.error()));
    if (answer) return answer;
    close();
    if (!reused || answer.error().code() == ErrorCode::kTimeout)
      return answer;  // a kept connection may have been closed in between; a new one tells the truth
  }
}

}  // namespace pointsman::cli
