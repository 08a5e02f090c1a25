// wordpiece_parity TOKENIZER CASES...: tokenises every text of the case files and compares with the numbers written
// beside it (see tools/encoder/tokenizer_parity.py). Prints the count and the first differences; fails if there is one.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "encode/wordpiece.h"
#include "json/text.h"

namespace {

using pointsman::encode::WordPiece;

constexpr std::size_t kMostTokens = std::size_t{1} << 20U;
constexpr std::size_t kShown = 20;

std::string read_all(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string from_hex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    out += static_cast<char>(pointsman::json::hex_digit(digits[i]) * 16 + pointsman::json::hex_digit(digits[i + 1]));
  }
  return out;
}

std::string in_words(const std::vector<std::uint32_t>& ids) {
  std::string out;
  for (const std::uint32_t id : ids) out += (out.empty() ? "" : " ") + std::to_string(id);
  return out;
}

struct Tally {
  std::size_t cases = 0;
  std::size_t different = 0;
};

// A line is the text in hexadecimal digits, a tab, and numbers between spaces.
void compare(const WordPiece& tokenizer, std::string_view line, Tally& tally) {
  WordPiece::Work work;
  std::vector<std::uint32_t> ids;
  const std::size_t tab = line.find('\t');
  const std::string text = from_hex(line.substr(0, tab));
  tokenizer.encode(text, kMostTokens, work, ids);
  const std::string ours = in_words(ids);
  const std::string_view expected = line.substr(tab + 1);
  ++tally.cases;
  if (ours == expected) return;
  if (++tally.different > kShown) return;
  std::printf("%.*s: expected %.*s, got %s\n", static_cast<int>(tab), line.data(), static_cast<int>(expected.size()),
              expected.data(), ours.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: wordpiece_parity TOKENIZER CASES...\n", stderr);
    return 2;
  }
  const std::string json = read_all(argv[1]);
  const auto tokenizer = WordPiece::from_tokenizer_json(json);
  if (!tokenizer) {
    std::fprintf(stderr, "%s%s: %s\n", argv[1], tokenizer.error().place().c_str(), tokenizer.error().message().c_str());
    return 2;
  }
  Tally tally;
  for (int i = 2; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    for (std::string line; std::getline(in, line);) {
      if (!line.empty() && line.front() != '#') compare(*tokenizer, line, tally);
    }
  }
  std::printf("%zu texts, %zu different\n", tally.cases, tally.different);
  return tally.different == 0 && tally.cases > 0 ? 0 : 1;
}
