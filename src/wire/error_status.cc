#include "wire/error_status.h"

namespace pointsman::wire {
namespace {

using base::ErrorCode;
using base::Origin;

// What the upstream answered, seen from our client. Its 401 and 403 are about our credentials, not the client's.
int relayed_status(int upstream) {
  if (upstream == 401 || upstream == 403 || upstream < 400 || upstream > 599) return 502;
  if (upstream < 500 || upstream == 503 || upstream == 504) return upstream;
  return 502;
}

int timeout_status(Origin origin) {
  return origin == Origin::kClient ? 408 : 504;
}

bool is_about_encoding(std::string_view place) {
  return place == "content-encoding" || place == "content-type";
}

bool is_internal(ErrorCode code) {
  return code == ErrorCode::kIo || code == ErrorCode::kCorrupt || code == ErrorCode::kInternal;
}

}  // namespace

int http_status(const base::Error& error) {
  const bool upstream = error.origin() == Origin::kUpstream;
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kParse:
      return upstream ? 502 : 400;
    case ErrorCode::kTooLarge:
      return upstream ? 502 : 413;
    case ErrorCode::kUnauthorized:
      return upstream ? 502 : 401;
    case ErrorCode::kForbidden:
      return upstream ? 502 : 403;
    case ErrorCode::kNotFound:
      return upstream ? 502 : 404;
    case ErrorCode::kUnsupported:
      return is_about_encoding(error.place()) ? 415 : 400;
    case ErrorCode::kRateLimited:
    case ErrorCode::kQuotaExceeded:
      return 429;
    case ErrorCode::kTimeout:
      return timeout_status(error.origin());
    // 499: the client closed the connection (as nginx logs it); nobody reads it. Else we are stopping.
    case ErrorCode::kCancelled:
      return error.origin() == Origin::kClient ? 499 : 503;
    case ErrorCode::kConnect:
    case ErrorCode::kReset:
      return 502;
    case ErrorCode::kUpstreamStatus:
      return relayed_status(error.upstream_status());
    case ErrorCode::kOverloaded:
      return 503;
    // The request demands what no model has, or none is available now.
    case ErrorCode::kNoCandidate:
      return error.origin() == Origin::kClient ? 400 : 503;
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
      return upstream ? 502 : 500;
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

bool should_retry(const base::Error& error, bool has_retry_after) {
  if (has_retry_after || error.code() == ErrorCode::kOverloaded) return true;
  // Other targets were asked already; what no other one takes either is not taken the next time.
  if (error.origin() == Origin::kClient && error.retry() == base::Retry::kOtherTarget) return false;
  return error.retry() != base::Retry::kNo;
}

std::string_view public_message(const base::Error& error) {
  if (!is_internal(error.code())) return error.message();
  return "the gateway failed to answer; its log has the details under this request's id";
}

}  // namespace pointsman::wire
