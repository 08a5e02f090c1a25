// links: pm_encode
// parses: encode/wordpiece encode/vocabulary encode/tokenizer_json
// Any bytes are a text, and any bytes may be a tokenizer.json or a vocab.txt. Up to the first zero byte the input is a
// vocabulary, behind it a text: never more numbers than asked for, every number a piece, the same the second time.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "encode/wordpiece.h"

namespace {

using pointsman::encode::WordPiece;
using pointsman::encode::WordPieceOptions;

constexpr std::string_view kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\nab\n##ab\nthe\n##ing\n!\n你\ne\u0301\n\u302E\n##\u302E\n";

void try_text(const WordPiece& tokenizer, std::string_view text) {
  WordPiece::Work work;
  std::vector<std::uint32_t> all;
  std::vector<std::uint32_t> ids;
  tokenizer.encode(text, 1000, work, all);
  for (const std::uint32_t id : all) {
    if (tokenizer.piece(id).empty()) std::abort();
  }
  tokenizer.encode(text, 1000, work, ids);
  if (ids != all) std::abort();
  for (const std::size_t most : {0U, 1U, 2U, 3U, 7U}) {
    tokenizer.encode(text, most, work, ids);
    if (ids.size() > most) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto uncased = WordPiece::from_vocabulary(kVocabulary, {});
  static const auto raw = WordPiece::from_vocabulary(
      kVocabulary, {.lowercase = false, .strip_accents = false, .clean_text = false, .space_cjk = false});
  static const auto accents = WordPiece::from_vocabulary(kVocabulary, {.lowercase = false, .max_word_chars = 3});
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const auto* const tokenizer : {&uncased, &raw, &accents}) try_text(**tokenizer, input);

  const std::size_t end = std::min(input.find('\0'), input.size());
  const std::string_view text = input.substr(std::min(end + 1, input.size()));
  const WordPieceOptions bare{.unknown = "?", .begin = "", .end = ""};
  for (const auto& own :
       {WordPiece::from_tokenizer_json(input.substr(0, end)), WordPiece::from_vocabulary(input.substr(0, end), bare)}) {
    if (own) try_text(*own, text);
  }
  return 0;
}
