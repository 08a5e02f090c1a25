// token_ids ENCODING: reads texts from standard input, each a length (32 bits, little endian) and its bytes, and writes
// for each the number of its tokens and their ids, all as 32 bits. Fails when counting and encoding disagree.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "text/bpe.h"
#include "vocabulary/vocabulary.h"

namespace {

bool read_number(std::uint32_t& value) {
  unsigned char bytes[4];
  if (std::fread(bytes, 1, 4, stdin) != 4) return false;
  value = bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8 | static_cast<std::uint32_t>(bytes[2]) << 16 |
          static_cast<std::uint32_t>(bytes[3]) << 24;
  return true;
}

void write_number(std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) std::putchar(static_cast<int>(value >> shift & 0xFFU));
}

}  // namespace

int main(int argc, char** argv) {
  const auto vocabulary = pointsman::vocabulary::open(argc == 2 ? argv[1] : "");
  if (!vocabulary) {
    std::fprintf(stderr, "%s\n", vocabulary.error().message().c_str());
    return 2;
  }
  pointsman::text::TokenCounter counter(*vocabulary);
  std::vector<std::uint32_t> ids;
  std::string text;
  for (std::uint32_t size = 0; read_number(size);) {
    text.resize(size);
    if (std::fread(text.data(), 1, size, stdin) != size) {
      std::fputs("a text is cut short\n", stderr);
      return 1;
    }
    counter.encode(text, ids);
    if (counter.count(text) != ids.size()) {
      std::fputs("counting and encoding disagree\n", stderr);
      return 1;
    }
    write_number(static_cast<std::uint32_t>(ids.size()));
    for (const std::uint32_t id : ids) write_number(id);
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
