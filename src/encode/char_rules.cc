#include "encode/char_rules.h"

#include <utf8proc.h>

#include <algorithm>
#include <span>

namespace pointsman::encode {
namespace {

struct RoleRange {
  char32_t first;
  char32_t last;
  CharRole role;
};
using enum CharRole;

// Where the reference's old tables differ from Unicode 15: most came later and are unassigned for it, which makes them
// parts of words; a few changed their category (U+166D, U+1734, U+111C9).
constexpr RoleRange kRoles[] = {
    {0x61D, 0x61D, kWord},          {0x7FD, 0x7FD, kWord},     {0x890, 0x891, kWord},
    {0x898, 0x89F, kWord},          {0x8CA, 0x8E2, kWord},     {0x9FD, 0x9FE, kWord},
    {0xA76, 0xA76, kWord},          {0xAFA, 0xAFF, kWord},     {0xB55, 0xB55, kWord},
    {0xC04, 0xC04, kWord},          {0xC3C, 0xC3C, kWord},     {0xC77, 0xC77, kWord},
    {0xC84, 0xC84, kWord},          {0xD00, 0xD00, kWord},     {0xD3B, 0xD3C, kWord},
    {0xD81, 0xD81, kWord},          {0xEBA, 0xEBA, kWord},     {0xECE, 0xECE, kWord},
    {0x166D, 0x166D, kPunctuation}, {0x1734, 0x1734, kAccent}, {0x180F, 0x180F, kWord},
    {0x1885, 0x1886, kWord},        {0x1ABF, 0x1ACE, kWord},   {0x1B7D, 0x1B7E, kWord},
    {0x1DF6, 0x1DFB, kWord},        {0x2E43, 0x2E4F, kWord},   {0x2E52, 0x2E5D, kWord},
    {0xA82C, 0xA82C, kWord},        {0xA8C5, 0xA8C5, kWord},   {0xA8FF, 0xA8FF, kWord},
    {0xA9BD, 0xA9BD, kWord},        {0x10D24, 0x10D27, kWord}, {0x10EAB, 0x10EAD, kWord},
    {0x10EFD, 0x10EFF, kWord},      {0x10F46, 0x10F50, kWord}, {0x10F55, 0x10F59, kWord},
    {0x10F82, 0x10F89, kWord},      {0x11070, 0x11070, kWord}, {0x11073, 0x11074, kWord},
    {0x110C2, 0x110C2, kWord},      {0x110CD, 0x110CD, kWord}, {0x111C9, 0x111C9, kPunctuation},
    {0x111CF, 0x111CF, kWord},      {0x1123E, 0x1123E, kWord}, {0x11241, 0x11241, kWord},
    {0x1133B, 0x1133B, kWord},      {0x11438, 0x1143F, kWord}, {0x11442, 0x11444, kWord},
    {0x11446, 0x11446, kWord},      {0x1144B, 0x1144F, kWord}, {0x1145A, 0x1145E, kWord},
    {0x11660, 0x1166C, kWord},      {0x116B9, 0x116B9, kWord}, {0x1182F, 0x11837, kWord},
    {0x11839, 0x1183B, kWord},      {0x1193B, 0x1193C, kWord}, {0x1193E, 0x1193E, kWord},
    {0x11943, 0x11946, kWord},      {0x119D4, 0x119D7, kWord}, {0x119DA, 0x119DB, kWord},
    {0x119E0, 0x119E0, kWord},      {0x119E2, 0x119E2, kWord}, {0x11A01, 0x11A0A, kWord},
    {0x11A33, 0x11A38, kWord},      {0x11A3B, 0x11A47, kWord}, {0x11A51, 0x11A56, kWord},
    {0x11A59, 0x11A5B, kWord},      {0x11A8A, 0x11A9C, kWord}, {0x11A9E, 0x11AA2, kWord},
    {0x11B00, 0x11B09, kWord},      {0x11C30, 0x11C3F, kWord}, {0x11C41, 0x11C45, kWord},
    {0x11C70, 0x11C71, kWord},      {0x11C92, 0x11CB6, kWord}, {0x11D31, 0x11D47, kWord},
    {0x11D90, 0x11D97, kWord},      {0x11EF3, 0x11EF8, kWord}, {0x11F00, 0x11F4F, kWord},
    {0x11FFF, 0x11FFF, kWord},      {0x12FF1, 0x12FF2, kWord}, {0x13430, 0x13455, kWord},
    {0x16E97, 0x16E9A, kWord},      {0x16F4F, 0x16F4F, kWord}, {0x16FE2, 0x16FE4, kWord},
    {0x1CF00, 0x1CF46, kWord},      {0x1E000, 0x1E02A, kWord}, {0x1E08F, 0x1E08F, kWord},
    {0x1E130, 0x1E136, kWord},      {0x1E2AE, 0x1E2AE, kWord}, {0x1E2EC, 0x1E2EF, kWord},
    {0x1E4EC, 0x1E4EF, kWord},      {0x1E944, 0x1E95F, kWord},
};
// No exception stands below the first or in between: Latin, Greek, Cyrillic and the scripts of East Asia.
constexpr char32_t kFirstException = 0x61D;
constexpr char32_t kGapBegin = 0x2E5E;
constexpr char32_t kGapEnd = 0xA82C;

struct Range {
  char32_t first;
  char32_t last;
};
// Marks that came after Unicode 9: their combining class is 0 for the reference.
constexpr Range kUnordered[] = {
    {0x7FD, 0x7FD},     {0x898, 0x89F},     {0x8CA, 0x8D3},     {0x9FE, 0x9FE},     {0xC3C, 0xC3C},
    {0xD3B, 0xD3C},     {0xEBA, 0xEBA},     {0x1715, 0x1715},   {0x1ABF, 0x1ACE},   {0x1DF6, 0x1DFA},
    {0xA82C, 0xA82C},   {0x10D24, 0x10D27}, {0x10EAB, 0x10EAC}, {0x10EFD, 0x10EFF}, {0x10F46, 0x10F50},
    {0x10F82, 0x10F85}, {0x11070, 0x11070}, {0x1133B, 0x1133B}, {0x1145E, 0x1145E}, {0x11839, 0x1183A},
    {0x1193D, 0x1193E}, {0x11943, 0x11943}, {0x119E0, 0x119E0}, {0x11A34, 0x11A34}, {0x11A47, 0x11A47},
    {0x11A99, 0x11A99}, {0x11D42, 0x11D42}, {0x11D44, 0x11D45}, {0x11D97, 0x11D97}, {0x11F41, 0x11F42},
    {0x16FF0, 0x16FF1}, {0x1E08F, 0x1E08F}, {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF},
    {0x1E4EC, 0x1E4EF},
};

struct CaseRange {
  char32_t first;
  char32_t last;
  std::int32_t offset;  // to the small letter
};
// Capital letters that came after Unicode 15.
constexpr CaseRange kNewCapitals[] = {
    {0x1C89, 0x1C89, 1},      {0xA7CB, 0xA7CB, 0x264 - 0xA7CB},
    {0xA7CC, 0xA7CC, 1},      {0xA7CE, 0xA7CE, 1},
    {0xA7D2, 0xA7D2, 1},      {0xA7D4, 0xA7D4, 1},
    {0xA7DA, 0xA7DA, 1},      {0xA7DC, 0xA7DC, 0x19B - 0xA7DC},
    {0x10D50, 0x10D65, 0x20}, {0x16EA0, 0x16EB8, 0x1B},
};
constexpr char32_t kFirstNewCapital = 0x1C89;

constexpr char32_t kDottedI = 0x130;
constexpr char32_t kDotAbove = 0x307;
constexpr char32_t kLateVowelSign = 0x11938;  // its decomposition came with Unicode 13

template <typename T>
const T* range_of(std::span<const T> ranges, char32_t c) {
  const auto found = std::ranges::lower_bound(ranges, c, {}, &T::last);
  return found != ranges.end() && found->first <= c ? &*found : nullptr;
}

template <typename T>
constexpr bool ascends(std::span<const T> ranges) {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].first > ranges[i].last || (i > 0 && ranges[i].first <= ranges[i - 1].last)) return false;
  }
  return true;
}
static_assert(ascends<RoleRange>(kRoles) && ascends<Range>(kUnordered) && ascends<CaseRange>(kNewCapitals));

// The White_Space property. Most of category Cc is none, and is taken out before anybody asks.
bool is_space(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_ascii_punctuation(char32_t c) {
  return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) || (c >= 0x7B && c <= 0x7E);
}

CharRole role_by_category(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
      return kControl;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
      return kPunctuation;
    case UTF8PROC_CATEGORY_MN:
      return kAccent;
    default:
      return kWord;
  }
}

Chars just(char32_t c) {
  return {{c}, 1};
}

}  // namespace

CharRole role_of(char32_t c) {
  if (is_space(c)) return kSpace;
  if (c < 0x80) return is_ascii_punctuation(c) ? kPunctuation : c < 0x20 || c == 0x7F ? kControl : kWord;
  if (c >= kFirstException && (c < kGapBegin || c >= kGapEnd)) {
    if (const RoleRange* const range = range_of<RoleRange>(kRoles, c)) return range->role;
  }
  return role_by_category(c);
}

bool is_cjk(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

Chars decompose(char32_t c) {
  if (c < 0xC0 || c == kLateVowelSign) return just(c);
  std::array<utf8proc_int32_t, 4> parts{};
  int boundary = 0;
  const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(), parts.size(),
                                             UTF8PROC_DECOMPOSE, &boundary);
  if (count < 1 || static_cast<std::size_t>(count) > parts.size()) return just(c);
  Chars out;
  out.size = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < out.size; ++i) out.chars[i] = static_cast<char32_t>(parts[i]);
  return out;
}

std::uint8_t combining_class(char32_t c) {
  if (c < 0x300) return 0;
  const auto value = utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
  if (value == 0 || range_of<Range>(kUnordered, c) != nullptr) return 0;
  return static_cast<std::uint8_t>(value);
}

Chars lowercase(char32_t c) {
  if (c == kDottedI) return {{U'i', kDotAbove}, 2};
  if (c >= kFirstNewCapital) {
    if (const CaseRange* const range = range_of<CaseRange>(kNewCapitals, c)) {
      return just(static_cast<char32_t>(static_cast<std::int32_t>(c) + range->offset));
    }
  }
  return just(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
}

}  // namespace pointsman::encode
