#include "ledger/key_text.h"

#include <algorithm>
#include <array>
#include <string>

namespace pointsman::ledger {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr unsigned kBase = 62;
constexpr std::size_t kSecretDigits = 43;   // 62^43 > 2^256
constexpr std::size_t kChecksumDigits = 6;  // 62^6 > 2^32
static_assert(kDigits.size() == kBase);
static_assert(kKeyPrefix.size() + kSecretDigits + kChecksumDigits == kKeyTextBytes);

// CRC-32/ISO-HDLC: polynomial 0x04c11db7, reflected, as in ITU-T V.42.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xedb88320U : 0U);
    table[byte] = rest;
  }
  return table;
}();

constexpr std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t rest = 0xffff'ffffU;
  for (const char one : bytes) rest = (rest >> 8) ^ kCrcTable[(rest ^ static_cast<unsigned char>(one)) & 0xff];
  return ~rest;
}
static_assert(crc32("123456789") == 0xcbf43926U);  // the check value of the catalogue of CRC algorithms

// The digits of a number given as bytes, most significant first, into all of `out`. Divides the number away.
void write_digits(std::span<unsigned char> number, std::span<char> out) {
  for (std::size_t at = out.size(); at-- > 0;) {
    unsigned rest = 0;
    for (unsigned char& byte : number) {
      const unsigned value = rest << 8 | byte;
      byte = static_cast<unsigned char>(value / kBase);
      rest = value % kBase;
    }
    out[at] = kDigits[rest];
  }
}

std::array<char, kChecksumDigits> checksum(std::string_view text) {
  const std::uint32_t sum = crc32(text);
  std::array<unsigned char, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(sum >> (24 - 8 * i));
  std::array<char, kChecksumDigits> digits{};
  write_digits(bytes, digits);
  return digits;
}

bool is_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

base::Secret key_text(std::span<const unsigned char, kKeyRandomBytes> random) {
  std::array<unsigned char, kKeyRandomBytes> number{};
  std::ranges::copy(random, number.begin());
  std::string text(kKeyTextBytes, '\0');
  std::ranges::copy(kKeyPrefix, text.begin());
  write_digits(number, std::span(text).subspan(kKeyPrefix.size(), kSecretDigits));
  const std::size_t summed = kKeyPrefix.size() + kSecretDigits;
  std::ranges::copy(checksum(std::string_view(text).substr(0, summed)),
                    text.begin() + static_cast<std::ptrdiff_t>(summed));
  return base::Secret(std::move(text));
}

KeyForm key_form(std::string_view text) {
  if (!text.starts_with(kKeyPrefix)) return KeyForm::kForeign;
  if (text.size() != kKeyTextBytes) return KeyForm::kMistyped;
  if (!std::ranges::all_of(text.substr(kKeyPrefix.size()), is_digit)) return KeyForm::kMistyped;
  const auto sum = checksum(text.substr(0, kKeyTextBytes - kChecksumDigits));
  return text.ends_with(std::string_view(sum.data(), sum.size())) ? KeyForm::kKey : KeyForm::kMistyped;
}

}  // namespace pointsman::ledger
