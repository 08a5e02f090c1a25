// What a request says its body is: the check that keeps web pages from sending requests in their visitors' name.
//
// Pure; any thread. A browser may send a "simple" cross-site POST (Fetch standard, CORS-safelisted request-header) with
// form and text types without asking first; the types asked for here it may not.
#pragma once

#include <string_view>

#include "http/head.h"

namespace pointsman::gateway {

// Whether the content-type is `type`, in lower case, whatever its parameters.
bool has_content_type(const http::RequestHead& head, std::string_view type);

}  // namespace pointsman::gateway
