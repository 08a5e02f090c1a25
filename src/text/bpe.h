// Counts the tokens of a text as OpenAI's models count them, and gives their ids: those of tiktoken's encode_ordinary.
//
// Special tokens are text here. Every ill-formed sequence of UTF-8 counts as one U+FFFD (utf8.h says what one is). The
// work grows linearly with the text, whatever it holds. One counter belongs to one thread and keeps its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/bpe_vocabulary.h"
#include "text/piece_cache.h"

namespace pointsman::text {

class TokenCounter {
 public:
  explicit TokenCounter(std::shared_ptr<const BpeVocabulary> vocabulary);

  // Replaces the content of `ids`.
  void encode(std::string_view text, std::vector<std::uint32_t>& ids);
  std::size_t count(std::string_view text);
  // The count, or nothing when it is more than `limit`: found out without reading much more than `limit` tokens.
  std::optional<std::size_t> count_up_to(std::string_view text, std::size_t limit);

  const BpeVocabulary& vocabulary() const { return *vocabulary_; }
  // How many tokens were considered since this counter was made: what the work is proportional to.
  std::uint64_t steps() const { return steps_; }

 private:
  // Both return false when they stopped because the sink has no room for the rest.
  template <class Sink>
  bool run(std::string_view text, Sink& sink);
  template <Splitting, class Sink>
  bool for_each_piece(std::string_view text, Sink& sink);
  // A piece that the cache does not know, or does not know enough of.
  template <class Sink>
  void encode_piece(std::string_view piece, const PieceCache::Key& key, Sink& sink);
  void merge(std::string_view piece, ByteTrie::Match first);

  std::shared_ptr<const BpeVocabulary> vocabulary_;
  PieceCache cache_;
  std::string repaired_;               // the text with U+FFFD for what is broken
  std::vector<std::uint32_t> tokens_;  // of the piece being merged
  std::vector<std::uint64_t> dead_;    // a bit for each place of it: no encoding goes through there
  std::uint64_t steps_ = 0;
};

}  // namespace pointsman::text
