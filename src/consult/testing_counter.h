// A token counter for tests: deterministic, and its counts of lines add up as those of real vocabularies do.
//
// A word with the space before it is one token for every eight letters begun, digits count by threes, every other
// character counts for itself. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "consult/token_count.h"

namespace pointsman::consult {

inline std::size_t count_for_tests(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t begin = i;
    if (text[i] == ' ' && i + 1 < text.size() && letter(text[i + 1])) begin = ++i;
    while (i < text.size() && letter(text[i])) ++i;
    if (i > begin) {
      tokens += (i - begin + 7) / 8;
      continue;
    }
    while (i < text.size() && digit(text[i])) ++i;
    tokens += i > begin ? (i - begin + 2) / 3 : 1;
    if (i == begin) ++i;
  }
  return tokens;
}

inline Counters counters_for_tests() {
  return {count_for_tests, count_for_tests};
}

}  // namespace pointsman::consult
