// Seals bytes for a place that others can look into or write to: only who has the key can read them, or make some that
// open (AES-256-GCM, a random nonce for each).
//
//   version 1 | 12 bytes of nonce | as many bytes as were sealed | 16 bytes of tag
//
// Pure but for the nonce; any thread. At most 2^32 values for one key: take a key of its own for each kind or name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace pointsman::base {

// What sealing adds.
inline constexpr std::size_t kSealBytes = 1 + 12 + 16;

// kIo where the kernel gives no random bytes, kInternal where the library fails.
Result<std::string> seal(const Sha256& key, std::string_view bytes);
// Nothing if it was sealed with another key, changed, or cut.
std::optional<std::string> unseal(const Sha256& key, std::string_view sealed);

}  // namespace pointsman::base
