// What a client's cache-control says about answers that are kept here (RFC 9111 section 5.2.1).
// Pure; a directive that is unknown, or is no directive at all, is passed over.
#pragma once

#include <chrono>
#include <optional>

#include "http/fields.h"

namespace pointsman::gateway {

struct CacheDirectives {
  bool no_cache = false;                        // none that is kept; the new one may be
  bool no_store = false;                        // neither
  std::optional<std::chrono::seconds> max_age;  // none that is older; the last one counts
};

CacheDirectives cache_directives(const http::FieldList& fields);

}  // namespace pointsman::gateway
