#include "base/error.h"

#include <new>

#include "base/result.h"

namespace pointsman::base {

Error::Error(ErrorCode code, std::string message, Origin origin, Retry retry)
    // Without memory it is an internal error that says nothing: who handles a lack of memory may make one.
    : what_(new (std::nothrow)
                What{.code = code, .origin = origin, .retry = retry, .message = std::move(message), .place = {}}) {}

Error::Error(const Error& other) : what_(std::make_unique<What>(other.what())) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) what_ = std::make_unique<What>(other.what());
  return *this;
}

Error& Error::operator=(Error&& other) noexcept = default;
Error::~Error() = default;

const Error::What& Error::what() const {
  static const What kMovedFrom;
  return what_ ? *what_ : kMovedFrom;
}

Error::What& Error::own() {
  if (!what_) what_ = std::make_unique<What>();
  return *what_;
}

Error& Error::at(std::string place) & {
  own().place = std::move(place);
  return *this;
}

Error&& Error::at(std::string place) && {
  own().place = std::move(place);
  return std::move(*this);
}

Error&& Error::with_status(int status) && {
  own().upstream_status = status;
  return std::move(*this);
}

Error&& Error::in(std::string_view context) && {
  own().message.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

std::unexpected<Error> fail(ErrorCode code, std::string message, Origin origin, Retry retry) {
  return std::unexpected<Error>(Error(code, std::move(message), origin, retry));
}

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kParse: return "parse";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kUnauthorized: return "unauthorized";
    case ErrorCode::kForbidden: return "forbidden";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kRateLimited: return "rate_limited";
    case ErrorCode::kQuotaExceeded: return "quota_exceeded";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kConnect: return "connect";
    case ErrorCode::kReset: return "reset";
    case ErrorCode::kUpstreamStatus: return "upstream_status";
    case ErrorCode::kOverloaded: return "overloaded";
    case ErrorCode::kNoCandidate: return "no_candidate";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kInternal: return "internal";
  }
  return "internal";
}

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::kClient: return "client";
    case Origin::kGateway: return "gateway";
    case Origin::kUpstream: return "upstream";
  }
  return "gateway";
}

std::string_view to_string(Retry retry) {
  switch (retry) {
    case Retry::kNo: return "no";
    case Retry::kSameTarget: return "same_target";
    case Retry::kOtherTarget: return "other_target";
  }
  return "no";
}

}  // namespace pointsman::base
