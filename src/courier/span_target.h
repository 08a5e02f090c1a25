// The configured collector, ready to be posted to: where it is, and what every request to it carries.
// Immutable once made; any thread.
#pragma once

#include <string>

#include "base/secret.h"
#include "config/config.h"
#include "net/connect.h"

namespace pointsman::courier {

struct SpanTarget {
  net::Endpoint endpoint;
  std::string host;     // value of the Host field
  std::string path;     // ends with /v1/traces
  base::Secret fields;  // header lines of the configuration, each ended by CRLF
};

// Fails with kInvalidArgument for a header or a URL that makes no valid request, and for certificates that cannot be
// read.
base::Result<SpanTarget> make_span_target(const config::OtlpConfig& config);

}  // namespace pointsman::courier
