// HTTP status codes: their reason phrases, and the one that answers an error of this codec. Pure, constant.
// Usable from any thread.
#pragma once

#include <string_view>

#include "base/error.h"

namespace pointsman::http {

// The phrase of the IANA registry (and of the two codes this field uses beside it, 499 and 529), or "Unknown".
std::string_view reason_phrase(int status);

// The status a server answers when reading a request failed with `error`: 400, 413 (body), 417 (Expect), 431 (head) or
// 501 (CONNECT). The connection cannot be used after any of them.
int http_status_of(const base::Error& error);

}  // namespace pointsman::http
