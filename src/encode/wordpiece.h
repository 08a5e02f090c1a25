// The tokenizer of BERT and its kin: text to the numbers of word pieces.
//
// Cleaning, CJK spacing, lower-casing with accents stripped, splitting at white space and punctuation, then the longest
// known piece first, "##" marking those inside a word (Devlin et al. 2018; Schuster and Nakajima 2012). Gives the ids
// that the reference implementation (the Rust library `tokenizers`) gives. Immutable, shared by all threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/vocabulary.h"

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

// What a model's other files say instead of its tokenizer.json; nothing where they are silent.
struct WordPieceOverrides {
  std::optional<bool> lowercase;
  std::optional<bool> space_cjk;
  std::optional<std::optional<bool>> strip_accents;  // none inside: as `lowercase`
};

// A piece that is found in a text as it is written, before anything else is done to the text.
struct AddedToken {
  std::string text;
  std::uint32_t id = 0;
};

class WordPiece {
 public:
  static constexpr std::size_t kMaxWordChars = 1000;

  // `vocab.txt`: one piece a line, its number the line's. Of the usual special tokens, those that the vocabulary has
  // are found in texts. Fails with kInvalidArgument naming the line, or the piece that is there twice.
  static base::Result<WordPiece> from_vocabulary(std::string_view vocab_txt, const WordPieceOptions& options);
  // `tokenizer.json` with model type WordPiece and a BertNormalizer; anything else is refused, naming the JSON pointer
  // of what is not supported.
  static base::Result<WordPiece> from_tokenizer_json(std::string_view json, const WordPieceOverrides& overrides = {});
  // From its parts; the vocabulary is not indexed yet. kInvalidArgument if a token of the options is in neither list.
  static base::Result<WordPiece> assemble(Vocabulary vocabulary, const WordPieceOptions& options,
                                          std::vector<AddedToken> added);

  // The same tokenizer adding nothing before and after a text.
  WordPiece without_ends() const;

  // Replaces `ids` by the numbers of at most `max_tokens` tokens, begin and end included: a longer text loses its end.
  // Linear in the bytes it reads, which are bounded by `max_tokens`: of a text that goes on for longer than as many of
  // the longest words, nearly all of them white space or a few endless words, the rest is not read. `work` is kept
  // between calls to spare allocations.
  struct Mark {
    char32_t value = 0;
    std::uint8_t combining_class = 0;
  };
  struct Work {
    std::string word;
    std::vector<std::uint32_t> pieces;
    std::vector<Mark> marks;
  };
  void encode(std::string_view text, std::size_t max_tokens, Work& work, std::vector<std::uint32_t>& ids) const;

  std::size_t size() const { return size_; }       // pieces in the vocabulary
  std::string_view piece(std::uint32_t id) const;  // empty if there is none
  const WordPieceOptions& options() const { return options_; }
  std::uint32_t unknown() const { return unknown_; }

 private:
  class Run;
  enum class ByteKind : std::uint8_t { kLetter, kSpace, kPunctuation, kDropped, kBeyondAscii };
  void classify_bytes();
  // What a character comes to when that is one character of a word, whatever stands around it; kGone if it leaves
  // nothing behind; 0 for all others.
  char16_t simplify(char32_t c) const;
  std::uint32_t find(std::string_view token) const;
  // The added token that stands at the beginning of `rest`, the longest; null if none does.
  const AddedToken* added_at(std::string_view rest) const;

  Vocabulary vocabulary_;
  WordPieceOptions options_;
  std::vector<AddedToken> added_;  // the longest first
  std::size_t size_ = 0;
  std::uint32_t unknown_ = 0;
  std::uint32_t begin_ = Vocabulary::kNone;
  std::uint32_t end_ = Vocabulary::kNone;
  // For each byte: what it adds to a word when it does that and nothing else, otherwise 0; and what else it does.
  std::array<char, 256> plain_{};
  std::array<ByteKind, 256> kinds_{};
  std::array<bool, 256> may_be_added_{};
  // simplify() of the first code points: nearly all letters but those of East Asia.
  static constexpr std::size_t kSimplified = 0x3000;
  static constexpr char16_t kGone = 0xFFFF;
  std::vector<char16_t> simple_;
};

}  // namespace pointsman::encode
