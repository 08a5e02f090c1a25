#include "text/char_codes.h"

#include <array>
#include <string_view>

namespace pointsman::text {
namespace {

constexpr std::uint8_t kFirstDigitCode = kFirstLetterCode + 26;
constexpr std::uint8_t kFirstSignCode = kFirstDigitCode + 10;
constexpr std::string_view kSigns = "?.,'-$!/%:\"";
constexpr std::uint8_t kOtherAscii = kFirstSignCode + static_cast<std::uint8_t>(kSigns.size());
constexpr std::uint8_t kFirstShared = kOtherAscii + 1;
constexpr std::uint32_t kShared = kCharCodes - kFirstShared;

constexpr std::array<std::uint8_t, 128> make_ascii() {
  std::array<std::uint8_t, 128> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    if (c >= 'a' && c <= 'z') {
      table[c] = static_cast<std::uint8_t>(kFirstLetterCode + (c - 'a'));
    } else if (c >= '0' && c <= '9') {
      table[c] = static_cast<std::uint8_t>(kFirstDigitCode + (c - '0'));
    } else {
      table[c] = kOtherAscii;
    }
  }
  for (std::size_t i = 0; i < kSigns.size(); ++i) {
    table[static_cast<std::size_t>(kSigns[i])] = static_cast<std::uint8_t>(kFirstSignCode + i);
  }
  return table;
}
constexpr std::array<std::uint8_t, 128> kAscii = make_ascii();

std::uint8_t code_of(char32_t c) {
  if (c < 128) return kAscii[c];
  return static_cast<std::uint8_t>(kFirstShared + static_cast<std::uint32_t>(c) * 0x9E3779B1U % 65521U % kShared);
}

}  // namespace

void char_codes(const Tokens& tokens, std::vector<std::uint8_t>& out) {
  out.assign(kCodeMargin, kOutside);
  for (const Token& token : tokens.tokens) {
    if (!token.glued || out.size() == kCodeMargin) out.push_back(kSpaceCode);
    for (std::uint32_t i = token.begin; i < token.end; ++i) out.push_back(code_of(tokens.chars[i]));
  }
  if (out.size() > kCodeMargin + kMaxCodes) {
    const auto begin = out.begin() + static_cast<std::ptrdiff_t>(kCodeMargin + kMaxCodes / 2);
    out.erase(begin, out.end() - static_cast<std::ptrdiff_t>(kMaxCodes / 2));
  }
  out.push_back(kSpaceCode);
  out.insert(out.end(), kCodeMargin, kOutside);
}

}  // namespace pointsman::text
