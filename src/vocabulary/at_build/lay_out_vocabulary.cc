// Makes the tables of a vocabulary while the program is built: lay_out_vocabulary ENCODING TOKENS.tiktoken TABLES.
//
// A line of the input is a token in base64, a space and its rank; ranks count up from 0 (tiktoken/load.py).
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/bpe_packing.h"
#include "text/bpe_tables.h"

namespace {

using pointsman::text::Splitting;

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// Base64 (RFC 4648, section 4). False for anything else.
bool decode(std::string_view digits, std::string& out) {
  out.clear();
  if (digits.empty() || digits.size() % 4 != 0) return false;
  while (digits.ends_with('=')) digits.remove_suffix(1);
  unsigned bits = 0;
  int held = 0;
  for (const char c : digits) {
    const int value = value_of(c);
    if (value < 0) return false;
    bits = bits << 6 | static_cast<unsigned>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFFU);
  }
  return true;
}

bool read_line(std::string_view line, std::size_t rank, std::string& token) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !decode(line.substr(0, space), token)) return false;
  std::size_t written = 0;
  const char* const end = line.data() + line.size();
  const auto [behind, error] = std::from_chars(line.data() + space + 1, end, written);
  return error == std::errc() && behind == end && written == rank;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view encoding = argc == 4 ? argv[1] : "";
  if (encoding != "o200k_base" && encoding != "cl100k_base") {
    std::fputs("usage: lay_out_vocabulary o200k_base|cl100k_base TOKENS.tiktoken TABLES\n", stderr);
    return 2;
  }
  std::ifstream file(argv[2], std::ios::binary);
  std::vector<std::string> tokens;
  std::string token;
  for (std::string line; std::getline(file, line);) {
    if (!read_line(line, tokens.size(), token)) {
      std::fprintf(stderr, "%s:%zu: not a token and its rank\n", argv[2], tokens.size() + 1);
      return 1;
    }
    tokens.push_back(token);
  }
  const auto splitting = encoding == "o200k_base" ? Splitting::kO200k : Splitting::kCl100k;
  const auto packed = pointsman::text::pack_bpe(tokens, splitting);
  if (!packed) {
    std::fprintf(stderr, "%s: %s\n", argv[2], packed.error().message().c_str());
    return 1;
  }
  const auto block = pointsman::text::lay_out_bpe(std::as_bytes(std::span(*packed)));
  if (!block) {
    std::fprintf(stderr, "%s: %s\n", argv[2], block.error().message().c_str());
    return 1;
  }
  std::ofstream out(argv[3], std::ios::binary);
  out.write(reinterpret_cast<const char*>(block->data()),
            static_cast<std::streamsize>(block->size() * sizeof(std::uint64_t)));
  return out.flush() ? 0 : 1;
}
