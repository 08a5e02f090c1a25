// The one error type of the program: what went wrong, whose fault it is, and whether trying again can help.
//
// Values, never thrown. `origin` decides the HTTP status class and whom a circuit breaker blames; `retry` decides what
// the dispatcher may do next. Messages are written for the person who must act and never contain secrets or prompts.
//
// An error is one pointer, and whatever makes or ends one is `cold`: of the many checks on a request's way hardly any
// fails, so their branches take no room among the instructions that run, nor results among the data.
#pragma once

#include <cstdint>
#include <memory>
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
  [[gnu::cold]] Error(ErrorCode code, std::string message, Origin origin = Origin::kGateway, Retry retry = Retry::kNo);
  [[gnu::cold]] Error(const Error& other);
  [[gnu::cold]] Error& operator=(const Error& other);
  Error(Error&& other) noexcept = default;  // leaves an internal error without a message
  [[gnu::cold]] Error& operator=(Error&& other) noexcept;
  [[gnu::cold]] ~Error();

  ErrorCode code() const { return what().code; }
  Origin origin() const { return what().origin; }
  Retry retry() const { return what().retry; }
  const std::string& message() const { return what().message; }

  // The place in the input: a JSON pointer ("/messages/0/role"), a header name, or file:line:column. Empty if none.
  const std::string& place() const { return what().place; }
  // The upstream's HTTP status, 0 if it never answered.
  int upstream_status() const { return what().upstream_status; }

  [[gnu::cold]] Error& at(std::string place) &;
  [[gnu::cold]] Error&& at(std::string place) &&;
  [[gnu::cold]] Error&& with_status(int status) &&;
  // Prefixes the message with what was being done: "loading models: " + message.
  [[gnu::cold]] Error&& in(std::string_view context) &&;

 private:
  struct What {
    ErrorCode code = ErrorCode::kInternal;
    Origin origin = Origin::kGateway;
    Retry retry = Retry::kNo;
    int upstream_status = 0;
    std::string message;
    std::string place;
  };
  [[gnu::cold]] const What& what() const;
  What& own();

  std::unique_ptr<What> what_;  // null: moved from
};

// Stable snake_case name, e.g. "rate_limited"; used in logs, metrics and the ledger.
std::string_view to_string(ErrorCode code);
std::string_view to_string(Origin origin);
std::string_view to_string(Retry retry);

}  // namespace pointsman::base
