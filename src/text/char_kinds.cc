#include "text/char_kinds.h"

#include <utf8proc.h>

#include <algorithm>
#include <map>

namespace pointsman::text {
namespace {

struct Range {
  char32_t first = 0;
  char32_t last = 0;
  std::uint8_t kind = kSymbol;
};

// Letters, marks and numbers assigned by Unicode 15.1 and 16 (DerivedGeneralCategory-16.0.0.txt against 15.0.0).
constexpr auto kAdded = std::to_array<Range>({
    {0x897, 0x897, kMark},         {0x1C89, 0x1C89, kUpper},      {0x1C8A, 0x1C8A, kLower},
    {0xA7CB, 0xA7CC, kUpper},      {0xA7CD, 0xA7CD, kLower},      {0xA7DA, 0xA7DA, kUpper},
    {0xA7DB, 0xA7DB, kLower},      {0xA7DC, 0xA7DC, kUpper},      {0x105C0, 0x105F3, kCaseless},
    {0x10D40, 0x10D49, kNumber},   {0x10D4A, 0x10D4F, kCaseless}, {0x10D50, 0x10D65, kUpper},
    {0x10D69, 0x10D6D, kMark},     {0x10D6F, 0x10D6F, kCaseless}, {0x10D70, 0x10D85, kLower},
    {0x10EC2, 0x10EC4, kCaseless}, {0x10EFC, 0x10EFC, kMark},     {0x11380, 0x11389, kCaseless},
    {0x1138B, 0x1138B, kCaseless}, {0x1138E, 0x1138E, kCaseless}, {0x11390, 0x113B5, kCaseless},
    {0x113B7, 0x113B7, kCaseless}, {0x113B8, 0x113C0, kMark},     {0x113C2, 0x113C2, kMark},
    {0x113C5, 0x113C5, kMark},     {0x113C7, 0x113CA, kMark},     {0x113CC, 0x113D0, kMark},
    {0x113D1, 0x113D1, kCaseless}, {0x113D2, 0x113D2, kMark},     {0x113D3, 0x113D3, kCaseless},
    {0x113E1, 0x113E2, kMark},     {0x116D0, 0x116E3, kNumber},   {0x11BC0, 0x11BE0, kCaseless},
    {0x11BF0, 0x11BF9, kNumber},   {0x11F5A, 0x11F5A, kMark},     {0x13460, 0x143FA, kCaseless},
    {0x16100, 0x1611D, kCaseless}, {0x1611E, 0x1612F, kMark},     {0x16130, 0x16139, kNumber},
    {0x16D40, 0x16D6C, kCaseless}, {0x16D70, 0x16D79, kNumber},   {0x18CFF, 0x18CFF, kCaseless},
    {0x1CCF0, 0x1CCF9, kNumber},   {0x1E5D0, 0x1E5ED, kCaseless}, {0x1E5EE, 0x1E5EF, kMark},
    {0x1E5F0, 0x1E5F0, kCaseless}, {0x1E5F1, 0x1E5FA, kNumber},   {0x2EBF0, 0x2EE5D, kCaseless},
});

// White_Space of PropList.txt beyond ASCII.
constexpr auto kSpaces = std::to_array<Range>({
    {0x85, 0x85, kSpace},
    {0xA0, 0xA0, kSpace},
    {0x1680, 0x1680, kSpace},
    {0x2000, 0x200A, kSpace},
    {0x2028, 0x2029, kSpace},
    {0x202F, 0x202F, kSpace},
    {0x205F, 0x205F, kSpace},
    {0x3000, 0x3000, kSpace},
});

std::uint8_t ascii_kind(unsigned c) {
  if (c >= 'A' && c <= 'Z') return kUpper;
  if (c >= 'a' && c <= 'z') return kLower;
  if (c >= '0' && c <= '9') return kNumber;
  if (c == '\n' || c == '\r') return kLineEnd;
  return c == ' ' || (c >= '\t' && c <= '\r') ? kSpace : kSymbol;
}

std::uint8_t category_kind(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
      return kUpper;
    case UTF8PROC_CATEGORY_LL:
      return kLower;
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return kCaseless;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return kMark;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return kNumber;
    default:
      return kSymbol;
  }
}

// Planes 4 to 13 are unassigned, 15 and 16 for private use.
bool is_plane_of_symbols(char32_t c) {
  return (c >= 0x40000 && c < 0xE0000) || c >= 0xF0000;
}

std::vector<std::uint8_t> kinds_by_code_point() {
  std::vector<std::uint8_t> kinds(0x110000, kSymbol);
  for (char32_t c = 0; c < kinds.size(); ++c) {
    if (c < 0x80) {
      kinds[c] = ascii_kind(c);
    } else if (!is_plane_of_symbols(c)) {
      kinds[c] = category_kind(c);
    }
  }
  const auto fill = [&kinds](const Range& range) {
    for (char32_t c = range.first; c <= range.last; ++c) kinds[c] = range.kind;
  };
  std::ranges::for_each(kSpaces, fill);
  std::ranges::for_each(kAdded, fill);
  return kinds;
}

}  // namespace

CharKinds::CharKinds() {
  const std::vector<std::uint8_t> all = kinds_by_code_point();
  std::map<std::vector<std::uint8_t>, std::uint32_t> known;
  for (std::size_t block = 0; block < block_of_.size(); ++block) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(block * kBlockSize);
    std::vector<std::uint8_t> kinds(begin, begin + kBlockSize);
    const auto [place, is_new] = known.emplace(std::move(kinds), static_cast<std::uint32_t>(kinds_.size()));
    if (is_new) kinds_.insert(kinds_.end(), place->first.begin(), place->first.end());
    block_of_[block] = place->second;
  }
  std::copy_n(all.begin(), 128, ascii_.begin());
}

const CharKinds& CharKinds::instance() {
  static const CharKinds kinds;
  return kinds;
}

}  // namespace pointsman::text
