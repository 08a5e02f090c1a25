// How an Error looks to a client over HTTP, whatever its protocol: the status, whether trying again helps, what may be
// told. Pure; each protocol's error body adds its own names.
#pragma once

#include <string_view>

#include "base/error.h"

namespace pointsman::wire {

// 400 to 599. What an upstream answered is seen from our client: its 401 and 403 are about our credentials.
int http_status(const base::Error& error);

// For x-should-retry: clients retry 408, 409, 429 and 5xx by themselves unless told not to. `has_retry_after`: the
// answer says when, so waiting helps.
bool should_retry(const base::Error& error, bool has_retry_after);

// The message, unless that belongs in our log only. Valid as long as `error`.
std::string_view public_message(const base::Error& error);

}  // namespace pointsman::wire
