// A limit that refused a request, as clients hear of it.
// Pure functions.
#pragma once

#include <string>

#include "base/error.h"
#include "limits/quota_outcome.h"

namespace pointsman::gateway {

// The client's: kRateLimited where waiting helps within minutes, kQuotaExceeded for budgets, kUnauthorized for a key
// that has gone meanwhile. The gateway's: kOverloaded where a budget cannot be checked, or too much is under way.
base::Error error_of(const limits::Denial& denial);

// "retry-after" and "retry-after-ms" where it is known when the request may be tried again.
void append_retry_fields(const limits::Denial& denial, std::string& head);

}  // namespace pointsman::gateway
