// The texts a simulated provider answers with: plausible plain sentences, cut into tokens, chosen by the request.
//
// Immutable after it is made, so that loops share it. The same seed and key give the same text on every machine; a
// shorter answer is a prefix of the longer one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::simulate {

// ASCII without characters that JSON escapes. Token i ends at token_ends[i] and begins where the one before ended.
struct Answer {
  std::string text;
  std::vector<std::uint32_t> token_ends;
};

class AnswerBook {
 public:
  // Answers have `tokens` tokens, more or less by up to `spread` times as many.
  AnswerBook(std::uint64_t seed, std::uint32_t tokens, double spread);

  const Answer& answer(std::uint64_t key) const { return answers_[key % kVariants]; }
  // The same text, as long as asked.
  Answer answer(std::uint64_t key, std::uint32_t tokens) const;

 private:
  static constexpr std::size_t kVariants = 64;
  std::uint64_t seed_;
  std::vector<Answer> answers_;
};

}  // namespace pointsman::simulate
