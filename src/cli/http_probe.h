// One HTTP request to anywhere, with TLS and within a time: what `doctor` asks providers with, and `top` a gateway.
// Blocking, on an event loop of its own that ends with the call; from any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "courier/post.h"

namespace pointsman::cli {

struct Probe {
  const net::Endpoint& endpoint;
  std::string_view host;  // value of the Host field
  std::string_view method = "GET";
  std::string_view path = "/";
  std::string_view fields = {};  // header lines, each ended by CRLF
  std::string_view body = {};
};

struct Probed {
  courier::PostAnswer answer;
  std::chrono::milliseconds took{0};
};

// Fails with kConnect, kTimeout, kReset or kParse; kInvalidArgument where host or path make no valid request.
base::Result<Probed> probe(const Probe& what, const courier::PostLimits& limits);

}  // namespace pointsman::cli
