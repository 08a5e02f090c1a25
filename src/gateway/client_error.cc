#include "gateway/client_error.h"

#include <string>

namespace pointsman::gateway {
namespace {

using base::ErrorCode;
using base::Origin;

std::string_view about_upstream(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return "The model's provider did not answer in time.";
    case ErrorCode::kConnect:
      return "The model's provider could not be reached.";
    case ErrorCode::kReset:
      return "The model's provider closed the connection before it answered.";
    case ErrorCode::kOverloaded:
      return "All connections to the model's provider are busy; try again.";
    case ErrorCode::kUpstreamStatus:
      return "The model's provider did not accept the gateway's request.";
    default:
      return "The model's provider gave no usable answer.";
  }
}

std::string_view about_gateway(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOverloaded:
      return "The gateway cannot take this request now; try again.";
    case ErrorCode::kCancelled:
      return "The gateway is stopping; try again.";
    case ErrorCode::kNoCandidate:
      return "No model could be asked now; try again.";
    default:
      return "The gateway failed to answer this request.";
  }
}

}  // namespace

base::Error for_client(const base::Error& error) {
  if (error.origin() == Origin::kClient || error.place() == kStructured) return error;
  const std::string_view message =
      error.origin() == Origin::kUpstream ? about_upstream(error.code()) : about_gateway(error.code());
  return base::Error(error.code(), std::string(message), error.origin(), error.retry())
      .with_status(error.upstream_status());
}

}  // namespace pointsman::gateway
