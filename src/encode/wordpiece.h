// The tokenizer of BERT and its kin: text to the numbers of word pieces.
//
// Cleaning, CJK spacing, lower-casing with accents stripped, splitting at white space and punctuation, then the longest
// known piece first, "##" marking those inside a word (Devlin et al. 2018; Schuster and Nakajima 2012). Gives the ids
// that the reference implementation (the Rust library `tokenizers`) gives. Immutable, shared by all threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pointsman::encode {

struct WordPieceOptions {
  bool lowercase = true;
  bool strip_accents = true;
  bool clean_text = true;
  bool space_cjk = true;
  std::size_t max_word_chars = 100;  // a longer word is unknown
  std::string unknown = "[UNK]";
  std::string prefix = "##";
  std::string begin = "[CLS]";  // added before and after every text; empty: none
  std::string end = "[SEP]";
};

class WordPiece {
 public:
  // `vocab.txt`: one piece a line, its number the line's. Fails with kInvalidArgument naming the line.
  static base::Result<WordPiece> from_vocabulary(std::string_view vocab_txt, const WordPieceOptions& options);
  // `tokenizer.json` with model type WordPiece and a BertNormalizer; anything else is refused, naming the JSON pointer
  // of what is not supported.
  static base::Result<WordPiece> from_tokenizer_json(std::string_view json);

  // Replaces `ids` by the numbers of at most `max_tokens` tokens, begin and end included: a longer text loses its end.
  // Linear in the bytes it reads, which are bounded by `max_tokens`. `work` is kept between calls to spare allocations.
  struct Work {
    std::string word;
    std::vector<std::uint32_t> pieces;
  };
  void encode(std::string_view text, std::size_t max_tokens, Work& work, std::vector<std::uint32_t>& ids) const;

  std::size_t size() const;                        // pieces in the vocabulary
  std::string_view piece(std::uint32_t id) const;  // empty if there is none
  const WordPieceOptions& options() const;
};

}  // namespace pointsman::encode
