// The key that a client sent with its request, wherever its SDK puts it.
// Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/fields.h"

namespace pointsman::gateway {

// The token of `authorization: Bearer <token>` (the scheme in any case), `x-api-key` (Anthropic's clients) or `api-key`
// (Azure's); a view into the fields. Nothing if none of them is there. kUnauthorized, naming the header, for an empty
// token, another scheme, and two that differ: nobody should have to guess which one counts.
base::Result<std::optional<std::string_view>> presented_key(const http::FieldList& fields);

}  // namespace pointsman::gateway
