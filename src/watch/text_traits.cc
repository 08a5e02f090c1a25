#include "watch/text_traits.h"

#include <algorithm>
#include <array>

namespace pointsman::watch {
namespace {

constexpr std::size_t kMostLetters = 512;

// The first character of each run of Unicode blocks (Unicode 16, Blocks.txt) and what the run is; to the next.
struct Run {
  char32_t first = 0;
  Script script = Script::kOther;
};
constexpr std::array<Run, 22> kRuns = {
    {{0x0000, Script::kLatin},     {0x0370, Script::kGreek},       {0x0400, Script::kCyrillic},
     {0x0530, Script::kOther},     {0x0590, Script::kRightToLeft}, {0x0900, Script::kIndic},
     {0x0E00, Script::kOther},     {0x1100, Script::kEastAsian},   {0x1200, Script::kOther},
     {0x1C80, Script::kCyrillic},  {0x1C90, Script::kOther},       {0x1E00, Script::kLatin},
     {0x1F00, Script::kGreek},     {0x2000, Script::kOther},       {0x2E80, Script::kEastAsian},
     {0xA000, Script::kOther},     {0xA640, Script::kCyrillic},    {0xA6A0, Script::kOther},
     {0xAC00, Script::kEastAsian}, {0xD800, Script::kOther},       {0x20000, Script::kEastAsian},
     {0x32000, Script::kOther}}};

Script script_of(char32_t c) {
  if (c < kRuns[1].first) return kRuns[0].script;  // most texts
  const auto after = std::ranges::upper_bound(kRuns, c, {}, &Run::first);
  const Script run = std::prev(after)->script;
  if (run != Script::kOther) return run;
  // Stray blocks among others: compatibility ideographs, Arabic presentation forms, half- and full-width forms.
  if (c >= 0xF900 && c < 0xFB00) return Script::kEastAsian;
  if ((c >= 0xFB1D && c < 0xFE00) || (c >= 0xFE70 && c < 0xFF00)) return Script::kRightToLeft;
  if (c >= 0xFF66 && c < 0xFFDD) return Script::kEastAsian;
  return Script::kOther;
}

Script most_frequent_script(const text::Tokens& tokens) {
  std::array<std::size_t, kScripts> letters{};
  std::size_t seen = 0;
  for (const text::Token& token : tokens.tokens) {
    const bool written = token.kind == text::TokenKind::kWord || token.kind == text::TokenKind::kIdeograph;
    if (!written) continue;
    for (std::uint32_t i = token.begin; i < token.end; ++i) {
      if (++seen > kMostLetters) break;
      ++letters[static_cast<std::size_t>(script_of(tokens.chars[i]))];
    }
  }
  const auto most = std::ranges::max_element(letters);
  return *most == 0 ? Script::kNone : static_cast<Script>(most - letters.begin());
}

}  // namespace

TextTraits traits_of(const text::Tokens& tokens) {
  const text::Shape& shape = tokens.shape;
  const auto is_number = [](const text::Token& token) { return token.kind == text::TokenKind::kNumber; };
  return {.bytes = shape.bytes,
          .code = shape.fences > 0 || shape.code_ends > 1,
          .digits = std::ranges::any_of(tokens.tokens, is_number),
          .list = shape.list_items + shape.options > 1,
          .script = most_frequent_script(tokens)};
}

}  // namespace pointsman::watch
