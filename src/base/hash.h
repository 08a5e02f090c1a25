// Hashes. xxh3 for tables and features (fast, not secret); SHA-256 for content addresses.
// Pure functions, usable from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pointsman::base {

std::uint64_t xxh3(std::string_view bytes, std::uint64_t seed = 0);

using Sha256 = std::array<unsigned char, 32>;
Sha256 sha256(std::string_view bytes);
// As if the digest's 32 bytes at `hole` were zeros, for files that hold their own hash. They must lie inside of
// `bytes`.
Sha256 sha256_around(std::string_view bytes, std::size_t hole);
std::string to_hex(std::string_view bytes);
// Nothing for an odd number of digits or anything else than digits; capitals are digits, too.
std::optional<std::string> from_hex(std::string_view digits);
std::string sha256_hex(std::string_view bytes);

}  // namespace pointsman::base
