// How long an upstream asks us to wait, from the head of its answer.
// Pure; any thread.
#pragma once

#include <optional>

#include "base/clock.h"
#include "http/head.h"

namespace pointsman::gateway {

// Seconds of `retry-after` (RFC 9110 section 10.2.3, delay form) or milliseconds of OpenAI's `retry-after-ms`; at most
// a day. Nothing if it names no such time.
std::optional<base::Duration> retry_after(const http::ResponseHead& head);

}  // namespace pointsman::gateway
