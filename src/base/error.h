// The one error type of the program: what went wrong, whose fault it is, and whether trying again can help.
//
// Values, never thrown. `origin` decides the HTTP status class and whom a circuit breaker blames; `retry` decides what
// the dispatcher may do next. Messages are written for the person who must act and never contain secrets or prompts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pointsman::base {

enum class ErrorCode : std::uint8_t {
  kInvalidArgument,  // well-formed, but not something we accept
  kParse,            // not well-formed (JSON, HTTP, YAML, artefact)
  kTooLarge,         // over a size, depth or count limit
  kUnauthorized,
  kForbidden,
  kNotFound,
  kUnsupported,
  kRateLimited,
  kQuotaExceeded,  // a budget has no room for it: waiting a little does not help
  kTimeout,
  kCancelled,  // the client left, or we are stopping
  kConnect,    // no connection could be made (DNS, TCP, TLS)
  kReset,      // the connection broke
  kUpstreamStatus,
  kOverloaded,
  kNoCandidate,  // no model can answer this request
  kIo,
  kCorrupt,
  kInternal,
};

enum class Origin : std::uint8_t { kClient, kGateway, kUpstream };
enum class Retry : std::uint8_t { kNo, kSameTarget, kOtherTarget };

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message, Origin origin = Origin::kGateway, Retry retry = Retry::kNo)
      : code_(code), origin_(origin), retry_(retry), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  Origin origin() const { return origin_; }
  Retry retry() const { return retry_; }
  const std::string& message() const { return message_; }

  // The place in the input: a JSON pointer ("/messages/0/role"), a header name, or file:line:column. Empty if none.
  const std::string& place() const { return place_; }
  // The upstream's HTTP status, 0 if it never answered.
  int upstream_status() const { return upstream_status_; }

  Error& at(std::string place) & { place_ = std::move(place); return *this; }
  Error&& at(std::string place) && { place_ = std::move(place); return std::move(*this); }
  Error&& with_status(int status) && { upstream_status_ = status; return std::move(*this); }
  // Prefixes the message with what was being done: "loading models: " + message.
  Error&& in(std::string_view context) && {
    message_.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  Origin origin_;
  Retry retry_;
  int upstream_status_ = 0;
  std::string message_;
  std::string place_;
};

// Stable snake_case name, e.g. "rate_limited"; used in logs, metrics and the ledger.
std::string_view to_string(ErrorCode code);
std::string_view to_string(Origin origin);
std::string_view to_string(Retry retry);

}  // namespace pointsman::base
