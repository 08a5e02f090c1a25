// HMAC-SHA256 (RFC 2104 with FIPS 180-4).
// Pure; usable from any thread.
#pragma once

#include <string_view>

#include "base/hash.h"

namespace pointsman::base {

Sha256 hmac_sha256(std::string_view key, std::string_view message);

}  // namespace pointsman::base
