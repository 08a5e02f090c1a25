// A small blocking HTTP/1.1 client for command-line tools: one keep-alive connection to a server on this machine.
//
// One per thread. Strict like the rest: answers go through our own codec. Not for the request path.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/head.h"

namespace pointsman::cli {

struct HttpAnswer {
  int status = 0;
  std::string head;  // raw head; find() looks into it
  std::string body;
  std::chrono::nanoseconds first_byte{0};
  std::chrono::nanoseconds total{0};

  // The value of a header, empty if absent.
  std::string header(std::string_view name) const;
};

// What a caller puts up with.
struct Patience {
  std::chrono::milliseconds answer = std::chrono::milliseconds::max();  // for all of an answer
  std::size_t bytes = std::numeric_limits<std::size_t>::max();          // of its body
};

class BlockingClient {
 public:
  BlockingClient(std::string host, std::uint16_t port, Patience patience = {})
      : host_(std::move(host)), port_(port), patience_(patience) {}
  ~BlockingClient();
  BlockingClient(const BlockingClient&) = delete;
  BlockingClient& operator=(const BlockingClient&) = delete;

  // Sends one request and reads the whole answer; connects again if the connection was closed between two requests.
  // kTimeout and kTooLarge where patience is at its end.
  base::Result<HttpAnswer> request(std::string_view method, std::string_view path, std::string_view body,
                                   std::string_view fields = {});

 private:
  base::Result<void> connect();
  base::Result<void> send_all(std::string_view bytes);
  base::Result<std::size_t> receive(std::string& buffer);
  base::Result<void> wait_readable() const;
  base::Result<HttpAnswer> read_answer(http::Method method);
  void close();

  std::string host_;
  std::uint16_t port_;
  Patience patience_;
  std::chrono::steady_clock::time_point deadline_{};
  int socket_ = -1;
  std::string buffer_;
};

}  // namespace pointsman::cli
