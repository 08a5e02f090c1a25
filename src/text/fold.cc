#include "text/fold.h"

#include <utf8proc.h>

namespace pointsman::text {
namespace {

bool is_ideograph(char32_t c) {
  return (c >= 0x2E80 && c <= 0x2FDF) || (c >= 0x3041 && c <= 0x30FF && c != 0x30FB) || (c >= 0x3105 && c <= 0x312F) ||
         (c >= 0x31F0 && c <= 0x31FF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

bool is_hangul_syllable(char32_t c) {
  return c >= 0xAC00 && c <= 0xD7A3;
}
bool is_diacritic(char32_t c) {
  return c >= 0x0300 && c <= 0x036F;
}
bool is_variation_selector(char32_t c) {
  return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}

CharClass class_of(char32_t c) {
  if (c < 128) return fold_ascii(c).kind;
  if (is_ideograph(c)) return CharClass::kIdeograph;
  if (is_diacritic(c) || is_variation_selector(c)) return CharClass::kIgnored;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return CharClass::kLetter;
    case UTF8PROC_CATEGORY_ND:
      return CharClass::kDigit;
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ME:
      return CharClass::kIgnored;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
      return CharClass::kSpace;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
      return CharClass::kPunctuation;
    default:
      return CharClass::kSymbol;
  }
}

void append(Folded& out, char32_t c) {
  const CharClass kind = class_of(c);
  if (kind == CharClass::kIgnored || out.size == out.chars.size()) return;
  out.chars[out.size++] = {kind == CharClass::kSpace ? U' ' : c, kind};
}

}  // namespace

Folded fold(char32_t c) {
  Folded out;
  if (c < 128) {
    out.chars[0] = fold_ascii(c);
    out.size = 1;
    return out;
  }
  if (is_hangul_syllable(c)) {
    append(out, c);
    return out;
  }
  std::array<utf8proc_int32_t, 18> parts{};
  int boundary = 0;
  const auto count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), parts.data(), parts.size(),
      static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD), &boundary);
  if (count < 0 || static_cast<std::size_t>(count) > parts.size()) {
    append(out, c);
    return out;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) append(out, static_cast<char32_t>(parts[i]));
  return out;
}

}  // namespace pointsman::text
