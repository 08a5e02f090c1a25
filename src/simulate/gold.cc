#include "simulate/gold.h"

#include "base/hash.h"
#include "text/tokens.h"

namespace pointsman::simulate {

std::vector<std::uint64_t> words_of(std::string_view text) {
  thread_local text::Tokens tokens;
  text::tokenize(text, tokens);
  std::vector<std::uint64_t> out;
  out.reserve(tokens.tokens.size());
  for (const text::Token& token : tokens.tokens) {
    const char32_t* const begin = tokens.chars.data() + token.begin;
    // The bytes are this machine's; every machine we build for is little-endian.
    out.push_back(base::xxh3({reinterpret_cast<const char*>(begin), (token.end - token.begin) * sizeof(char32_t)}));
  }
  return out;
}

std::string spoken_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool gap = c == '_' || c == '-' || c == '.' || static_cast<unsigned char>(c) <= ' ';
    if (!gap) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace pointsman::simulate
