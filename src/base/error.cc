#include "base/error.h"

namespace pointsman::base {

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
