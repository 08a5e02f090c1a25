#include "encode/wordpiece.h"

#include <algorithm>

#include "encode/char_rules.h"
#include "json/text.h"
#include "text/utf8.h"

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxAdded = 1024;
constexpr std::string_view kUsualTokens[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

std::unexpected<base::Error> at_line(std::size_t line, std::string message) {
  return base::fail(base::Error(ErrorCode::kInvalidArgument, std::move(message)).at("line " + std::to_string(line)));
}

std::size_t append_utf8(char32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  const std::size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (std::size_t i = length - 1; i > 0; --i, c >>= 6U) out[i] = static_cast<char>(0x80U | (c & 0x3FU));
  constexpr unsigned kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  out[0] = static_cast<char>(kLead[length] | c);
  return length;
}

}  // namespace

Result<WordPiece> WordPiece::from_vocabulary(std::string_view vocab_txt, const WordPieceOptions& options) {
  Vocabulary vocabulary;
  std::uint32_t id = 0;
  while (!vocab_txt.empty()) {
    const std::size_t end = std::min(vocab_txt.find('\n'), vocab_txt.size());
    std::string_view line = vocab_txt.substr(0, end);
    vocab_txt.remove_prefix(std::min(end + 1, vocab_txt.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (json::find_invalid_utf8(line) != std::string_view::npos) return at_line(id + 1, "is not UTF-8");
    if (const auto added = vocabulary.add(line, id); !added) return at_line(id + 1, added.error().message());
    ++id;
  }
  std::vector<AddedToken> added;
  PM_CHECK(vocabulary.index(options.prefix));
  for (const std::string_view token : kUsualTokens) {
    const std::uint32_t known = vocabulary.find(token);
    if (known != Vocabulary::kNone) added.push_back({std::string(token), known});
  }
  return assemble(std::move(vocabulary), options, std::move(added));
}

Result<WordPiece> WordPiece::assemble(Vocabulary vocabulary, const WordPieceOptions& options,
                                      std::vector<AddedToken> added) {
  if (options.max_word_chars == 0 || options.max_word_chars > kMaxWordChars) {
    return base::fail(ErrorCode::kInvalidArgument,
                      "the longest word has 1 to " + std::to_string(kMaxWordChars) + " characters");
  }
  if (added.size() > kMaxAdded) {
    return base::fail(ErrorCode::kTooLarge, "more than " + std::to_string(kMaxAdded) + " added tokens");
  }
  WordPiece out;
  PM_CHECK(vocabulary.index(options.prefix));
  out.vocabulary_ = std::move(vocabulary);
  out.options_ = options;
  out.added_ = std::move(added);
  std::ranges::sort(out.added_, std::greater<>(), [](const AddedToken& token) { return token.text.size(); });
  out.size_ = out.vocabulary_.size();
  for (const AddedToken& token : out.added_) out.size_ = std::max<std::size_t>(out.size_, token.id + 1);
  const auto resolve = [&](const std::string& token, std::uint32_t& id) -> Result<void> {
    id = out.find(token);
    if (id != Vocabulary::kNone) return {};
    return base::fail(ErrorCode::kInvalidArgument, "the vocabulary has no '" + token + "'");
  };
  PM_CHECK(resolve(options.unknown, out.unknown_));
  if (!options.begin.empty()) PM_CHECK(resolve(options.begin, out.begin_));
  if (!options.end.empty()) PM_CHECK(resolve(options.end, out.end_));
  out.classify_bytes();
  out.simple_.resize(kSimplified);
  for (char32_t c = 0x80; c < kSimplified; ++c) out.simple_[c] = out.simplify(c);
  return out;
}

WordPiece WordPiece::without_ends() const {
  WordPiece out = *this;
  out.begin_ = out.end_ = Vocabulary::kNone;
  out.options_.begin.clear();
  out.options_.end.clear();
  return out;
}

std::uint32_t WordPiece::find(std::string_view token) const {
  const std::uint32_t id = vocabulary_.find(token);
  if (id != Vocabulary::kNone) return id;
  const auto found = std::ranges::find(added_, token, &AddedToken::text);
  return found == added_.end() ? Vocabulary::kNone : found->id;
}

std::string_view WordPiece::piece(std::uint32_t id) const {
  const std::string_view known = vocabulary_.piece(id);
  if (!known.empty()) return known;
  const auto found = std::ranges::find(added_, id, &AddedToken::id);
  return found == added_.end() ? std::string_view() : found->text;
}

void WordPiece::classify_bytes() {
  for (std::size_t byte = 0; byte < 256; ++byte) kinds_[byte] = ByteKind::kBeyondAscii;
  for (char32_t c = 0; c < 0x80; ++c) {
    const CharRole role = role_of(c);
    if (options_.clean_text && is_cleaned_away(c, role)) {
      kinds_[c] = ByteKind::kDropped;
    } else if (role == CharRole::kSpace) {
      kinds_[c] = ByteKind::kSpace;
    } else if (role == CharRole::kPunctuation) {
      kinds_[c] = ByteKind::kPunctuation;
    } else {
      kinds_[c] = ByteKind::kLetter;
      plain_[c] = static_cast<char>(options_.lowercase && c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
  }
  for (const AddedToken& token : added_) {
    const auto first = static_cast<unsigned char>(token.text.front());
    may_be_added_[first] = true;
    plain_[first] = 0;
  }
}

char16_t WordPiece::simplify(char32_t c) const {
  const CharRole role = role_of(c);
  if (options_.clean_text && is_cleaned_away(c, role)) return kGone;
  if (role == CharRole::kSpace || (options_.space_cjk && is_cjk(c))) return 0;
  const Chars parts = options_.strip_accents ? decompose(c) : Chars{{c}, 1};
  char16_t out = kGone;
  for (std::size_t i = 0; i < parts.size; ++i) {
    const char32_t part = parts.chars[i];
    const bool ordered = options_.strip_accents && combining_class(part) != 0;
    const bool stripped = options_.strip_accents && role_of(part) == CharRole::kAccent;
    if (ordered && stripped) continue;
    if (ordered || stripped || out != kGone) return 0;
    const Chars small = options_.lowercase ? lowercase(part) : Chars{{part}, 1};
    const CharRole becomes = role_of(small.chars[0]);
    if (small.size != 1 || small.chars[0] >= kGone) return 0;
    if (becomes == CharRole::kSpace || becomes == CharRole::kPunctuation) return 0;
    out = static_cast<char16_t>(small.chars[0]);
  }
  return out;
}

const AddedToken* WordPiece::added_at(std::string_view rest) const {
  const auto found =
      std::ranges::find_if(added_, [&](const AddedToken& token) { return rest.starts_with(token.text); });
  return found == added_.end() ? nullptr : &*found;
}

// One text on its way through the tokenizer. The word being read stands in work.word, its hash beside it; marks that
// still may change their order wait in work.marks.
class WordPiece::Run {
 public:
  Run(const WordPiece& tokenizer, Work& work, std::vector<std::uint32_t>& ids, std::size_t limit)
      : tokenizer_(tokenizer), options_(tokenizer.options_), work_(work), ids_(ids), limit_(limit) {
    // One character more than a word may have, so that one may be written before it is counted.
    if (work_.word.size() < (options_.max_word_chars + 1) * 4) work_.word.resize((options_.max_word_chars + 1) * 4);
    work_.marks.clear();
  }

  void read(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && ids_.size() < limit_) {
      at = read_plain(text, at);
      if (at == text.size()) break;
      at += read_other(text.substr(at));
    }
    end_word();
  }

 private:
  // Bytes that only make the word longer: nearly all of an English text.
  std::size_t read_plain(std::string_view text, std::size_t at) {
    const auto plain = [&](std::size_t i) { return tokenizer_.plain_[static_cast<unsigned char>(text[i])]; };
    char next = plain(at);
    if (next == 0) return at;
    if (!work_.marks.empty()) place_marks();
    char* const word = work_.word.data();
    const std::size_t stop = std::min(text.size(), at + (options_.max_word_chars - chars_));
    while (at < stop && (next = plain(at)) != 0) {
      word[bytes_++] = next;
      hash_ = Vocabulary::extend_hash(hash_, static_cast<unsigned char>(next));
      ++chars_;
      ++at;
    }
    while (at < text.size() && plain(at) != 0) {
      too_long_ = true;
      ++at;
    }
    return at;
  }

  // One character that does something else, or an added token. Returns the bytes it took.
  std::size_t read_other(std::string_view rest) {
    const auto byte = static_cast<unsigned char>(rest.front());
    if (tokenizer_.may_be_added_[byte]) {
      if (const AddedToken* const token = tokenizer_.added_at(rest)) {
        end_word();
        push(token->id);
        return token->text.size();
      }
    }
    switch (tokenizer_.kinds_[byte]) {
      case ByteKind::kDropped:
        return 1;
      case ByteKind::kSpace:
        end_word();
        return 1;
      case ByteKind::kPunctuation:
        append_apart(byte);
        return 1;
      case ByteKind::kLetter:
        place(byte);
        return 1;
      case ByteKind::kBeyondAscii:
        break;
    }
    const text::CodePoint c = text::read_code_point(rest);
    const char16_t simple = c.value < kSimplified ? tokenizer_.simple_[c.value] : char16_t{0};
    if (simple == 0) {
      normalize(c.value);
    } else if (simple != kGone) {
      if (!work_.marks.empty()) place_marks();
      append(simple);
    }
    return c.length;
  }

  void normalize(char32_t c) {
    // The block of the usual ideographs: none has an accent, a case or a decomposition.
    if (options_.space_cjk && c >= 0x4E00 && c <= 0x9FFF) return append_apart(c);
    const CharRole role = role_of(c);
    if (options_.clean_text && is_cleaned_away(c, role)) return;
    if (role == CharRole::kSpace) return end_word();
    const bool apart = options_.space_cjk && is_cjk(c);
    if (apart) end_word();
    if (options_.strip_accents) {
      const Chars parts = decompose(c);
      for (std::size_t i = 0; i < parts.size; ++i) reorder(parts.chars[i]);
    } else {
      place(c);
    }
    if (apart) end_word();
  }

  // Canonical ordering (Unicode 15, section 3.11, D109) without the accents, which are taken out after it. They have no
  // part in the order of the others, except that one of class 0 keeps those before and behind it apart.
  void reorder(char32_t c) {
    const std::uint8_t order = combining_class(c);
    const bool stripped = role_of(c) == CharRole::kAccent;
    if (order == 0) {
      if (!work_.marks.empty()) place_marks();
      if (!stripped) place(c);
      return;
    }
    if (stripped) return;
    if (work_.marks.size() >= options_.max_word_chars) {
      too_long_ = true;
      return;
    }
    const auto behind = std::ranges::upper_bound(work_.marks, order, {}, &Mark::combining_class);
    work_.marks.insert(behind, {c, order});
  }

  // No mark is a space, punctuation or a capital letter, so they all go into the word as they are.
  void place_marks() {
    for (const Mark& mark : work_.marks) append(mark.value);
    work_.marks.clear();
  }

  void place(char32_t c) {
    if (!work_.marks.empty()) place_marks();
    if (!options_.lowercase) return place_small(c);
    const Chars small = lowercase(c);
    for (std::size_t i = 0; i < small.size; ++i) place_small(small.chars[i]);
  }

  void place_small(char32_t c) {
    const CharRole role = role_of(c);
    if (role == CharRole::kSpace) return end_word();
    if (role != CharRole::kPunctuation) return append(c);
    append_apart(c);
  }

  void append_apart(char32_t c) {
    end_word();
    append(c);
    end_word();
  }

  void append(char32_t c) {
    if (chars_ == options_.max_word_chars) {
      too_long_ = true;
      return;
    }
    char* const begin = work_.word.data() + bytes_;
    const std::size_t length = append_utf8(c, begin);
    for (std::size_t i = 0; i < length; ++i) {
      hash_ = Vocabulary::extend_hash(hash_, static_cast<unsigned char>(begin[i]));
    }
    bytes_ += length;
    ++chars_;
  }

  void end_word() {
    if (!work_.marks.empty()) place_marks();
    if (too_long_) {
      push(tokenizer_.unknown_);
    } else if (bytes_ > 0) {
      push_word(std::string_view(work_.word.data(), bytes_));
    }
    bytes_ = 0;
    chars_ = 0;
    too_long_ = false;
    hash_ = Vocabulary::begin_hash(Vocabulary::Place::kBegin);
  }

  void push_word(std::string_view word) {
    const Vocabulary& vocabulary = tokenizer_.vocabulary_;
    const std::uint32_t whole = vocabulary.find(word, Vocabulary::Place::kBegin, hash_);
    if (whole != Vocabulary::kNone) return push(whole);
    work_.pieces.clear();
    if (!vocabulary.split(word, work_.pieces)) return push(tokenizer_.unknown_);
    for (const std::uint32_t id : work_.pieces) push(id);
  }

  void push(std::uint32_t id) {
    if (ids_.size() < limit_) ids_.push_back(id);
  }

  const WordPiece& tokenizer_;
  const WordPieceOptions& options_;
  Work& work_;
  std::vector<std::uint32_t>& ids_;
  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::size_t chars_ = 0;
  bool too_long_ = false;
  std::uint64_t hash_ = Vocabulary::begin_hash(Vocabulary::Place::kBegin);
};

void WordPiece::encode(std::string_view text, std::size_t max_tokens, Work& work,
                       std::vector<std::uint32_t>& ids) const {
  ids.clear();
  const std::size_t ends = (begin_ != Vocabulary::kNone ? 1U : 0U) + (end_ != Vocabulary::kNone ? 1U : 0U);
  if (max_tokens < ends) return;
  if (begin_ != Vocabulary::kNone) ids.push_back(begin_);
  const std::size_t words = max_tokens - ends;
  constexpr std::size_t kMostBytes = std::size_t{1} << 48U;
  const std::size_t word_bytes = (options_.max_word_chars + 1) * 4;
  const std::size_t readable = words > kMostBytes / word_bytes ? kMostBytes : words * word_bytes;
  Run(*this, work, ids, ids.size() + words).read(text.substr(0, text::floor_boundary(text, readable)));
  if (end_ != Vocabulary::kNone) ids.push_back(end_);
}

}  // namespace pointsman::encode
