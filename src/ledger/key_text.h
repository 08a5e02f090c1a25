// How the secret of a virtual key is written: "pm-", 43 digits for its 256 bits, 6 digits of checksum.
//
// Pure. Digits are 0-9 A-Z a-z (base 62, most significant first), so that a double click selects the whole key. The
// checksum is the CRC-32 of everything before it (ISO-HDLC, as in zlib): a mistyped key is told from an unknown one
// without asking the store, and a scanner that finds pm-[0-9A-Za-z]{49} can be nearly sure.
//
// What is kept of a key is its SHA-256. A fast hash is right here: a slow one (argon2) makes it expensive to try the
// passwords that people choose, but nobody can try 2^256 random keys at any price, and each request would pay for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/hash.h"
#include "base/secret.h"

namespace pointsman::ledger {

inline constexpr std::string_view kKeyPrefix = "pm-";
inline constexpr std::size_t kKeyRandomBytes = 32;
inline constexpr std::size_t kKeyTextBytes = 3 + 43 + 6;
// Of the end of a key, for recognising it.
inline constexpr std::size_t kKeyTailBytes = 4;

base::Secret key_text(std::span<const unsigned char, kKeyRandomBytes> random);

enum class KeyForm : std::uint8_t {
  kKey,       // as key_text() writes them
  kMistyped,  // begins like one: a character is wrong or missing
  kForeign,   // something else
};
KeyForm key_form(std::string_view text);

// What the store keeps and the gateway compares.
inline base::Sha256 key_digest(std::string_view text) {
  return base::sha256(text);
}

}  // namespace pointsman::ledger
