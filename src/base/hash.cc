#include "base/hash.h"

#include <openssl/sha.h>
#include <xxhash.h>

#include <array>
#include <initializer_list>
#include <tuple>

namespace pointsman::base {
namespace {

// SHA-256 of parts, by the functions of libcrypto that keep their state on the stack: those of EVP allocate and free
// one for each digest, which costs several times what the digest of a key does.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
Sha256 digest_of(std::initializer_list<std::string_view> parts) {
  Sha256 digest{};
  SHA256_CTX state;
  SHA256_Init(&state);
  for (const std::string_view part : parts) SHA256_Update(&state, part.data(), part.size());
  SHA256_Final(digest.data(), &state);
  return digest;
}
#pragma clang diagnostic pop

}  // namespace

std::uint64_t xxh3(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Sha256 sha256(std::string_view bytes) {
  return digest_of({bytes});
}

Sha256 sha256_around(std::string_view bytes, std::size_t hole) {
  static constexpr std::array<char, std::tuple_size_v<Sha256>> kZeros{};
  return digest_of({bytes.substr(0, hole), {kZeros.data(), kZeros.size()}, bytes.substr(hole + kZeros.size())});
}

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view digits) {
  const auto value = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = value(digits[i]);
    const int low = value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  const Sha256 digest = sha256(bytes);
  std::string raw(digest.begin(), digest.end());
  return to_hex(raw);
}

}  // namespace pointsman::base
