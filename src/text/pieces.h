// Where a text is cut before byte-pair merging: the pieces that the patterns of cl100k_base and o200k_base match.
//
// A scanner written by hand for each, equal to the regular expressions in tiktoken 0.14 (tiktoken_ext/openai_public.py;
// its cl100k_base keeps white space at the end of a text together, which older copies of the pattern do not). Every
// character is looked at a bounded number of times. Pure, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace pointsman::text {

enum class Splitting : std::uint8_t { kCl100k = 1, kO200k = 2 };

// The end of the piece that begins at `begin`. [begin, end) is valid UTF-8 and not empty.
template <Splitting>
const char* piece_end(const char* begin, const char* end);

extern template const char* piece_end<Splitting::kCl100k>(const char* begin, const char* end);
extern template const char* piece_end<Splitting::kO200k>(const char* begin, const char* end);

}  // namespace pointsman::text
